/** Declared limits of a target change what is asserted, are judged themselves, and hide nothing else. Against a small relay. */
import t from 'tap';
import type { RunReport } from '../../../src/index.js';
import { type RelayOptions, relayDialect, startRelay } from '../../servers/small-relay.js';
import { PATIENT } from '../files.js';
import { run } from '../running.js';

interface Setting {
  readonly server?: RelayOptions;
  readonly limits?: readonly string[];
  readonly ignoreLimits?: boolean;
}

const PAIR = { alice: {}, bob: {} };
const TABS = { alice: {}, bob: { devices: ['phone', 'laptop'] } };
const ENDS = ['devices: one', 'lostConnection: ends-call'];
const within = '20s';
const ring = [{ alice: 'call bob' }, { expect: { both: 'ringing', within } }];
const talk = [...ring, { bob: 'accept' }, { expect: { both: 'connected', within } }];
const over = { expect: { both: 'ended(hangup)', within } };
const cut = (on?: string): object => ({
  fault: { link: 'alice.signaling', disconnect: '100ms', ...(on === undefined ? {} : { on }) },
});

async function runAt(
  t: { teardown(end: () => unknown): void },
  steps: readonly object[],
  setting: Setting = {},
  agents: object = PAIR,
): Promise<RunReport> {
  const relay = await startRelay(setting.server);
  t.teardown(() => relay.close());
  return run([{ name: 'x', media: 'none', agents, steps, checks: PATIENT }], {
    target: relay.url,
    foreign: { adapter: relayDialect(...(setting.limits ?? ['devices: one'])), socket: {}, credentials: new Map() },
    ignoreLimits: setting.ignoreLimits === true,
  });
}

const failed = (report: RunReport): string[] =>
  (report.scenarios[0]?.checks ?? []).filter(({ valid }) => valid === false).map(({ name }) => name);

t.test('a call that ends with its connection: both sides have to agree', async (t) => {
  const steps = [
    ...ring,
    cut('bob sends accept'),
    { bob: 'accept' },
    { expect: { both: 'connected', within: '400ms' } },
    { bob: 'hang up' },
    over,
  ];
  const limits = [...ENDS, 'peerLostWithin: 1s'];
  const sound = await runAt(t, steps, { limits });
  t.match(sound, {
    exitCode: 0,
    limits: [{ code: 'ends-call', text: /ends with the connection of either side/, scenarios: ['x'] }],
  });
  t.match(sound.scenarios[0], { status: 'passed', limits: ['ends-call'] });

  const slow = await runAt(t, steps, { limits, server: { notifiesAfterMs: 300 } });
  t.equal(slow.exitCode, 0, 'within the time that it declares');
  const never = await runAt(t, steps, { limits, server: { notifiesAfterMs: null } });
  t.equal(never.exitCode, 1);
  t.match(failed(never), ['expectations', 'convergence'], 'the other side was not notified');
  t.match(never.scenarios[0]?.agents['bob/phone'], { state: 'connected' });
  const late = await runAt(t, [...talk, cut(), { wait: '10ms' }], {
    limits: [...ENDS, 'peerLostWithin: 200ms'],
    server: { notifiesAfterMs: 5_000 },
  });
  t.match(failed(late), ['convergence'], 'and so it is without an expectation');

  const kept = await runAt(t, steps, { limits: ['devices: one'], server: { notifiesAfterMs: null } });
  t.equal(kept.exitCode, 1, 'not declared: the exact states count');
  const all = await runAt(t, steps, { limits, ignoreLimits: true });
  t.match(failed(all), ['expectations'], '--ignore-limits');
  t.strictSame(all.limits, []);
});

t.test('only what broke the connection on purpose excuses the end of a call', async (t) => {
  const off = await runAt(t, [...talk, { alice: 'go offline' }, { wait: '200ms' }, { bob: 'hang up' }, over], { limits: ENDS });
  t.match(off, { exitCode: 0, limits: [{ code: 'ends-call' }] }, 'the action of a user as well');
  const before = await runAt(
    t,
    [cut(), { wait: '1s' }, ...ring, { alice: 'cancel' }, { expect: { both: 'ended(cancelled)', within } }],
    {
      limits: ENDS,
    },
  );
  t.match(before, { exitCode: 0, limits: [] }, 'a connection that was lost before the call ends none');
  const lost = await runAt(
    t,
    [cut(), { wait: '1s' }, ...ring, { alice: 'cancel' }, { expect: { both: 'ended(cancelled)', within: '300ms' } }],
    {
      limits: ENDS,
      server: { losesCancel: true },
    },
  );
  t.ok(failed(lost).includes('convergence'), 'and excuses no other bug');
});

t.test('the redial waits for a server that holds the ended call for a while', async (t) => {
  const steps = [...talk, cut(), { wait: '200ms' }];
  const limits = [...ENDS, 'peerLostWithin: 2s'];
  t.equal((await runAt(t, steps, { limits, server: { holdsForMs: 900 } })).exitCode, 0);
  const stuck = await runAt(t, steps, { limits: [...ENDS, 'peerLostWithin: 300ms'], server: { holdsForMs: 60_000 } });
  t.match(failed(stuck), ['no-ghosts'], 'but not for ever');
});

