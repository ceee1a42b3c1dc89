/** Runs scenarios: plans repetitions, hands them to workers, judges each, writes the traces, gathers the report. */
import { constants } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { WRONG_MAPPING } from '../probe/adapter/port.js';
import { systemClock } from '../probe/clock.js';
import type { TargetCommands } from '../probe/targets/commands.js';
import type { ForeignSettings } from '../probe/targets/foreign.js';
import { nameOf } from '../probe/targets/remote.js';
import { type Capability, type Target, TargetError } from '../probe/targets/target.js';
import { makeFolder } from '../server/store/make-folder.js';
import type { TraceEvent } from '../trace/event.js';
import { LeakError } from '../trace/redaction/leak-scan.js';
import { createPrivacy, type Privacy, publishTrace } from '../trace/redaction/privacy.js';
import { isRole } from '../trace/redaction/roles.js';
import { unmetAt } from './by-design.js';
import { gather, type RepetitionRecord, skippedResult } from './gather.js';
import { type Judgement, judgeRepetition } from './judge.js';
import type { RunListener } from './listener.js';
import { needsOf, type Scenario, usersOf } from './plan.js';
import { type RepetitionOutcome, runRepetition } from './repetition.js';
import { type EarlierAttempt, REPORT_SCHEMA, type RunReport, type ScenarioResult, type Status } from './result.js';
import { repetitionSeed, startOf } from './seed.js';
import { atOwnPace, noRingTimeout, setsOnlyRinging } from './server-timeout.js';
import { Slot } from './slot.js';

export interface RunOptions {
  readonly version: string;
  /** `bundled` or a WebSocket URL. */
  readonly target: string;
  readonly defects: readonly string[];
  /** Commands of the user's for what faults do to a server that runs elsewhere. */
  readonly commands?: TargetCommands;
  /** IPv4 address of this machine that media is bound to; loopback when left out. */
  readonly mediaAddress?: string | undefined;
  /** How a target is spoken to that does not speak callsync.v1. */
  readonly foreign?: ForeignSettings;
  /** Everything random follows from it; `abc:3` begins with the third repetition. */
  readonly seed: string;
  readonly workers: number;
  /** Takes the place of each scenario's own number of repetitions. */
  readonly repeat: number | null;
  /** Further attempts for a repetition that did not pass. */
  readonly retries: number;
  /** Stops after the first failure. */
  readonly bail: boolean;
  /** Folder for traces; null keeps none. */
  readonly out: string | null;
  readonly signal: AbortSignal;
  readonly listener: RunListener;
  /** Flags that a replay needs beside file and seed, such as `--defect drop-answer`. */
  readonly replayFlags: string;
  /** Shared with the reporters of this run; left out, traces are redacted all the same. */
  readonly privacy?: Privacy;
}

type PrivateRun = RunOptions & { readonly privacy: Privacy };

interface Task {
  readonly index: number;
  readonly scenario: Scenario;
  readonly repetition: number;
}

/**
 * Runs all repetitions of all scenarios and yields the report. A slot's target is started before anything runs, so
 * that a target that can't be had rejects with a TargetError; after that nothing rejects but a bug of the probe.
 */
