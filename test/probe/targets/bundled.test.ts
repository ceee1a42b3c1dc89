/** The bundled server as a target: its process is replaced on the same port, and left nothing behind at the end. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { startBundled } from '../../../src/probe/targets/bundled.js';
import type { Target } from '../../../src/probe/targets/target.js';
import type { ServerTraceEvent } from '../../../src/server/listen.js';
import { watchForks } from '../../forks.js';
import { connectRaw } from '../../raw-client.js';

const forks = watchForks();
t.teardown(() => forks.ended());
process.env['TMPDIR'] = t.testdir();

const stores = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('call-probe-store-'));

/** What the server of a test keeps on the disk; it is the only one. */
const kept = (): string[] => stores().flatMap((name) => readdirSync(join(tmpdir(), name)));

async function bundled(t: { teardown(end: () => unknown): void }): Promise<{ target: Target; events: ServerTraceEvent[] }> {
  const target = await startBundled([]);
  t.teardown(() => target.stop());
  const events: ServerTraceEvent[] = [];
  await target.reset({ waits: {}, seed: 'test', isDurable: true, trace: (more) => void events.push(...more) });
  return { target, events };
}

async function greeting(target: Target, device: string): Promise<{ session: string; resumed: boolean }> {
  const client = await connectRaw(target.url);
  client.send({ type: 'hello', token: await target.token('alice'), device });
  const { session, resumed } = await client.next('welcome');
  client.close();
  return { session, resumed };
}

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  t.test(`a restart with ${signal}`, async (t) => {
    const { target, events } = await bundled(t);
    const client = await connectRaw(target.url);
    client.send({ type: 'hello', token: await target.token('alice'), device: 'phone' });
    const first = await client.next('welcome');
    const told: (number | null)[] = [];
    const former = forks.running('server/child').pid;
    const restarted = await target.restart(signal, (pid) => void told.push(pid));
    t.strictSame(told, [former], 'told before');
    t.match(restarted, { formerPid: former, pid: forks.running('server/child').pid });
    t.not(restarted.pid, former);
    t.ok(restarted.downMs > 0);
    t.equal((await client.closed).code, signal === 'SIGKILL' ? 1006 : 1001, 'killed without a word, or with one');
    t.equal(target.fault(), null, 'an end that was asked for is no fault');
    t.notOk(target.broken?.aborted);
    const second = await greeting(target, 'tablet');
    t.not(second.session, first.session, 'ids are not drawn again');
    await target.settle();
    const welcomes = events.filter(({ body }) => body.type === 'wire' && body.kind === 'welcome');
    t.equal(welcomes.length, 2, 'the trace goes on');
  });
}

t.test('a kill leaves nothing untold of what clients have read', async (t) => {
  const { target, events } = await bundled(t);
  const client = await connectRaw(target.url);
  client.send({ type: 'hello', token: await target.token('alice'), device: 'phone' });
  await client.next('welcome');
  for (let call = 1; call <= 20; call++) client.command('invite', `c${call}`, 'nobody');
  await client.next('event', ({ record }) => record.phase === 'ended');
  await target.restart('SIGKILL', () => undefined);
  await client.closed;
  const written = events.filter(({ body }) => body.type === 'wire' && body.dir === 'out').length;
  t.ok(written >= client.received.length, `${written} written, ${client.received.length} read`);
});

t.test('two restarts at once come one after the other', async (t) => {
  const { target } = await bundled(t);
  const [one, two] = await Promise.all([target.restart('SIGKILL', () => undefined), target.restart('SIGKILL', () => undefined)]);
  t.equal(two.formerPid, one.pid);
  t.equal(target.fault(), null);
});

t.test('every server has a folder for its store, which goes with it', async (t) => {
  const before = stores();
  const { target } = await bundled(t);
  t.equal(stores().length, before.length + 1);
  await target.restart('SIGKILL', () => undefined);
  t.equal(stores().length, before.length + 1, 'a restart takes the same');
  await target.stop();
  t.strictSame(stores(), before);
});

t.test('calls survive the process in a repetition that asks for it, and are kept nowhere in any other', async (t) => {
  const target = await startBundled([]);
  t.teardown(() => target.stop());
  /** Whether a device whose server was restarted goes on with its session. */
  const survives = async (isDurable: boolean): Promise<boolean> => {
    await target.reset({ waits: {}, seed: 'test', isDurable, trace: () => undefined });
    const client = await connectRaw(target.url);
    client.send({ type: 'hello', token: await target.token('alice'), device: 'phone' });
    const { session } = await client.next('welcome');
    await target.restart('SIGKILL', () => undefined);
    await client.closed;
    const back = await connectRaw(target.url);
    back.send({ type: 'hello', token: await target.token('alice'), device: 'phone', resume: { session, ack: 0 } });
    const { resumed } = await back.next('welcome');
    back.close();
    return resumed;
  };
  t.equal(await survives(false), false);
  t.strictSame(kept(), [], 'nothing is written');
  t.equal(await survives(true), true, 'the same server keeps what it is given from here on');
  t.ok(kept().includes('calls.mdb'));
  t.equal(await survives(false), false, 'and what it kept for one repetition is nothing to the next');
  t.equal(await survives(true), true);
  t.equal(target.fault(), null);
});

t.test('an end that nobody asked for is a fault, and then there is nothing to restart', async (t) => {
  const { target } = await bundled(t);
  forks.running('server/child').kill('SIGKILL');
  await new Promise((resolve) => {
    target.broken?.addEventListener('abort', resolve);
  });
  t.match(target.fault(), /was killed by SIGKILL/);
  await t.rejects(
    target.restart('SIGKILL', () => undefined),
    { name: 'TargetError' },
  );
});
