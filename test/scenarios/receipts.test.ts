/** Receipts at a real relay: they prove what it has read, and a target that does not bear pings is left alone. */
import t from 'tap';
import type { RunReport } from '../../src/index.js';
import { connectForeign } from '../../src/probe/targets/foreign.js';
import { type RelayOptions, relayDialect, startRelay } from '../servers/small-relay.js';
import { run } from './running.js';

const within = '20s';
const CANCEL = {
  name: 'caller gives up',
  media: 'none',
  agents: { alice: {}, bob: {} },
  steps: [
    { alice: 'call bob' },
    { expect: { both: 'ringing', within } },
    { alice: 'cancel' },
    { expect: { both: 'ended(cancelled)', within: '1s' } },
  ],
};
const LIMITS = ['devices: one', 'lostConnection: ends-call'];

async function runAt(
  t: { teardown(end: () => unknown): void },
  server: RelayOptions,
  limits: readonly string[] = LIMITS,
): Promise<RunReport> {
  const relay = await startRelay(server);
  t.teardown(() => relay.close());
  const foreign = { adapter: relayDialect(...limits), socket: {}, credentials: new Map() };
  return run([CANCEL], { target: relay.url, foreign });
}

t.test('a pong proves that the relay has read the cancel, and that it wrote nothing more', async (t) => {
  const report = await runAt(t, { losesCancel: true });
  const [first] = report.scenarios[0]?.diagnoses ?? [];
  t.match(first, { code: 'not-forwarded', hop: 'server', title: 'The server does not pass "cancel" on to the callee' });
  t.match(first?.proof.join(' '), /The endpoint had read it by .*: it answered a ping sent after it\./);
  t.match(first?.proof.join(' '), /The connection of bob\/phone was healthy until then \(ping answered at/);
  t.ok((first?.confidence ?? 0) >= 0.9, 'certain');
});

for (const [name, server, limits] of [
  ['a relay that answers no pings', { onPing: 'nothing' }, LIMITS],
  ['a dialect without receipts', {}, [...LIMITS, 'receipts: false']],
] as const)
  t.test(`${name}: the same cause, and only likely`, async (t) => {
    t.equal((await runAt(t, server, limits)).scenarios[0]?.status, 'passed', 'healthy');
    const [first] = (await runAt(t, { ...server, losesCancel: true }, limits)).scenarios[0]?.diagnoses ?? [];
    t.match(first, { code: 'not-forwarded', hop: 'server' });
    t.ok((first?.confidence ?? 1) < 0.9, 'not certain');
    t.notMatch(first?.proof.join(' '), /ping/);
  });

t.test('a target that ends connections on pings is found out before the run, and no pings are sent', async (t) => {
  const relay = await startRelay({ onPing: 'close' });
  t.teardown(() => relay.close());
  const foreign = { adapter: relayDialect(...LIMITS), socket: {}, credentials: new Map(), users: ['alice', 'bob'] };
  const target = await connectForeign(relay.url, foreign);
  t.equal(target.foreign?.receipts, false);
  await target.stop();
  const report = await runAt(t, { onPing: 'close' });
  t.equal(report.scenarios[0]?.status, 'passed', report.scenarios[0]?.why ?? '');
});