export async function runScenarios(scenarios: readonly Scenario[], asked: RunOptions): Promise<RunReport> {
  const options: PrivateRun = { ...asked, privacy: asked.privacy ?? createPrivacy() };
  learnPeople(scenarios, options);
  const startedAt = systemClock.wall();
  const began = systemClock.now();
  const { listener } = options;
  const first = startOf(options.seed);
  const countOf = (scenario: Scenario): number => options.repeat ?? scenario.repeat;
  const taskCount = scenarios.reduce((sum, scenario) => sum + countOf(scenario), 0);
  const slots = Array.from(
    { length: Math.max(1, Math.min(options.workers, taskCount)) },
    () => new Slot(options, usersOf(scenarios)),
  );
  const results = new Map<number, ScenarioResult>();
  const records = new Map<number, RepetitionRecord[]>();
  let hasFailed = false;
  let targetName = options.target;
  try {
    // Ctrl-C reaches a target that is just starting as well: then nothing ran, and the target is not to blame.
    const target = await slots[0]?.target().catch((error: unknown) => {
      if (options.signal.aborted) return undefined;
      throw error;
    });
    targetName = target?.name ?? (options.target === 'bundled' ? 'bundled' : nameOf(options.target));
    if (options.out !== null) await prepareOut(options.out);
    listener.runBegin?.({
      version: options.version,
      seed: options.seed,
      target: targetName,
      defects: options.defects,
      workers: slots.length,
      scenarios: scenarios.map((scenario) => ({ name: scenario.name, file: scenario.file, repetitions: countOf(scenario) })),
    });
    const { redaction, names: standIns } = options.privacy;
    const names = traceNames(scenarios).map((name) => (redaction === 'off' ? name : standIns.rename(name)));
    const context = (scenario: Scenario): { seed: string; replay: string } => ({
      seed: repetitionSeed(options.seed, first),
      replay: replayOf(scenario, options, first),
    });
    const finish = (index: number, result: ScenarioResult): void => {
      results.set(index, result);
      listener.scenarioEnd?.(result);
    };
    const tasks: Task[] = [];
    for (const [index, scenario] of scenarios.entries()) {
      const why = target === undefined ? null : unmetNeed(scenario, target);
      if (why !== null) finish(index, skippedResult(scenario, why, context(scenario)));
      else {
        const played = atOwnPace(scenario, target?.foreign?.adapter.traits.serverRingMs ?? null);
        for (let k = 0; k < countOf(scenario); k++) tasks.push({ index, scenario: played, repetition: first + k });
      }
    }
    const work = async (slot: Slot): Promise<void> => {
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
        if (options.signal.aborted || (options.bail && hasFailed)) return;
        const { index, scenario, repetition } = task;
        const record = await attempt(slot, task, options, names[index] ?? 'scenario', records.size === 0);
        if (record.judgement.status === 'failed') hasFailed = true;
        const done = [...(records.get(index) ?? []), record];
        records.set(index, done);
        const { status } = record.judgement;
        const { name, file } = scenario;
        const repetitions = countOf(scenario);
        listener.repetitionEnd?.({ scenario: name, file, repetition, repetitions, status, durationMs: record.durationMs });
        if (done.length === repetitions) finish(index, gather(scenario, done));
      }
    };
    await Promise.all(slots.map(work));
    for (const [index, scenario] of scenarios.entries()) {
      if (results.has(index)) continue;
      const done = records.get(index);
      const why = options.signal.aborted ? 'interrupted before it ran' : 'not run after a failure (--bail)';
      finish(index, done === undefined ? skippedResult(scenario, why, context(scenario)) : gather(scenario, done));
    }
  } finally {
    await Promise.all(slots.map((slot) => slot.stop()));
  }
  const ordered = scenarios.map((_, index) => results.get(index)).filter((result) => result !== undefined);
  const report = reportOf(
    ordered,
    { ...options, target: targetName },
    new Date(startedAt).toISOString(),
    systemClock.now() - began,
  );
  await listener.runEnd?.(report);
  return report;
}

/**
 * One repetition, tried again as often as `retries` allows; the last attempt counts, of the others is told how they ended. Rejects with a TargetError when the
 * first of a run shows that the mapping is wrong.
 */
