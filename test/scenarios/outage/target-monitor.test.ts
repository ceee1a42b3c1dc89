/** What becomes of doubt whether the target is still there: health checks, what is published of them, and how they cut a repetition short. */
import t from 'tap';
import { systemClock } from '../../../src/probe/runtime/clock.js';
import type { TargetHealth } from '../../../src/probe/targets/health-check.js';
import type { Target } from '../../../src/probe/targets/target.js';
import { TargetMonitor } from '../../../src/scenarios/run/outage/target-monitor.js';
import { Watch } from '../../../src/scenarios/run/watch.js';
import { Bus, type LiveBody } from '../../../src/trace/bus.js';
import type { ConnEvent } from '../../../src/trace/event.js';
import { faultEvent } from '../../trace-builder.js';

const ALICE = 'alice/phone';
const REFUSED = 'ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:9000';
const GONE: TargetHealth = { is: 'gone', error: REFUSED, isSure: true };
const BUSY: TargetHealth = { is: 'busy', error: 'HTTP 503: it is overloaded', retryAfterMs: 2_000 };
const UP: TargetHealth = { is: 'up' };

/** A monitor of a target that answers health checks so, one after the other; the last answer goes on. */
function monitorOf(...answers: readonly TargetHealth[]) {
  const cannot = (): Promise<never> => Promise.reject(new Error('not this one'));
  const health: string[] = [];
  const watch = new Watch();
  const bus = new Bus({ startedAt: systemClock.now(), wall: systemClock.wall() });
  let checks = 0;
  const target: Target = {
    name: 'of the test',
    url: 'ws://127.0.0.1:9000',
    salt: '',
    capabilities: new Set(),
    reset: cannot,
    token: cannot,
    settle: cannot,
    restart: cannot,
    pause: cannot,
    slowHandler: cannot,
    checkHealth: async () => answers[Math.min(checks++, answers.length - 1)] ?? UP,
    fault: () => null,
    stop: async () => undefined,
  };
  bus.subscribe((event) => {
    if (event.type === 'health') health.push(`${event.node}: ${event.state} ${event.error}`);
  });
  const monitor = new TargetMonitor({ target, clock: systemClock, bus, watch, devices: new Set([ALICE]) });
  const publish = (node: string, body: LiveBody): number => bus.publish(node, systemClock.now(), null, body);
  return { monitor, watch, health, publish, checks: () => checks };
}

const conn = (state: ConnEvent['state'], more: Partial<ConnEvent> = {}): LiveBody => ({
  ...{ type: 'conn', link: `${ALICE}.signaling`, conn: 1, state, code: state === 'opened' ? null : 1006, reason: '' },
  ...{ error: null, by: null },
  ...more,
});
const garbage: LiveBody = {
  ...{ type: 'wire', dir: 'out', link: 'mallory/phone.signaling', conn: 1, kind: 'unreadable', call: null, seq: null },
  ...{ bytes: 8, text: 'not json' },
};

t.test('a target that is gone: one event, and the repetition is cut short', async (t) => {
  const { monitor, watch, health, publish, checks } = monitorOf(GONE);
  publish(ALICE, conn('opened'));
  t.equal(checks(), 0, 'nobody asks without a reason');
  publish(ALICE, conn('closed'));
  publish(ALICE, conn('refused', { conn: 2, error: REFUSED }));
  await monitor.idle();
  t.strictSame(health, [`probe: gone ${REFUSED}`]);
  t.match(watch.cut, {
    status: 'target-gone',
    message: /^the target closed all connections and refuses new ones since \d+\.\d s \(ECONNREFUSED: .*\)/,
  });
});

t.test('a target that goes right after a hostile agent spoke has failed', async (t) => {
  const { monitor, watch, publish } = monitorOf(GONE);
  publish(ALICE, conn('opened'));
  publish('mallory/phone', garbage);
  publish(ALICE, conn('closed'));
  await monitor.idle();
  t.match(watch.cut, { status: 'target-fault' });
});

t.test('a moment of trouble is no absence: what is not sure is asked twice', async (t) => {
  const { monitor, watch, health, publish, checks } = monitorOf({ is: 'gone', error: 'ETIMEDOUT', isSure: false }, UP);
  publish(ALICE, conn('closed'));
  await monitor.idle();
  t.equal(checks(), 2);
  t.strictSame(health, []);
  t.equal(watch.cut, null);
});

t.test('a target that turns connections away is noted once, and cuts a repetition short only when nobody gets in', async (t) => {
  const { monitor, watch, health, publish } = monitorOf(BUSY);
  publish(ALICE, conn('refused', { error: 'HTTP 503' }));
  await monitor.idle();
  t.strictSame(health, ['probe: busy HTTP 503: it is overloaded']);
  t.equal(watch.cut, null);
  await monitor.conclude('alice/phone could not log in');
  t.strictSame(health.length, 1);
  t.match(watch.cut, { status: 'target-busy', message: /^alice\/phone could not log in: .*asks to retry in 2 s\)$/ });
});

t.test("what the probe's own faults and the scenario do is not asked about", async (t) => {
  const { monitor, watch, publish, checks } = monitorOf(GONE);
  publish(ALICE, conn('opened'));
  publish(ALICE, conn('closed', { by: 'fault' }));
  publish(ALICE, conn('refused', { conn: 2, error: 'EHOSTUNREACH: the link is cut', by: 'fault' }));
  publish('server', faultEvent('restart-server', 'hit', { absence: 'until-registered' }));
  publish(ALICE, conn('refused', { conn: 3, error: REFUSED }));
  await monitor.idle();
  t.equal(checks(), 0);
  t.equal(watch.cut, null);
});
