/** A process of the benchmark `record`: one workload with one build, warmed up and measured in samples. */
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CPU_LOG_FOLDER, type CpuLog, cpuAt, cpuNow, wallNow } from './cpu-log.js';
import { PER_SAMPLE, type RecordSamples, type RecordTask, SAMPLES, WARM_UP } from './record-task.js';

type Api = typeof import('../src/index.js');
type Jsonl = typeof import('../src/trace/jsonl.js');
type Judge = typeof import('../src/scenarios/run/judge.js');
type Repetition = typeof import('../src/scenarios/run/repetition.js');
type Language = typeof import('../src/scenarios/language/load.js');
type Bundled = typeof import('../src/probe/targets/bundled.js');
type Clock = typeof import('../src/probe/runtime/clock.js');

/** An answered call without media: what is left is signaling, and what is kept of it. */
const SCENARIO = {
  name: 'callee accepts, signaling only',
  agents: { alice: {}, bob: {} },
  media: 'none',
  steps: [
    { alice: 'call bob' },
    { expect: { both: 'ringing', within: '5s' } },
    { bob: 'accept' },
    { expect: { both: 'connected', within: '5s' } },
    { alice: 'hang up' },
    { expect: { both: 'ended(hangup)', within: '5s' } },
  ],
};

/** Where a build may keep what is not part of its programming interface: the present place first, then former ones. */
const JUDGES = ['src/scenarios/run/judge.js', 'src/scenarios/judge.js'];
const TRACES_PER_SAMPLE = 50;

async function load(dist: string, paths: readonly string[]): Promise<unknown> {
  const path = paths.map((one) => join(dist, one)).find((one) => existsSync(one));
  if (path === undefined) throw new Error(`${dist} has none of ${paths.join(', ')}`);
  return import(pathToFileURL(path).href);
}

/** CPU of a repetition: in the process that probes, and in those that it starts. */
async function run({ dist, folder, options }: Extract<RecordTask, { type: 'run' }>): Promise<RecordSamples> {
  const { runScenario } = (await load(dist, ['src/index.js'])) as Api;
  const marks: { readonly wall: number; readonly cpu: number }[] = [];
  let done = 0;
  const mark = (): void => {
    if (done >= WARM_UP && (done - WARM_UP) % PER_SAMPLE === 0) marks.push({ wall: wallNow(), cpu: cpuNow() });
  };
  const filled = Object.entries(options).map(([name, value]) => [name, value === '{out}' ? join(folder, 'out') : value]);
  const { status } = await runScenario(SCENARIO, {
    ...Object.fromEntries(filled),
    seed: 'bench',
    repeat: WARM_UP + SAMPLES * PER_SAMPLE,
    listener: {
      repetitionEnd() {
        done += 1;
        mark();
      },
    },
  });
  if (status !== 'passed') throw new Error(`the scenario ${status} with ${dist}: the benchmark measures something else`);
  const logs = readdirSync(process.env[CPU_LOG_FOLDER] ?? '').map(
    (name) => JSON.parse(readFileSync(join(process.env[CPU_LOG_FOLDER] ?? '', name), 'utf8')) as CpuLog,
  );
  const others = marks.map(({ wall }) => logs.reduce((sum, log) => sum + cpuAt(log, wall), 0));
  const perRepetition = (figures: readonly number[]): number[] =>
    figures.slice(1).map((figure, index) => (figure - (figures[index] ?? 0)) / PER_SAMPLE);
  return { probe: perRepetition(marks.map(({ cpu }) => cpu)), server: perRepetition(others) };
}

/** CPU of a repetition that nobody records or judges. */
async function unrecorded({ dist }: Extract<RecordTask, { type: 'unrecorded' }>): Promise<RecordSamples> {
  if (!existsSync(join(dist, 'src/trace/bus.js'))) return { probe: [Number.NaN] };
  const { runRepetition } = (await load(dist, ['src/scenarios/run/repetition.js'])) as Repetition;
  const { parseScenario } = (await load(dist, ['src/scenarios/language/load.js'])) as Language;
  const { startBundled } = (await load(dist, ['src/probe/targets/bundled.js'])) as Bundled;
  const { systemClock } = (await load(dist, ['src/probe/runtime/clock.js'])) as Clock;
  const target = await startBundled([]);
  const repetition = async (number: number): Promise<void> => {
    const { end, agents } = await runRepetition({
      ...{ scenario: parseScenario(SCENARIO), repetition: number, seed: `bench:${number}`, target, media: null, defects: [] },
      ...{ clock: systemClock, versions: {}, replay: '', signal: new AbortController().signal, fault: null, onEvent: null },
      record: 'none',
    });
    if (end !== 'complete' || agents['alice/phone']?.state !== 'ended') throw new Error(`a repetition ended ${end}`);
  };
  const probe: number[] = [];
  for (let number = 0; number < WARM_UP; number++) await repetition(number);
  for (let sample = 0; sample < SAMPLES; sample++) {
    const began = cpuNow();
    for (let number = 0; number < PER_SAMPLE; number++) await repetition(number);
    probe.push((cpuNow() - began) / PER_SAMPLE);
  }
  await target.stop();
  return { probe };
}

/** CPU of judging a trace anew: of a run that passed, and of one that failed and is diagnosed. */
async function judge({ dist, folder }: Extract<RecordTask, { type: 'judge' }>): Promise<RecordSamples> {
  const { runScenario } = (await load(dist, ['src/index.js'])) as Api;
  const { judgeRepetition } = (await load(dist, JUDGES)) as Judge;
  const { decodeTrace } = (await load(dist, ['src/trace/jsonl.js'])) as Jsonl;
  const samples: Record<string, number[]> = {};
  for (const [name, defects] of [
    ['passed', []],
    ['failed', ['drop-answer']],
  ] as const) {
    const out = mkdtempSync(join(folder, `${name}-`));
    const { status } = await runScenario(SCENARIO, { seed: 'bench', repeat: 1, defects, out });
    if (status !== name) throw new Error(`the scenario ${status} with ${dist} where it should have ${name}`);
    const [file = ''] = readdirSync(join(out, 'traces'));
    const { events } = decodeTrace(readFileSync(join(out, 'traces', file), 'utf8'));
    const sample = (): number => {
      // Fresh objects each time: what a build remembers of a trace must not spare it the work.
      const traces = Array.from({ length: TRACES_PER_SAMPLE }, () => events.map((event) => ({ ...event })));
      const began = cpuNow();
      for (const trace of traces) judgeRepetition({ trace, end: 'complete', message: null, durationMs: 1, agents: {} }, 1, {});
      return (cpuNow() - began) / TRACES_PER_SAMPLE;
    };
    for (let warm = 0; warm < WARM_UP; warm++) sample();
    samples[name] = Array.from({ length: SAMPLES * 3 }, sample);
  }
  return samples;
}

process.once('message', (task: RecordTask) => {
  const work = task.type === 'run' ? run(task) : task.type === 'judge' ? judge(task) : unrecorded(task);
  work.then(
    (samples) => process.send?.(samples, () => process.exit(0)),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});
