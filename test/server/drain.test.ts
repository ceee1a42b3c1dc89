/** The end of a server: it takes nobody in, tells everybody to come back, and a call that a store kept goes on. */
import { once } from 'node:events';
import t from 'tap';
import { WebSocket } from 'ws';
import { Agent } from '../../src/client/agent.js';
import { SOUND_REPLICA } from '../../src/client/replica.js';
import { SUBPROTOCOL } from '../../src/protocol/frames.js';
import { WAITS } from '../../src/protocol/limits.js';
import { CLOSE } from '../../src/protocol/reasons.js';
import { createRng } from '../../src/protocol/rng.js';
import { mintToken } from '../../src/server/admission.js';
import type { StoredEntry, StoredValue } from '../../src/server/hub/stored.js';
import type { Store } from '../../src/server/store/store.js';
import { connectRaw, within } from '../raw-client.js';
import { connectCall, newHub, SECRET, serverTime, start } from './started.js';

/** A store that outlives its server, as a disk does. */
function keptStore(): Store {
  const kept = new Map<string, StoredValue>();
  const store: Pick<Store, 'load' | 'commit' | 'close'> = {
    load: (): Iterable<StoredEntry> => [...kept].map(([key, value]) => ({ key, value: structuredClone(value) })),
    commit: (entries) => {
      for (const { key, value } of entries) {
        if (value === null) kept.delete(key);
        else kept.set(key, structuredClone(value));
      }
    },
    close: async () => undefined,
  };
  return store as Store;
}

t.test('clients are told to come back, and a kept call goes on at the next server', async (t) => {
  const store = keptStore();
  const first = await start(t, { hub: newHub({}, true), store, limits: { closeMs: 60_000 } });
  const [ann, ben] = await connectCall(first.server.url, 'survives', 'ann', 'ben');
  const session = ann.received.find((frame) => frame.type === 'welcome')!.session;
  // One that reads nothing any more, so that the drain lasts until it has been looked at.
  const deaf = new WebSocket(first.server.url, SUBPROTOCOL);
  deaf.on('error', () => undefined);
  await once(deaf, 'open');
  const gone = once(deaf, 'close');
  deaf.pause();
  t.equal((await fetch(`${first.web}/readyz`)).status, 200);
  const drained = within(first.server.drain(60_000), 'the end of the drain', 30_000);
  const ready = await fetch(`${first.web}/readyz`);
  t.equal(ready.status, 503);
  t.strictSame(await ready.json(), { status: 'draining' });
  t.equal((await fetch(`${first.web}/healthz`)).status, 200, 'it still lives');
  await t.rejects(connectRaw(first.server.url), /503/, 'nobody is taken in');
  for (const client of [ann, ben]) t.match(await client.closed, { code: 1012, reason: /service restart/ });
  deaf.terminate();
  await gone;
  await drained;
  await t.rejects(connectRaw(first.server.url), { code: 'ECONNREFUSED' });

  const hub = newHub({}, true);
  hub.restore(store.load(), serverTime());
  const second = await start(t, { hub, store });
  const back = await connectRaw(second.server.url);
  back.send({ type: 'hello', token: await mintToken(SECRET, 'ann'), device: 'phone', resume: { session, ack: 4 } });
  t.match(await back.next('welcome'), { session, resumed: true, calls: [{ id: 'survives', phase: 'connected', version: 3 }] });
});

t.test('the drain is bounded, whatever clients do', async (t) => {
  const { server } = await start(t, { limits: { closeMs: 60_000 } });
  const deaf = new WebSocket(server.url, SUBPROTOCOL);
  deaf.on('error', () => undefined);
  await once(deaf, 'open');
  const gone = once(deaf, 'close');
  deaf.pause();
  await within(server.drain(300), 'the end of the drain', 20_000);
  deaf.resume();
  await gone;
});

t.test('an agent of the probe comes back after a restart, and gives up after what is final', async (t) => {
  const closedWith = (code: number): string => {
    const agent = new Agent({
      address: { user: 'ann', device: 'phone' },
      token: 'x',
      waits: WAITS,
      policy: SOUND_REPLICA,
      rng: createRng('drain'),
      media: false,
    });
    const conn = agent
      .handle({ type: 'act', verb: 'open' }, 0)
      .flatMap((effect) => (effect.type === 'connect' ? [effect.conn] : []))[0]!;
    agent.handle({ type: 'opened', conn }, 1);
    agent.handle({ type: 'closed', conn, code, reason: '' }, 2);
    return agent.deadline() === null ? 'gives up' : 'comes back';
  };
  for (const name of ['restart', 'serverError', 'rateLimited', 'tooManyDevices', 'tokenExpired'] as const)
    t.equal(closedWith(CLOSE[name].code), 'comes back', name);
  t.equal(closedWith(CLOSE.unauthorized.code), 'gives up');
});

t.test('a store that breaks: nothing is taken any more, and a load balancer is told', async (t) => {
  const store = keptStore();
  let isBroken = false;
  const failures: unknown[] = [];
  const breaking: Store = {
    ...store,
    commit: (entries) => {
      if (isBroken) throw new Error('disk full');
      store.commit(entries);
    },
  };
  const started = await start(t, { hub: newHub({}, true), store: breaking, broken: (error) => void failures.push(error) });
  const [ann, ben] = await connectCall(started.server.url, 'kept', 'ann', 'ben');
  isBroken = true;
  ann.command('hangup', 'kept');
  for (const client of [ann, ben]) t.equal((await client.closed).code, CLOSE.serverError.code);
  t.notOk(
    ben.received.some((frame) => frame.type === 'event' && frame.record.phase === 'ended'),
    'what was not kept is not told',
  );
  t.match(failures, [{ message: 'disk full' }]);
  t.equal((await fetch(`${started.web}/readyz`)).status, 503);
  t.equal((await fetch(`${started.web}/healthz`)).status, 200);
  await t.rejects(connectRaw(started.server.url), /503/);
});
