/** How a run waits for its target, in virtual time. */
import t from 'tap';
import type { TargetHealth } from '../../../src/probe/targets/health-check.js';
import { backoffFrom, nextCheck } from '../../../src/scenarios/run/outage/backoff.js';
import { TargetGate } from '../../../src/scenarios/run/outage/gate.js';
import type { TargetEvent, TargetOutage } from '../../../src/scenarios/run/outage/target-event.js';

const GONE: TargetHealth = { is: 'gone', error: 'ECONNREFUSED', isSure: true };
const OUTAGE: TargetOutage = {
  at: '2026-01-02T03:04:05.000Z',
  afterMs: 1_000,
  scenario: 'a call',
  file: null,
  repetition: 1,
  intoMs: 12_300,
  ended: null,
  error: 'ECONNREFUSED',
  last: [],
  awayMs: null,
};

/** A gate whose time passes only by its own waiting, in front of a target that is as `contactAt` says. */
function gateAt(waitMs: number, contactAt: (now: number) => TargetHealth, login: (now: number) => string | null = () => null) {
  let now = 1_000;
  let isInterrupted = false;
  const checks: number[] = [];
  const events: TargetEvent[] = [];
  const gate = new TargetGate({
    waitMs,
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
    isInterrupted: () => isInterrupted,
    report: (one) => void events.push(one),
  });
  const target = {
    name: 'ws://target',
    checkHealth: async () => {
      checks.push(now);
      return contactAt(now);
    },
    logIn: async () => login(now),
  };
  const reported = (what: TargetEvent['what']): TargetEvent[] => events.filter((one) => one.what === what);
  const interrupt = (): void => {
    isInterrupted = true;
  };
  return { gate, target, events, reported, checks, interrupt, now: () => now };
}

t.test('backoff: growing pauses, and the last check at the very end', async (t) => {
  let [now, backoff] = [0, backoffFrom(0, 10_000)];
  const looks: number[] = [];
  for (let next = nextCheck(backoff, now); next !== null; next = nextCheck(backoff, now)) {
    now += next.afterMs;
    backoff = next.backoff;
    looks.push(now);
  }
  t.strictSame(looks, [100, 300, 700, 1_500, 3_100, 5_100, 7_100, 9_100, 10_000]);
  t.equal(nextCheck(backoffFrom(0, 0), 0), null, 'none at all');
});

t.test('an open gate lets everybody pass at once', async (t) => {
  const { gate, checks } = gateAt(30_000, () => GONE);
  t.ok(await gate.pass());
  t.strictSame(checks, []);
});

t.test('all workers wait together, and pass when somebody can log in again', async (t) => {
  const loads = (now: number): string | null => (now < 9_000 ? 'it is still loading' : null);
  const { gate, target, reported, checks, events } = gateAt(30_000, (now) => (now < 8_000 ? GONE : { is: 'up' }), loads);
  gate.gone(target, 500, OUTAGE);
  gate.gone(target, 600, { ...OUTAGE, scenario: 'of another worker' });
  t.strictSame(await Promise.all([gate.pass(), gate.pass(), gate.pass()]), [true, true, true]);
  t.equal(new Set(checks).size, checks.length, 'one of them asks for all');
  t.equal(reported('gone').length, 1, 'it is reported once');
  t.match(reported('back'), [{ awayMs: 9_600 }], 'from its end until somebody got in');
  t.strictSame(gate.outages, [{ ...OUTAGE, awayMs: 9_600 }]);
  t.ok(reported('waiting').length >= 5, 'how long one has waited is reported on the way');
  t.match(events.at(-1), { what: 'back' });
  gate.gone(target, 9_000, { ...OUTAGE, scenario: 'reported late, of the same outage' });
  t.equal(gate.outages.length, 1);
  gate.gone(target, 11_000, { ...OUTAGE, scenario: 'the next' });
  t.equal(gate.outages.length, 2);
});

t.test('a target that does not come back shuts the gate for good', async (t) => {
  const { gate, target, reported, now } = gateAt(30_000, () => GONE);
  gate.gone(target, 500, OUTAGE);
  t.strictSame(await Promise.all([gate.pass(), gate.pass()]), [false, false]);
  t.equal(now(), 31_000);
  t.match(
    gate.reason,
    'not run: the target went away at 03:04:05 UTC during "a call" and did not come back within 30 s (ECONNREFUSED)',
  );
  t.equal(reported('given-up').length, 1);
  t.notOk(await gate.pass());
  t.equal(gate.outages[0]?.awayMs, null);
});

t.test('with no time to wait it asks nobody', async (t) => {
  const { gate, target, checks, reported } = gateAt(0, () => ({ is: 'up' }));
  gate.gone(target, 500, { ...OUTAGE, intoMs: null });
  t.notOk(await gate.pass());
  t.strictSame([checks, reported('waiting')], [[], []]);
  t.match(gate.reason, /before "a call" and --target-wait is 0/);
});

t.test('who interrupts the run need not wait', async (t) => {
  const { gate, target, interrupt, checks } = gateAt(30_000, () => {
    interrupt();
    return GONE;
  });
  gate.gone(target, 500, OUTAGE);
  t.ok(await gate.pass(), 'the caller sees the interruption by himself');
  t.equal(checks.length, 1);
  t.equal(gate.reason, null);
});

t.test('overload is waited for as well, but never taken for an end', async (t) => {
  const BUSY: TargetHealth = { is: 'busy', error: 'HTTP 503', retryAfterMs: null };
  const events = { what: 'busy', at: OUTAGE.at, scenario: 'a call', error: 'HTTP 503' } as const;
  const { gate, target, reported, now } = gateAt(5_000, () => BUSY);
  gate.busy(target, events);
  t.ok(await gate.pass(), 'after the time it goes on all the same');
  t.equal(now(), 6_000);
  t.strictSame([gate.reason, gate.outages], [null, []]);
  gate.busy(target, events);
  t.ok(await gate.pass());
  t.equal(now(), 6_000, 'it is not waited for a second time');
  t.equal(reported('busy').length, 1);

  const soon = gateAt(5_000, (at) => (at < 2_000 ? BUSY : { is: 'up' }));
  soon.gate.busy(soon.target, events);
  t.ok(await soon.gate.pass());
  t.match(soon.reported('back'), [{ awayMs: Number }]);
});
