/** Faults for real: what they do to sockets and processes, what the trace tells of them, and what is made of one that never came. */
import { readFileSync } from 'node:fs';
import t from 'tap';
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
const connections = (trace: readonly TraceEvent[], node: string): EventOf<'log'>[] =>
  eventsOf(trace, 'log').filter((event) => event.node === node && event.message.startsWith('connection'));

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
  const told = connections(trace, 'alice/phone').map(({ message, data }) => [message, data['conn'], data['error'] ?? null]);
  t.strictSame(told.slice(0, 2), [
    ['connection opened', 1, null],
    ['connection closed', 1, null],
  ]);
  t.strictSame(told.at(-1), ['connection opened', told.length - 1, null], 'it came back by itself');
  t.ok(told.length > 3, 'after attempts that failed');
  for (const [message, , error] of told.slice(2, -1))
    t.strictSame([message, error], ['connection closed', 'EHOSTUNREACH: the link is cut']);
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
  t.match(back, { message: 'connection opened' });
  t.ok((back?.n ?? Infinity) < (quiesce?.n ?? 0));
});

t.test('a fault whose moment never came leaves the run unknown', async (t) => {
  const steps = [{ fault: { link: 'alice.signaling', disconnect: '1s', on: 'bob sends reject' } }, ...CALL];
  const result = await runScenario(scenario(steps), { out: t.testdir() });
  t.equal(result.status, 'unknown', failures(result));
  t.match(result.why, /"fault: disconnect alice\.signaling for 1s, on bob sends reject" never took effect/);
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
    const told = connections(trace, node).map(({ message }) => message);
    t.strictSame([told[0], told[1], told.at(-1)], ['connection opened', 'connection closed', 'connection opened'], node);
  }
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
