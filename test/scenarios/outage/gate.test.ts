/** How a run waits for its target, in virtual time. */
import t from 'tap';
import type { Contact } from '../../../src/probe/targets/knock.js';
import { TargetGate } from '../../../src/scenarios/run/outage/gate.js';
import type { TargetNews, TargetOutage } from '../../../src/scenarios/run/outage/news.js';
import { nextLook, patienceFrom } from '../../../src/scenarios/run/outage/patience.js';

const GONE: Contact = { is: 'gone', error: 'ECONNREFUSED', isSure: true };
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
function gateAt(waitMs: number, contactAt: (now: number) => Contact, login: (now: number) => string | null = () => null) {
  let now = 1_000;
  let isInterrupted = false;
  const knocks: number[] = [];
  const news: TargetNews[] = [];
  const gate = new TargetGate({
    waitMs,
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
    isInterrupted: () => isInterrupted,
    tell: (one) => void news.push(one),
  });
  const target = {
    name: 'ws://target',
    knock: async () => {
      knocks.push(now);
      return contactAt(now);
    },
    logIn: async () => login(now),
  };
  const told = (what: TargetNews['what']): TargetNews[] => news.filter((one) => one.what === what);
  const interrupt = (): void => {
    isInterrupted = true;
  };
  return { gate, target, news, told, knocks, interrupt, now: () => now };
}

t.test('patience: growing pauses, and the last look at the very end', async (t) => {
  let [now, patience] = [0, patienceFrom(0, 10_000)];
  const looks: number[] = [];
  for (let look = nextLook(patience, now); look !== null; look = nextLook(patience, now)) {
    now += look.afterMs;
    patience = look.patience;
    looks.push(now);
  }
  t.strictSame(looks, [100, 300, 700, 1_500, 3_100, 5_100, 7_100, 9_100, 10_000]);
  t.equal(nextLook(patienceFrom(0, 0), 0), null, 'none at all');
});

t.test('an open gate lets everybody pass at once', async (t) => {
  const { gate, knocks } = gateAt(30_000, () => GONE);
  t.ok(await gate.pass());
  t.strictSame(knocks, []);
});

t.test('all workers wait together, and pass when somebody can log in again', async (t) => {
  const loads = (now: number): string | null => (now < 9_000 ? 'it is still loading' : null);
  const { gate, target, told, knocks, news } = gateAt(30_000, (now) => (now < 8_000 ? GONE : { is: 'up' }), loads);
  gate.gone(target, 500, OUTAGE);
  gate.gone(target, 600, { ...OUTAGE, scenario: 'of another worker' });
  t.strictSame(await Promise.all([gate.pass(), gate.pass(), gate.pass()]), [true, true, true]);
  t.equal(new Set(knocks).size, knocks.length, 'one of them asks for all');
  t.equal(told('gone').length, 1, 'it is told once');
  t.match(told('back'), [{ awayMs: 9_600 }], 'from its end until somebody got in');
  t.strictSame(gate.outages, [{ ...OUTAGE, awayMs: 9_600 }]);
  t.ok(told('waiting').length >= 5, 'how long one has waited is told on the way');
  t.match(news.at(-1), { what: 'back' });
  gate.gone(target, 9_000, { ...OUTAGE, scenario: 'told late, of the same outage' });
  t.equal(gate.outages.length, 1);
  gate.gone(target, 11_000, { ...OUTAGE, scenario: 'the next' });
  t.equal(gate.outages.length, 2);
});

t.test('a target that does not come back shuts the gate for good', async (t) => {
  const { gate, target, told, now } = gateAt(30_000, () => GONE);
  gate.gone(target, 500, OUTAGE);
  t.strictSame(await Promise.all([gate.pass(), gate.pass()]), [false, false]);
  t.equal(now(), 31_000);
  t.match(
    gate.reason,
    'not run: the target went away at 03:04:05 UTC during "a call" and did not come back within 30 s (ECONNREFUSED)',
  );
  t.equal(told('given-up').length, 1);
  t.notOk(await gate.pass());
  t.equal(gate.outages[0]?.awayMs, null);
});

t.test('with no time to wait it asks nobody', async (t) => {
  const { gate, target, knocks, told } = gateAt(0, () => ({ is: 'up' }));
  gate.gone(target, 500, { ...OUTAGE, intoMs: null });
  t.notOk(await gate.pass());
  t.strictSame([knocks, told('waiting')], [[], []]);
  t.match(gate.reason, /before "a call" and --target-wait is 0/);
});

t.test('who interrupts the run need not wait', async (t) => {
  const { gate, target, interrupt, knocks } = gateAt(30_000, () => {
    interrupt();
    return GONE;
  });
  gate.gone(target, 500, OUTAGE);
  t.ok(await gate.pass(), 'the caller sees the interruption by himself');
  t.equal(knocks.length, 1);
  t.equal(gate.reason, null);
});

t.test('overload is waited for as well, but never taken for an end', async (t) => {
  const BUSY: Contact = { is: 'busy', error: 'HTTP 503', retryAfterMs: null };
  const news = { what: 'busy', at: OUTAGE.at, scenario: 'a call', error: 'HTTP 503' } as const;
  const { gate, target, told, now } = gateAt(5_000, () => BUSY);
  gate.busy(target, news);
  t.ok(await gate.pass(), 'after the time it goes on all the same');
  t.equal(now(), 6_000);
  t.strictSame([gate.reason, gate.outages], [null, []]);
  gate.busy(target, news);
  t.ok(await gate.pass());
  t.equal(now(), 6_000, 'it is not waited for a second time');
  t.equal(told('busy').length, 1);

  const soon = gateAt(5_000, (at) => (at < 2_000 ? BUSY : { is: 'up' }));
  soon.gate.busy(soon.target, news);
  t.ok(await soon.gate.pass());
  t.match(soon.told('back'), [{ awayMs: Number }]);
});
