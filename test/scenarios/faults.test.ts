/** Faults for real: what they do to sockets and processes, what the trace tells of them, and what is made of one that never came. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runScenario, type ScenarioResult, type TraceEvent } from '../../src/index.js';
import { type EventOf, eventsOf } from '../../src/trace/event.js';
import { decodeTrace } from '../../src/trace/jsonl.js';
import { watchForks } from '../forks.js';
import { EXAMPLES, PATIENT } from './files.js';

const forks = watchForks();
t.teardown(() => forks.ended());
t.afterEach(() => forks.ended());

const traceOf = (result: ScenarioResult): readonly TraceEvent[] => decodeTrace(readFileSync(result.trace ?? '', 'utf8')).events;
const failures = (result: ScenarioResult): string =>
  result.checks
    .filter(({ valid }) => valid !== true)
    .map(({ name, message }) => `${name}: ${message}`)
    .join('\n');
const faultsIn = (trace: readonly TraceEvent[]): EventOf<'fault'>[] => eventsOf(trace, 'fault');
const connections = (trace: readonly TraceEvent[], node: string): EventOf<'conn'>[] =>
  eventsOf(trace, 'conn').filter((event) => event.node === node);

const CALL = [{ alice: 'call bob' }, { expect: { both: 'ringing', within: '20s' } }];
const scenario = (steps: readonly object[], more: object = {}): object => ({
  ...{ name: 'a fault', agents: { alice: {}, bob: {} }, media: 'none', checks: PATIENT, steps },
  ...more,
});

t.test('the answer survives a caller whose socket drops at the worst moment', async (t) => {
  const result = await runScenario(`${EXAMPLES}accept-while-caller-is-away.yaml`, { out: t.testdir() });
  t.equal(result.status, 'passed', failures(result));
  const trace = traceOf(result);
  const faults = faultsIn(trace);
  t.strictSame(
    faults.map(({ node, fault, act }) => [node, fault, act]),
    ['armed', 'hit', 'healed'].map((act) => ['alice/phone', 'disconnect', act]),
  );
  const [armed, hit, healed] = faults;
  t.strictSame([hit?.cause, healed?.cause], [armed?.n, hit?.n], 'each follows from the one before');
  const moment = trace.find(({ n }) => n === hit?.target);
  t.match(moment, { node: 'bob/phone', type: 'wire', dir: 'out', kind: 'command.accept' });

  const read = trace.find(({ node, cause }) => node === 'server' && cause === moment?.n);
  t.ok((hit?.at ?? Infinity) < (read?.at ?? 0), 'alice is cut off before the server has read the answer');
  const isHers = (event: TraceEvent): boolean => event.node === 'alice/phone' && event.type === 'wire' && event.dir === 'in';
  const heard = trace.filter((event) => isHers(event) && event.n > (hit?.n ?? 0) && event.n < (healed?.n ?? 0));
  t.strictSame(heard, [], 'and hears nothing until it is over');
  const told = connections(trace, 'alice/phone').map(({ state, conn, by, error }) => [state, conn, by, error]);
  t.strictSame(told.slice(0, 2), [
    ['opened', 1, null, null],
    ['closed', 1, 'fault', null],
  ]);
  t.strictSame(told.at(-1), ['opened', told.length - 1, null, null], 'it came back by itself');
  t.ok(told.length > 3, 'after attempts that failed');
  for (const [state, , by, error] of told.slice(2, -1))
    t.strictSame([state, by, error], ['refused', 'fault', 'EHOSTUNREACH: the link is cut']);
  const welcome = eventsOf(trace, 'wire').filter(({ node, kind }) => node === 'alice/phone' && kind === 'welcome')[1];
  t.match(welcome?.frame, { resumed: true });
});

t.test('a device that cuts its own link has sent the frame', async (t) => {
  const steps = [
    ...CALL,
    { fault: { link: 'bob.signaling', disconnect: '300ms', on: 'bob sends accept' } },
    { bob: 'accept' },
    { expect: { alice: 'connected', within: '20s' } },
    { expect: { both: 'connected', within: '20s' } },
  ];
  const result = await runScenario(scenario(steps), { out: t.testdir() });
  t.equal(result.status, 'passed', failures(result));
  const trace = traceOf(result);
  const accepts = eventsOf(trace, 'wire').filter(({ kind }) => kind === 'command.accept');
  const hit = faultsIn(trace).find(({ act }) => act === 'hit');
  t.match(accepts.filter(({ node }) => node === 'server')[0], { conn: 2 }, 'the server read it on the connection that broke');
  t.match(hit?.target, accepts[0]?.n);
});

t.test('nothing is judged before a fault is over and its device is back', async (t) => {
  const steps = [...CALL, { fault: { link: 'alice.signaling', disconnect: '700ms' } }];
  const result = await runScenario(scenario(steps), { out: t.testdir() });
  t.equal(result.status, 'passed', failures(result));
  const trace = traceOf(result);
  const [quiesce] = eventsOf(trace, 'mark').filter(({ name }) => name === 'quiesce');
  const healed = faultsIn(trace).find(({ act }) => act === 'healed');
  const back = connections(trace, 'alice/phone').at(-1);
  t.ok((healed?.n ?? Infinity) < (quiesce?.n ?? 0));
  t.match(back, { state: 'opened' });
  t.ok((back?.n ?? Infinity) < (quiesce?.n ?? 0));
});

t.test('a fault whose moment never came leaves the run unknown', async (t) => {
  const steps = [{ fault: { link: 'alice.signaling', disconnect: '1s', on: 'bob sends reject' } }, ...CALL];
  const result = await runScenario(scenario(steps), { out: t.testdir() });
  t.equal(result.status, 'unknown', failures(result));
  t.match(result.why, /"fault: link alice\.signaling, disconnect 1s, on bob sends reject" never took effect/);
  t.strictSame(
    faultsIn(traceOf(result)).map(({ act }) => act),
    ['armed'],
  );
});

t.test('the moment does not come after the last step', async (t) => {
  const steps = [...CALL, { fault: { link: 'alice.signaling', disconnect: '1s', on: 'alice sends cancel' } }];
  const result = await runScenario(scenario(steps));
  t.equal(result.status, 'unknown', 'the cancel is the tear-down');
});

t.test('a fault that finds nothing to break has not taken effect', async (t) => {
  const steps = [
    { bob: 'go offline' },
    { fault: { link: 'bob.signaling', disconnect: '50ms' } },
    { wait: '100ms' },
    { bob: 'come back' },
    ...CALL,
  ];
  const result = await runScenario(scenario(steps));
  t.equal(result.status, 'unknown');
  t.match(result.why, /never took effect/);
});

t.test('a restart puts another process in the place of the server', async (t) => {
  const ends = [{ bob: 'reject' }, { expect: { both: 'ended(rejected)', within: '20s' } }];
  const steps = [...CALL, ...ends, { fault: { server: 'restart' } }];
  const before = forks.count('server/child');
  const result = await runScenario(scenario(steps, { repeat: 2 }), { out: t.testdir() });
  t.equal(result.status, 'passed', failures(result));
  t.equal(forks.count('server/child') - before, 3, 'one, and one more for each restart');
  const trace = traceOf(result);
  const log = eventsOf(trace, 'log').find(({ message }) => message === 'server restarted');
  t.match(log, { node: 'server', data: { pid: Number, formerPid: Number, signal: 'SIGKILL' } });
  t.not(log?.data['pid'], log?.data['formerPid']);
  t.strictSame(
    faultsIn(trace).map(({ node, fault, act }) => [node, fault, act]),
    ['armed', 'hit', 'healed'].map((act) => ['server', 'restart-server', act]),
  );
  for (const node of ['alice/phone', 'bob/phone']) {
    const told = connections(trace, node).map(({ state }) => state);
    t.strictSame([told[0], told[1], told.at(-1)], ['opened', 'closed', 'opened'], node);
  }
});

t.test('the server writes to the disk only for a scenario that restarts it', async (t) => {
  const former = process.env['TMPDIR'];
  const folder = t.testdir();
  process.env['TMPDIR'] = folder;
  t.teardown(() => {
    if (former === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = former;
  });
  const keptBy = async (steps: readonly object[]): Promise<string[]> => {
    const kept: string[] = [];
    const repetitionEnd = (): void => {
      for (const name of readdirSync(folder)) kept.push(...readdirSync(join(folder, name)));
    };
    const result = await runScenario(scenario(steps), { listener: { repetitionEnd } });
    t.equal(result.status, 'passed', failures(result));
    return kept;
  };
  t.strictSame(await keptBy([...CALL, { fault: { server: 'pause', for: '100ms' } }]), []);
  t.ok((await keptBy([...CALL, { fault: { server: 'restart' } }])).includes('calls.mdb'));
});

t.test('a restart in together strikes while others act', async (t) => {
  const steps = [{ together: [{ fault: { server: 'restart', with: 'SIGTERM' } }, { alice: 'call bob' }] }];
  const result = await runScenario(scenario(steps));
  t.ok(result.checks.length > 1, 'it was judged');
  t.notOk(
    result.diagnoses.some(({ code }) => code === 'probe-fault'),
    failures(result),
  );
});

t.test('the server is killed and comes back in mid-call', async (t) => {
  const result = await runScenario(`${EXAMPLES}server-restart.yaml`, { out: t.testdir(), repeat: 3 });
  t.equal(result.status, 'passed', failures(result));
  const trace = traceOf(result);
  t.equal(faultsIn(trace).filter(({ act }) => act === 'healed').length, 2);
  t.match(result.agents, {
    'alice/phone': { state: 'ended', reason: 'hangup' },
    'bob/phone': { state: 'ended', reason: 'hangup' },
  });
});

/** A call that bob answers while a fault is at work, then both hang up. */
const answered = (fault: object, more: object = {}): object =>
  scenario(
    [
      ...CALL,
      { fault },
      { bob: 'accept' },
      { expect: { both: 'connected', within: '9s' } },
      { bob: 'hang up' },
      { expect: { both: 'ended(hangup)', within: '9s' } },
    ],
    more,
  );

