/** A server that starts again: it waits for its port, and tells the trace what it took back before anything else. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import t from 'tap';
import { invite } from '../../src/protocol/call.js';
import { WAITS } from '../../src/protocol/limits.js';
import { createRng } from '../../src/protocol/rng.js';
import { Hub } from '../../src/server/hub/hub.js';
import { SOUND_POLICY } from '../../src/server/hub/policy.js';
import { type ListenOptions, listen, type ServerTraceEvent } from '../../src/server/listen.js';
import { createLog } from '../../src/server/log.js';

const options = async (more: Partial<ListenOptions>): Promise<ListenOptions> => ({
  host: '127.0.0.1',
  port: 0,
  secret: 'x'.repeat(32),
  hub: new Hub({ waits: WAITS, policy: SOUND_POLICY, rng: createRng('test') }),
  log: await createLog('silent', 'none'),
  now: () => performance.now(),
  time: () => performance.timeOrigin + performance.now(),
  trace: null,
  ...more,
});

/** Somebody who sits on a port. */
async function squatter(): Promise<{ port: number; leave(): void }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, leave: () => void server.close() };
}

t.test('a port that is taken for a moment is waited for', async (t) => {
  const { port, leave } = await squatter();
  let asked = 0;
  // The clock is read before each further attempt: the port is left after some that failed.
  const now = (): number => {
    asked += 1;
    if (asked === 4) leave();
    return performance.now();
  };
  const server = await listen(await options({ port, patienceMs: 60_000, now }));
  t.teardown(() => server.close());
  t.equal(server.port, port);
  t.ok(asked >= 4, 'after attempts that failed');
});

t.test('one that stays taken is refused, at once without patience', async (t) => {
  const { port, leave } = await squatter();
  t.teardown(leave);
  await t.rejects(listen(await options({ port })), { code: 'EADDRINUSE' });
  let time = 0;
  const now = (): number => {
    time += 1_000;
    return time;
  };
  await t.rejects(listen(await options({ port, patienceMs: 3_000, now })), { code: 'EADDRINUSE' });
});

t.test('what it took back is the first that the trace hears of', async (t) => {
  const record = invite('c1', { user: 'alice', device: 'phone' }, 'bob', 1_000);
  const events: ServerTraceEvent[] = [];
  const server = await listen(await options({ restored: [record], trace: (event) => void events.push(event) }));
  t.teardown(() => server.close());
  t.match(events[0], { local: 1, cause: null, body: { type: 'record', call: 'c1', version: 1, phase: 'inviting', record } });
});