async function attempt(
  slot: Slot,
  task: Task,
  options: PrivateRun,
  traceName: string,
  isFirst: boolean,
): Promise<RepetitionRecord> {
  const { scenario, repetition } = task;
  const seed = repetitionSeed(options.seed, repetition);
  const earlier: EarlierAttempt[] = [];
  for (let attempts = 1; ; attempts++) {
    const outcome = await perform(slot, task, options, seed);
    const wrong = isFirst ? outcome.trace.find((event) => event.type === 'violation' && event.code === WRONG_MAPPING) : undefined;
    if (wrong !== undefined) throw new TargetError(`nothing was judged: ${outcome.message}`);
    const judgement = judgeRepetition(outcome, repetition, scenario.checks);
    const isLast = judgement.status === 'passed' || attempts > options.retries || options.signal.aborted;
    if (!isLast) {
      earlier.push({ attempt: attempts, status: judgement.status, message: wrongIn(judgement) });
      continue;
    }
    const { durationMs, agents } = outcome;
    const replay = replayOf(scenario, options, repetition);
    const record = { repetition, seed, durationMs, agents, attempts, earlier, replay };
    if (options.out === null || outcome.trace.length === 0) return { ...record, judgement, trace: null };
    try {
      const trace = await writeTrace(options.out, `${traceName}-${repetition}`, outcome.trace, options.privacy);
      return { ...record, judgement, trace };
    } catch (error) {
      if (error instanceof LeakError) {
        options.privacy.refusals.push(error.message);
        return { ...record, judgement, trace: null };
      }
      // A full disk must not take the report with it; a verdict without its evidence is none.
      const message = `the trace could not be written: ${error instanceof Error ? error.message : String(error)}`;
      const unproven = judgeRepetition({ ...outcome, end: 'probe-fault', message }, repetition, scenario.checks);
      return { ...record, judgement: unproven, trace: null };
    }
  }
}

const EARLIER_CHARS_MAX = 1_000;

/** What did not hold in an attempt of which nothing else is kept. */
function wrongIn({ why, checks }: Judgement): string {
  const wrong = checks.find(({ valid }) => valid === false);
  return (wrong === undefined ? (why ?? 'it did not pass') : `${wrong.name}: ${wrong.message}`).slice(0, EARLIER_CHARS_MAX);
}

async function perform(slot: Slot, task: Task, options: PrivateRun, seed: string): Promise<RepetitionOutcome> {
  const { scenario, repetition } = task;
  try {
    const target = await slot.target();
    const media = scenario.media === 'none' ? null : await slot.media();
    const faults = [target.broken, media?.fault].filter((fault) => fault !== undefined);
    const { listener } = options;
    const outcome = await runRepetition({
      scenario,
      repetition,
      seed,
      target,
      media: media?.host ?? null,
      fault: faults.length === 0 ? null : AbortSignal.any(faults),
      defects: options.defects,
      clock: systemClock,
      versions: { 'call-probe': options.version, node: process.versions.node },
      replay: replayOf(scenario, options, repetition),
      signal: options.signal,
      privacy: options.privacy,
      onEvent: listener.trace === undefined ? null : (event: TraceEvent) => listener.trace?.(event),
    });
    // A server that answers no more would do the same to the next one.
    if (outcome.end === 'target-fault') await slot.dropTarget();
    return outcome;
  } catch (error) {
    // Ctrl-C reaches a process that is just starting as well; who was interrupted is told so and nothing else.
    if (options.signal.aborted) return { trace: [], end: 'interrupted', message: 'interrupted', durationMs: 0, agents: {} };
    const message = error instanceof Error ? error.message : String(error);
    return { trace: [], end: 'probe-fault', message, durationMs: 0, agents: {} };
  }
}

/** What the scenario needs and the target has not, in a sentence; null when it can run. */
function unmetNeed(scenario: Scenario, target: Target): string | null {
  const has = (capability: string): boolean => target.capabilities.has(capability as Capability);
  const missing = needsOf(scenario).find(({ need }) => !has(need));
  if (missing !== undefined) return `${missing.path} needs "${missing.need}", which the target ${target.name} can't do`;
  const { foreign } = target;
  if (Object.keys(scenario.server).length > 0 && !has('server-waits')) {
    if (foreign === undefined || !setsOnlyRinging(scenario)) return 'sets limits of the server, which only the bundled one takes';
    const why = noRingTimeout(foreign.adapter.traits);
    if (why !== null) return why;
  }
  return foreign === undefined ? null : unmetAt(foreign, scenario);
}