/** One of each layer, with what the trace has to tell of it. */
const LAYERS: readonly (readonly [fault: object, node: string, name: string, what: RegExp])[] = [
  [{ drop: 'alice receives connected' }, 'alice/phone', 'drop', /event\.connected dropped/],
  [{ duplicate: 'bob sends accept', copies: 2 }, 'bob/phone', 'duplicate', /command\.accept delivered 3 times/],
  [{ corrupt: 'alice receives connected' }, 'alice/phone', 'corrupt', /event\.connected damaged at character/],
  [{ hold: 'alice receives connected', for: '300ms' }, 'alice/phone', 'hold', /event\.connected held back/],
  [{ link: 'alice.signaling', abort: '0ms', on: 'bob sends accept' }, 'alice/phone', 'abort', /the connection was reset/],
  [{ link: 'alice.signaling', latency: '50ms' }, 'alice/phone', 'latency', /latency took effect (up|down)stream/],
  [{ agent: 'alice', pause: '300ms', on: 'bob sends accept' }, 'alice/phone', 'pause', /is paused/],
  [{ agent: 'alice', crash: '200ms', on: 'bob sends accept' }, 'alice/phone', 'crash', /died/],
  [{ clock: 'alice', jump: '-90s' }, 'alice/phone', 'jump', /jumped by -90000 ms/],
  [{ server: 'pause', for: '300ms' }, 'server', 'pause-server', /is paused/],
  [{ server: 'slow-handler', delay: '100ms', for: '2s' }, 'server', 'slow-handler', /handles each frame after 100 ms/],
];

