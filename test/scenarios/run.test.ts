/** Scenarios for real: processes, sockets and WebRTC; what passes, what fails, and what the probe itself breaks. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import t from 'tap';
import { type RunListener, runScenario, type ScenarioResult, type TraceEvent } from '../../src/index.js';
import { WAITS } from '../../src/protocol/limits.js';
import { createRng } from '../../src/protocol/rng.js';
import { multiplex } from '../../src/reporters/multiplexer.js';
import { DEVELOPMENT_SECRET } from '../../src/server/admission.js';
import { Hub } from '../../src/server/hub/hub.js';
import { SOUND_POLICY } from '../../src/server/hub/policy.js';
import { listen } from '../../src/server/listen.js';
import { decodeTrace } from '../../src/trace/jsonl.js';
import { watchForks } from '../forks.js';
import { CALL, FLOWING, run } from './running.js';

const forks = watchForks();
t.teardown(() => forks.ended());
t.afterEach(() => forks.ended());

/** A call that is accepted, talks for a moment and ends. */
const ACCEPT = {
  ...CALL,
  name: 'a call is accepted',
  steps: [...CALL.steps, { alice: 'hang up' }, { expect: { both: 'ended(hangup)', within: '20s' } }],
};
const SILENT = { ...ACCEPT, media: 'none' };
/** With media, and long enough in the middle for something to happen. */
const TALK = {
  ...ACCEPT,
  name: 'a call with media',
  steps: [...ACCEPT.steps.slice(0, 4), FLOWING, { wait: '300ms' }, ...ACCEPT.steps.slice(4)],
};
const WAIT_LONG = { ...SILENT, steps: [...SILENT.steps.slice(0, 4), { wait: '10m' }], timeout: '15m' };

/** Calls back once, when an event of the trace fits for the nth time. */
function when(fits: (event: TraceEvent) => boolean, act: () => void, nth = 1): RunListener {
  let count = 0;
  return {
    trace: (event) => {
      if (fits(event)) count += 1;
      if (count === nth && fits(event)) act();
    },
  };
}

const connectedMark = (event: TraceEvent): boolean =>
  event.type === 'mark' && event.name === 'expect' && event.ok === true && event.wants?.states.includes('connected') === true;
const flowing = (event: TraceEvent): boolean => event.type === 'media' && event.state === 'flowing';

const failures = (result: ScenarioResult): string =>
  result.checks
    .filter(({ valid }) => valid !== true)
    .map(({ name, message, actual }) => `${name}: ${message} ${actual ?? ''}`)
    .join('\n');

async function remoteServer(t: { teardown(end: () => unknown): void }): Promise<string> {
  const quiet = (): void => undefined;
  const server = await listen({
    host: '127.0.0.1',
    port: 0,
    secret: DEVELOPMENT_SECRET,
    hub: new Hub({ waits: WAITS, policy: SOUND_POLICY, rng: createRng('remote') }),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    now: () => performance.now(),
    time: () => performance.timeOrigin + performance.now(),
    trace: null,
  });
  t.teardown(() => server.close());
  return server.url;
}