t.test('a message that the probe takes away is missed by nobody, where nothing is redelivered', async (t) => {
  const dropped = [
    ...ring,
    { fault: { drop: 'bob sends accept' } },
    { bob: 'accept' },
    { expect: { both: 'connected', within } },
    { bob: 'hang up' },
    over,
  ];
  for (const fault of [
    { drop: 'bob sends accept' },
    { corrupt: 'bob sends accept' },
    { rewrite: 'bob sends accept', set: { id: 'none' } },
  ]) {
    const report = await runAt(t, [...ring, { fault }, ...dropped.slice(3)]);
    t.match(report.scenarios[0], { status: 'skipped', why: /nothing is redelivered/, limits: ['no-redelivery'], diagnoses: [] });
    t.match(report.limits, [{ code: 'no-redelivery', scenarios: ['x'] }]);
  }
  const short = dropped.map((step, index) => (index === 4 ? { expect: { both: 'connected', within: '300ms' } } : step));
  for (const setting of [{ limits: ['devices: one', 'redelivers: true'] }, { ignoreLimits: true }]) {
    t.match(failed(await runAt(t, short, setting)), ['expectations', 'convergence'], 'promised, or asserted all the same');
  }
  const early = [...ring, { expect: { both: 'connected', within: '300ms' } }, ...dropped.slice(2)];
  t.match(failed(await runAt(t, early)), ['expectations'], 'what failed before still counts');
  const cancelled = [{ alice: 'call bob' }, { expect: { bob: 'ringing', within } }, { wait: '100ms' }, { alice: 'cancel' }];
  const unneeded = [
    { fault: { drop: 'alice receives ringing' } },
    ...cancelled,
    { expect: { both: 'ended(cancelled)', within } },
  ];
  t.match(await runAt(t, unneeded), { summary: { passed: 1 }, limits: [] }, 'a message that nothing needs');
  const down = await runAt(
    t,
    [...ring, { fault: { corrupt: 'bob sends accept' } }, { bob: 'accept' }, { expect: { both: 'connected', within: '300ms' } }],
    {
      server: { isFragile: true },
    },
  );
  t.not(down.scenarios[0]?.status, 'skipped', 'a server that dies of it has not kept to a limit');
  t.match(down.scenarios[0]?.checks[0]?.name, /^(target|server)$/);
});

t.test('a late message keeps those behind it waiting, so that an answer to a call that is over is told apart', async (t) => {
  const steps = [
    ...ring,
    { fault: { delay: 'bob receives cancel', by: '1s' } },
    { alice: 'cancel' },
    { expect: { alice: 'ended(cancelled)', within } },
    { wait: '300ms' },
    { bob: 'accept' },
    { expect: { both: 'ended(cancelled)', within } },
  ];
  t.match(await runAt(t, steps), { exitCode: 0, summary: { passed: 1 } });
  const revived = await runAt(t, steps, { server: { passesLateAnswers: true } });
  t.match(failed(revived), ['legal-moves']);
});

t.test('a decline that does not end the call: the others keep ringing, and that is asserted', async (t) => {
  const all = { alice: 'ringing', 'bob.phone': 'ringing', 'bob.laptop': 'ringing', within };
  const declined = {
    alice: 'ended(rejected)',
    'bob.phone': 'ended(rejected-elsewhere)',
    'bob.laptop': 'ended(rejected)',
    within: '500ms',
  };
  const one = [{ alice: 'call bob' }, { expect: all }, { 'bob.laptop': 'reject' }, { expect: declined }];
  const both = [
    ...one.slice(0, 3),
    { 'bob.phone': 'reject' },
    { expect: { alice: 'ended(rejected)', 'bob.phone': 'ended(rejected)', 'bob.laptop': 'ended(rejected)', within: '500ms' } },
  ];
  const at = (steps: readonly object[], limits: readonly string[], decline: NonNullable<RelayOptions['decline']>) =>
    runAt(t, steps, { limits, server: { decline } }, TABS);
  t.equal((await at(one, [], 'ends-call')).exitCode, 0, 'ends at once');
  t.equal((await at(one, ['decline: once-all'], 'once-all')).exitCode, 0, 'declared');
  t.equal((await at(both, ['decline: once-all'], 'once-all')).exitCode, 0, 'all have declined');
  t.ok(failed(await at(both, ['decline: once-all'], 'local')).includes('expectations'), 'all have declined, and nobody says so');
  t.ok(failed(await at(one, [], 'once-all')).includes('convergence'), 'not declared');
  t.match(failed(await at(one, ['decline: once-all'], 'ends-call')), ['expectations'], 'it is not so');
  t.equal((await at(both, ['decline: local'], 'local')).exitCode, 0, 'local');
});

t.test('an expectation of what nobody does is a mistake of the scenario', async (t) => {
  const report = await runAt(t, [...talk, { expect: { both: 'ended(hangup)', within: '200ms' } }]);
  const [scenario] = report.scenarios;
  t.match(scenario, {
    status: 'unknown',
    why: /^steps\[4\]: a mistake of the scenario: both: ended\(hangup\) is expected, .*"hang up": add one/,
  });
  t.match(scenario?.diagnoses, []);
  const hungUp = await runAt(t, [...ring, { alice: 'cancel' }, { expect: { both: 'ended(cancelled)', within: '200ms' } }], {
    server: { losesCancel: true },
  });
  t.ok(failed(hungUp).includes('expectations'), 'where somebody did it is the failure of the server');
});