for (const [fault, node, name, what] of LAYERS) {
  t.test(`${name}: it strikes, is told of and is over before anything is judged`, async (t) => {
    const result = await runScenario(answered(fault), { out: t.testdir() });
    t.equal(result.status, 'passed', failures(result));
    const trace = traceOf(result);
    const [armed, ...acts] = faultsIn(trace);
    const hit = acts.find(({ act }) => act === 'hit');
    t.match(armed, { act: 'armed', fault: name });
    t.match(hit, { act: 'hit', fault: name, node, cause: armed?.n });
    t.match(hit?.message, what);
    const healed = acts.find(({ act }) => act === 'healed');
    t.equal(healed?.cause, hit?.n);
    const rest = eventsOf(trace, 'mark').find((mark) => mark.name === 'quiesce');
    t.ok((healed?.n ?? Infinity) < (rest?.n ?? 0));
  });
}

t.test('a struck message is named by what was on the wire, at the end that struck it and at the other', async (t) => {
  const result = await runScenario(answered({ drop: 'alice receives connected' }), { out: t.testdir() });
  const trace = traceOf(result);
  const struck = faultsIn(trace).find(({ act }) => act === 'hit')?.struck;
  t.match(struck, { dir: 'in', kind: 'event.connected', bytes: Number });
  const sent = eventsOf(trace, 'wire').filter(({ node, digest }) => node === 'server' && digest === struck?.digest);
  t.match(sent, [{ dir: 'out', link: 'alice/phone.signaling', kind: 'event.connected' }]);
});

t.test('the media of a paused device is silent, and comes back', async (t) => {
  const steps = [
    ...CALL,
    { bob: 'accept' },
    { expect: { media: 'flowing', between: ['alice', 'bob'], within: '9s' } },
    { fault: { agent: 'alice', pause: '2s' } },
    { wait: '2500ms' },
    { expect: { media: 'flowing', between: ['alice', 'bob'], within: '9s' } },
  ];
  const result = await runScenario(scenario(steps, { media: 'audio' }), { out: t.testdir() });
  t.equal(result.status, 'passed', failures(result));
  const states = eventsOf(traceOf(result), 'media').filter(({ node }) => node === 'bob/phone');
  t.ok(
    states.some(({ state }) => state === 'stalled'),
    'bob heard nothing for a while',
  );
});