t.test('a call with media passes, with media both ways and timings', async (t) => {
  const out = t.testdir();
  const result = await runScenario(TALK, { out });
  t.equal(result.status, 'passed', failures(result));
  const trace = decodeTrace(readFileSync(result.trace ?? '', 'utf8'));
  t.strictSame(trace.problems, [], 'the trace file can be read again');
  for (const node of ['alice/phone', 'bob/phone']) {
    t.ok(
      trace.events.some((event) => event.node === node && flowing(event)),
      `${node} receives`,
    );
    t.match(result.agents[node], { state: 'ended', reason: 'hangup', version: 4 });
  }
  for (const name of ['invite-to-ringing', 'accept-to-connected', 'hangup-to-ended', 'accept-to-media']) {
    const { p50, never } = result.timings[name] ?? { p50: null, never: null };
    t.ok(p50 !== null && p50 > 0, `${name}: ${p50} ms`);
    t.equal(never, 0, `${name}: every sample happened`);
  }
  t.match(trace.events[0], { type: 'run', phase: 'begin', serverVisible: true, seed: result.seed });
  t.match(trace.events.at(-1), { type: 'run', phase: 'end', status: 'complete' });
  t.notMatch(JSON.stringify(trace.events), /eyJ|ice-pwd:[^ "]*[A-Za-z0-9+/]{22}/, 'no token and no ICE password');
});

t.test('each known bug is caught, with what each side shows and what each hop last saw', async (t) => {
  for (const defect of ['drop-answer', 'answer-to-wrong-device', 'ignore-answered']) {
    const answered = { expect: { both: 'connected', within: '500ms' } };
    const steps = [...SILENT.steps.slice(0, 3), answered];
    const result = await runScenario({ ...SILENT, steps }, { defects: [defect] });
    t.equal(result.status, 'failed', defect);
    const told = failures(result);
    t.match(told, /alice=ringing bob=connected/, `${defect}: what each side shows`);
    const convergence = result.checks.find(({ name }) => name === 'convergence');
    t.equal(convergence?.valid, false, `${defect}: the sides disagree`);
    for (const hop of [
      /server -> bob\/phone: event\.connected written at [\d.]+ s, read at [\d.]+ s/,
      /server -> alice\/phone: event\.(ringing|connected) written at [\d.]+ s, read at [\d.]+ s/,
      /bob\/phone -> server: command\.accept written at [\d.]+ s, read at [\d.]+ s/,
    ])
      t.match(convergence?.message, hop, `${defect}: the last message of each hop`);
    t.ok((convergence?.evidence.length ?? 0) > 0, `${defect}: with lines of the trace`);
    t.match(result.agents, { 'alice/phone': { state: 'ringing' }, 'bob/phone': { state: 'connected' } });
    t.match(result.replay, `--defect ${defect}`);
  }
});

t.test('a media process that is killed makes its repetition unknown, and the others run', async (t) => {
  const listener = when(flowing, () => forks.running('media/child').kill('SIGKILL'), 3);
  const before = forks.count('media/child');
  const report = await run([TALK], { repeat: 3, listener });
  const [result] = report.scenarios;
  t.strictSame(
    result?.repetitions.map(({ status }) => status),
    ['passed', 'unknown', 'passed'],
    JSON.stringify(result?.checks.filter(({ valid }) => valid === false)),
  );
  t.match(result?.diagnoses, [{ code: 'probe-fault', summary: /media process \d+ was killed by SIGKILL/ }]);
  t.equal(report.exitCode, 3);
  t.equal(forks.count('media/child') - before, 2, 'one more media process was started');
});

t.test('a server that is killed makes its repetition unknown at once, and the next one gets a new server', async (t) => {
  const listener = when(connectedMark, () => forks.running('server/child').kill('SIGKILL'));
  const before = forks.count('server/child');
  const report = await run([WAIT_LONG, SILENT], { listener });
  t.ok((report.scenarios[0]?.durationMs ?? Infinity) < 60_000, 'without waiting for the rest of the steps');
  t.strictSame(
    report.scenarios.map(({ status }) => status),
    ['unknown', 'passed'],
  );
  t.match(report.scenarios[0]?.diagnoses, [
    { code: 'probe-fault', summary: /bundled server \(process \d+\) was killed by SIGKILL/ },
  ]);
  t.equal(report.exitCode, 3);
  t.equal(forks.count('server/child') - before, 2);
});

t.test('a run that is cut short reports what is there', async (t) => {
  const controller = new AbortController();
  const out = t.testdir();
  const ended: string[] = [];
  const report = await run([SILENT, WAIT_LONG, { ...SILENT, name: 'never run' }], {
    signal: controller.signal,
    out,
    listener: {
      ...when(connectedMark, () => controller.abort(), 2),
      runEnd: (whole) => void ended.push(String(whole.exitCode)),
    },
  });
  t.strictSame(
    report.scenarios.map(({ status }) => status),
    ['passed', 'unknown', 'skipped'],
  );
  t.match(report, { interrupted: true, exitCode: 130, summary: { passed: 1, unknown: 1, skipped: 1 } });
  t.strictSame(ended, ['130']);
  const { events } = decodeTrace(readFileSync(report.scenarios[1]?.trace ?? '', 'utf8'));
  t.match(events.at(-1), { type: 'run', phase: 'end', status: 'interrupted' });

  const early = await run([SILENT], { signal: AbortSignal.abort() });
  t.match(early, { exitCode: 130, scenarios: [{ status: 'skipped', why: 'interrupted before it ran' }] });
});

t.test('a repetition that is not done in time has failed', async (t) => {
  const never = { expect: { both: 'ended(busy)', within: '30s' } };
  const report = await run([{ ...SILENT, steps: [...SILENT.steps.slice(0, 4), never], timeout: '500ms' }]);
  t.match(report, { exitCode: 1, scenarios: [{ status: 'failed' }] });
  t.match(
    report.scenarios[0]?.checks.find(({ name }) => name === 'timeout'),
    { valid: false, message: /500 ms/ },
  );
});

t.test('retries count attempts, and bail stops after the first failure', async (t) => {
  const failing = { ...SILENT, name: 'fails', steps: [{ alice: 'call bob' }, { expect: { both: 'connected', within: '50ms' } }] };
  const retried = await run([failing, SILENT], { retries: 2 });
  t.strictSame(
    retried.scenarios.map(({ status, repetitions }) => [status, repetitions[0]?.attempts]),
    [
      ['failed', 3],
      ['passed', 1],
    ],
  );
  t.equal(retried.exitCode, 1);
  t.match(retried.scenarios[0]?.repetitions[0]?.earlier, [
    { attempt: 1, status: 'failed', message: /^convergence|^expectations|^latency/ },
    { attempt: 2, status: 'failed' },
  ]);
  t.strictSame(retried.scenarios[1]?.repetitions[0]?.earlier, []);
  const missed = retried.scenarios[0]?.checks.find(({ name }) => name === 'expectations');
  t.match(missed, { path: 'steps[1]' }, 'a finding about a step names it');
  const bailed = await run([SILENT, failing, { ...SILENT, name: 'after' }], { bail: true });
  t.strictSame(
    bailed.scenarios.map(({ status, why }) => [status, why]),
    [
      ['passed', null],
      ['failed', null],
      ['skipped', 'not run after a failure (--bail)'],
    ],
  );
});

t.test('two workers run what one would, each with a server of its own', async (t) => {
  const before = forks.count('server/child');
  const done: string[] = [];
  const report = await run([SILENT, { ...SILENT, name: 'another' }], {
    workers: 2,
    repeat: 2,
    listener: { repetitionEnd: ({ scenario, repetition }) => void done.push(`${scenario} ${repetition}`) },
  });
  t.match(report, { exitCode: 0, summary: { scenarios: 2, passed: 2 } });
  t.equal(forks.count('server/child') - before, 2);
  t.strictSame(done.sort(), ['a call is accepted 1', 'a call is accepted 2', 'another 1', 'another 2']);
  t.strictSame(
    report.scenarios.map(({ name }) => name),
    ['a call is accepted', 'another'],
    'results come in the order of the files',
  );
});

t.test('a seed with a number replays that repetition', async (t) => {
  const whole = await run([SILENT], { seed: 'abc', repeat: 3 });
  const third = whole.scenarios[0]?.repetitions[2];
  t.match(third, { repetition: 3, seed: 'abc:3' });
  const alone = await run([SILENT], { seed: third?.seed ?? '', repeat: 1 });
  t.strictSame(
    alone.scenarios[0]?.repetitions.map(({ repetition, seed }) => [repetition, seed]),
    [[3, 'abc:3']],
  );
  t.match(alone.scenarios[0]?.replay, /--seed abc:3 --repeat 1/);
});

t.test('a running server of somebody else is judged from its clients alone', async (t) => {
  const target = await remoteServer(t);
  const out = t.testdir();
  const before = forks.count('server/child');
  const result = await runScenario({ ...SILENT, repeat: 2 }, { target: `${target}/?key=secret`, out });
  t.equal(result.status, 'passed', failures(result));
  t.equal(forks.count('server/child'), before, 'no server of its own');
  const text = readFileSync(result.trace ?? '', 'utf8');
  t.match(decodeTrace(text).events[0], { type: 'run', phase: 'begin', serverVisible: false });
  t.notOk(decodeTrace(text).events.some(({ node }) => node === 'server'));
  t.notMatch(text, /key=secret/);
  t.match(result.replay, `--target ${target}`, 'the replay names the target');
  t.notMatch(result.replay, /secret/);

  const report = await run([{ ...SILENT, server: { 'ring-timeout': '1s' } }, { ...SILENT, needs: ['restart-server'] }, SILENT], {
    target: `${target}/?key=secret`,
  });
  t.strictSame(
    report.scenarios.map(({ status }) => status),
    ['skipped', 'skipped', 'passed'],
    'what it can not do is skipped',
  );
  t.match(report.scenarios[0]?.why, /only the bundled/);
  t.notMatch(JSON.stringify(report), /key=secret/, 'no secret of the URL in the report');
});

t.test('a target that can not be had is told before anything runs', async (t) => {
  const begun: string[] = [];
  const listener: RunListener = { runBegin: ({ seed }) => void begun.push(seed) };
  const probe = createServer((socket) => socket.resume().end('SSH-2.0-OpenSSH\r\n'));
  await new Promise<void>((resolve) => {
    probe.listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address() as { port: number };
  await t.rejects(run([SILENT], { target: `ws://127.0.0.1:${port}`, listener }), { name: 'TargetError' }, 'no WebSocket there');
  await new Promise((resolve) => {
    probe.close(resolve);
  });
  await t.rejects(run([SILENT], { target: `ws://127.0.0.1:${port}`, listener }), {
    name: 'TargetError',
    message: /ECONNREFUSED.*call-probe serve/s,
  });
  await t.rejects(run([SILENT], { target: 'http://127.0.0.1', listener }), { name: 'TargetError', message: /ws:\/\// });
  await t.rejects(run([SILENT], { target: 'localhost', listener }), { name: 'TargetError' });
  await t.rejects(run([SILENT], { out: `${import.meta.filename}/x`, listener }), { name: 'TargetError', message: /--out/ });
  t.strictSame(begun, []);
});

t.test('a listener that throws hurts neither the run nor the other listeners', async (t) => {
  const heard: string[] = [];
  const listener = multiplex([
    {
      name: 'broken',
      reporter: {
        trace: () => {
          throw new Error('of the listener');
        },
      },
    },
    { name: 'sound', reporter: { scenarioEnd: ({ status }) => void heard.push(status) } },
  ]);
  const report = await run([SILENT], { listener });
  t.equal(report.exitCode, 0);
  t.strictSame(heard, ['passed']);
  t.match(listener.faults(), [{ reporter: 'broken', during: 'trace' }]);

  const alone: RunListener = {
    trace: () => {
      throw new Error('of the listener');
    },
  };
  await t.rejects(runScenario(SILENT, { listener: alone }), /of the listener/, 'runScenario tells after the run');
});

t.test('wrong use of runScenario', async (t) => {
  await t.rejects(runScenario({ ...SILENT, steps: [{ alice: 'dance' }] }), { name: 'ScenarioProblems' });
  await t.rejects(runScenario(SILENT, { defects: ['drop-anser'] }), /did you mean "drop-answer"/);
  await t.rejects(runScenario(SILENT, { defects: ['drop-answer'], target: 'ws://127.0.0.1:1' }), /bundled/);
  await t.rejects(runScenario('nowhere.yaml'), { name: 'ScenarioProblems' });
});