/** Makes the folder for traces, before anything runs. Throws a TargetError. */
async function prepareOut(out: string): Promise<void> {
  const folder = join(out, 'traces');
  try {
    makeFolder(folder);
    await access(folder, constants.W_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TargetError(`traces can't be written to ${folder}: ${reason}; name another folder with --out`, { cause });
  }
}

async function writeTrace(out: string, name: string, trace: readonly TraceEvent[], privacy: Privacy): Promise<string> {
  const path = join(out, 'traces', `${name}.trace.jsonl`);
  await writeFile(path, publishTrace(trace, privacy, `The trace ${path}`));
  return path;
}

/** Who takes part is known before anything is written, so that everybody is found in sentences from the first one on. */
function learnPeople(scenarios: readonly Scenario[], { privacy, target }: PrivateRun): void {
  const { names } = privacy;
  const people = scenarios.flatMap(({ agents, hostile }) => [...agents.map(({ name }) => name), ...hostile]);
  // Roles first: a stand-in must not be called as one of them.
  for (const name of [...people.filter(isRole), ...people]) names.person(name);
  if (target !== 'bundled') names.target(target);
}

/** A file name per scenario, from its own file's or its name; the same one twice gets a number. */
function traceNames(scenarios: readonly Scenario[]): string[] {
  const seen = new Map<string, number>();
  return scenarios.map((scenario) => {
    const raw = scenario.file === null ? scenario.name : basename(scenario.file).replace(/\.ya?ml$/i, '');
    const slug = raw.replace(/[^\w-]+/g, '-').slice(0, 60) || 'scenario';
    const count = (seen.get(slug) ?? 0) + 1;
    seen.set(slug, count);
    return count === 1 ? slug : `${slug}.${count}`;
  });
}

function replayOf(scenario: Scenario, options: RunOptions, repetition: number): string {
  const file = scenario.file === null ? '<the scenario>' : quote(scenario.file);
  return `call-probe run ${file} --seed ${quote(repetitionSeed(options.seed, repetition))} --repeat 1${options.replayFlags}`;
}

/** The flags that a replay needs beside file and seed. What a URL holds of secrets stays out. */
export function replayFlagsOf(
  target: string,
  defects: readonly string[],
  commands: TargetCommands = {},
  adapter = 'callsync',
): string {
  const flags = [
    ...(target === 'bundled' ? [] : [`--target ${quote(nameOf(target))}`]),
    ...(adapter === 'callsync' ? [] : [`--adapter ${quote(adapter)}`]),
    ...Object.entries(commands).map(([what, command]) => `--${what}-command ${quote(String(command))}`),
    ...defects.map((name) => `--defect ${name}`),
  ];
  return flags.map((flag) => ` ${flag}`).join('');
}

/** Quotes a word for a POSIX shell where it needs that. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Exit codes of the contract: a failure outweighs what is unknown; a run in which nothing ran proves nothing. */
export function exitCodeOf(statuses: readonly Status[], isInterrupted: boolean): number {
  if (isInterrupted) return 130;
  if (statuses.includes('failed')) return 1;
  if (statuses.includes('unknown') || !statuses.includes('passed')) return 3;
  return 0;
}

function reportOf(results: readonly ScenarioResult[], options: RunOptions, startedAt: string, durationMs: number): RunReport {
  const statuses = results.map(({ status }) => status);
  const count = (status: Status): number => statuses.filter((one) => one === status).length;
  const repetitions = results.flatMap((result) => result.repetitions);
  const sum = (of: 'mediaSetups' | 'mediaSetupsStalled'): number =>
    repetitions.reduce((total, repetition) => total + repetition[of], 0);
  return {
    schema: REPORT_SCHEMA,
    version: options.version,
    seed: options.seed,
    target: options.target,
    defects: options.defects,
    startedAt,
    durationMs,
    exitCode: exitCodeOf(statuses, options.signal.aborted),
    interrupted: options.signal.aborted,
    redacted: false,
    summary: {
      scenarios: results.length,
      passed: count('passed'),
      failed: count('failed'),
      unknown: count('unknown'),
      skipped: count('skipped'),
      mediaSetups: sum('mediaSetups'),
      mediaSetupsStalled: sum('mediaSetupsStalled'),
    },
    scenarios: results,
  };
}