t.test('media faults are counted, and taken away before the next repetition', async (t) => {
  const steps = [
    ...CALL,
    { bob: 'accept' },
    { expect: { media: 'flowing', between: ['alice', 'bob'], within: '9s' } },
    { fault: { link: 'alice.media', loss: '30%' } },
    { wait: '1s' },
  ];
  const result = await runScenario(scenario(steps, { media: 'audio', repeat: 2 }), { out: t.testdir() });
  t.equal(result.status, 'passed', failures(result));
  const trace = traceOf(result);
  const told = eventsOf(trace, 'log').find(({ message }) => message === 'counters of the media faults');
  t.match(told?.data, { 'loss upstream': { passed: Number, dropped: Number } });
});

t.test('a fault again and again, until the steps are over', async (t) => {
  const fault = { link: 'alice.signaling', disconnect: '50ms', every: '400ms', times: 3 };
  const steps = [...CALL, { fault }, { wait: '1200ms' }];
  const result = await runScenario(scenario(steps), { out: t.testdir() });
  t.equal(result.status, 'passed', failures(result));
  t.equal(faultsIn(traceOf(result)).filter(({ act }) => act === 'hit').length, 3);
});

t.test('heal ends what is at work in mid-scenario', async (t) => {
  const steps = [
    ...CALL,
    { fault: { link: 'alice.signaling', disconnect: '20s' } },
    { wait: '200ms' },
    { heal: 'alice.signaling' },
    { bob: 'accept' },
    { expect: { both: 'connected', within: '9s' } },
  ];
  const result = await runScenario(scenario(steps), { out: t.testdir() });
  t.equal(result.status, 'passed', failures(result));
  t.ok(result.repetitions[0]!.durationMs < 15_000, 'not after its own time');
});

t.test('what must hold in spite of a fault is judged while it is at work', async (t) => {
  const steps = [
    ...CALL,
    { bob: 'go offline' },
    { fault: { drop: 'alice receives anything', times: 1_000, heal: 'never' } },
    { alice: 'cancel' },
  ];
  const result = await runScenario(scenario(steps), { out: t.testdir() });
  t.equal(result.status, 'failed', 'alice is told of nothing, and is not told before the judgement');
});

/** What faults struck and when they did not, as one list that has to be the same for the same seed. */
async function verdicts(t: Test, seed: string, before: readonly object[] = []): Promise<string[]> {
  const fault = { drop: 'bob sends anything', probability: '40%' };
  const whole = answered(fault) as { steps: object[] };
  const result = await runScenario({ ...whole, steps: [...before, ...whole.steps] }, { out: t.testdir(), seed });
  const trace = traceOf(result);
  const struck = new Set(faultsIn(trace).map(({ fault: name, target }) => (name === 'drop' ? target : null)));
  return eventsOf(trace, 'wire')
    .filter(({ node, dir }) => node === 'bob/phone' && dir === 'out')
    .slice(0, 8)
    .map(({ n }) => (struck.has(n) ? 'dropped' : 'passed'));
}

t.test('the same seed gives the same verdicts, another seed others', async (t) => {
  const first = await verdicts(t, 'dice');
  t.strictSame(await verdicts(t, 'dice'), first);
  const more = { fault: { delay: 'bob receives anything', by: '1ms', probability: '50%' } };
  t.strictSame(await verdicts(t, 'dice', [more]), first, 'another fault has dice of its own');
  const others = await Promise.all(['one', 'two', 'three'].map((seed) => verdicts(t, seed)));
  t.ok(others.some((other) => other.join() !== first.join()));
});

t.test('a repetition that is cut short does not leave the server standing still for the next one', async (t) => {
  const steps = [
    ...CALL,
    { fault: { server: 'pause', for: '20s' } },
    { bob: 'accept' },
    { expect: { both: 'connected', within: '20s' } },
  ];
  const result = await runScenario(scenario(steps, { timeout: '25s', repeat: 1 }), {
    out: t.testdir(),
    signal: AbortSignal.timeout(4_000),
  });
  t.equal(result.status, 'unknown', 'interrupted');
  const cut = scenario(
    [...CALL, { fault: { server: 'pause', for: '2s' } }, { expect: { both: 'connected', within: '2900ms' } }],
    { timeout: '3s', repeat: 2 },
  );
  const { repetitions, checks } = await runScenario(cut, { out: t.testdir() });
  t.equal(repetitions.length, 2);
  t.notOk(
    checks.some(({ message }) => /did not answer "reset-done"/.test(message)),
    'the second one began',
  );
});
