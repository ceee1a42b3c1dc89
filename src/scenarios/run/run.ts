/** Runs scenarios: plans repetitions, assigns them to workers, judges each, writes the traces, collects the report. */
import { setTimeout as delay } from 'node:timers/promises';
import { WRONG_MAPPING } from '../../probe/adapter/port.js';
import { systemClock } from '../../probe/runtime/clock.js';
import { nameOf } from '../../probe/targets/remote.js';
import { type Capability, type Target, TargetError, TargetGoneError } from '../../probe/targets/target.js';
import { traceEventOf } from '../../trace/assemble.js';
import { Recorder } from '../../trace/recorder.js';
import { LeakError } from '../../trace/redaction/leak-scan.js';
import { createPrivacy, type Privacy } from '../../trace/redaction/privacy.js';
import { isRole } from '../../trace/redaction/roles.js';
import { needsOf, type Scenario, usersOf } from '../language/plan.js';
import { outcomeAtLogIn } from './at-log-in.js';
import { type Unmet, unmetAt } from './declared-limits.js';
import { cutShort, gather, type RepetitionRecord, skippedResult } from './gather.js';
import { type Judgement, judgeRepetition } from './judge.js';
import { inLanes } from './lanes.js';
import { withoutLimits } from './limits/codes.js';
import { atItsDeclines } from './limits/declines.js';
import { OutageAccount } from './outage/account.js';
import { TargetGate } from './outage/gate.js';
import { withOvertime } from './overtime.js';
import { runRepetition } from './repetition.js';
import type { RepetitionOutcome } from './repetition-io.js';
import { replayOf } from './replay.js';
import type { EarlierAttempt, RunReport, ScenarioResult } from './result.js';
import type { RunOptions } from './run-options.js';
import { reportOf } from './run-report.js';

export type { RunOptions } from './run-options.js';

import { RUNNER_WAITS } from './runner-waits.js';
import { repetitionSeed, startOf } from './seed.js';
import { atOwnPace, noRingTimeout, setsOnlyRinging } from './server-timeout.js';
import { Slot } from './slot.js';
import { prepareOut, traceNames, writeTrace } from './trace-files.js';

type PrivateRun = RunOptions & { readonly privacy: Privacy };

/** What all workers of a run share about the target. */
interface Watchers {
  readonly gate: TargetGate;
  readonly account: OutageAccount;
  /** Milliseconds since the epoch as a reading of the monotonic clock. */
  readonly monotonic: (wall: number) => number;
}

/** How often a repetition restarts because the target went away during log-in; after that the log-in itself is suspected. */
const POSTPONED_MAX = 3;

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
  const { foreign } = asked;
  const options: PrivateRun = {
    ...asked,
    privacy: asked.privacy ?? createPrivacy(),
    ...(foreign === undefined || asked.ignoreLimits !== true ? {} : { foreign: withoutLimits(foreign) }),
  };
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
  const gate = new TargetGate({
    waitMs: options.targetWaitMs ?? RUNNER_WAITS.targetWaitMs,
    now: () => systemClock.now(),
    sleep: (ms) => delay(ms, undefined, { signal: options.signal }).catch(() => undefined),
    isInterrupted: () => options.signal.aborted,
    report: (event) => listener.target?.(event),
  });
  const watchers = { gate, account: new OutageAccount(startedAt), monotonic: (wall: number) => began + wall - startedAt };
  const results = new Map<number, ScenarioResult>();
  const records = new Map<number, RepetitionRecord[]>();
  let hasFailed = false;
  let neverRun: string | null = null;
  let targetName = options.target;
  try {
    // Ctrl-C reaches a target that is just starting as well: then nothing ran, and the target is not to blame.
    let lost: RepetitionOutcome | null = null;
    const target = await slots[0]?.target().catch((error: unknown) => {
      if (options.signal.aborted) return undefined;
      lost = lostAtLogIn(error, scenarios[0], options, first);
      if (lost === null) throw error;
      return undefined;
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
    const { redaction, names: substitutes } = options.privacy;
    const names = traceNames(scenarios).map((name) => (redaction === 'off' ? name : substitutes.rename(name)));
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
      const unmet = target === undefined ? null : unmetNeed(scenario, target);
      if (unmet !== null) finish(index, skippedResult(scenario, unmet.why, context(scenario), unmet.limit));
      else {
        const traits = target?.foreign?.adapter.traits;
        const atPace = atOwnPace(scenario, traits?.serverRingMs ?? null);
        const played = atItsDeclines(atPace, traits?.decline ?? 'ends-call');
        for (let k = 0; k < countOf(scenario); k++) tasks.push({ index, scenario: played, repetition: first + k });
      }
    }
    const take = ({ index, scenario, repetition }: Task, record: RepetitionRecord): void => {
      if (record.judgement.status === 'failed') hasFailed = true;
      const done = [...(records.get(index) ?? []), record];
      records.set(index, done);
      const { status } = record.judgement;
      const { name, file } = scenario;
      const repetitions = countOf(scenario);
      listener.repetitionEnd?.({ scenario: name, file, repetition, repetitions, status, durationMs: record.durationMs });
      if (done.length === repetitions) finish(index, gather(scenario, done));
    };
    const work = async (slot: Slot): Promise<void> => {
      while (tasks.length > 0 && (await gate.pass())) {
        if (options.signal.aborted || (options.bail && hasFailed)) return;
        const task = tasks.shift();
        if (task === undefined) return;
        const isFirst = records.size === 0;
        const record = await attempt(slot, task, options, watchers, names[task.index] ?? 'scenario', isFirst).catch(
          (error: unknown) => {
            // Nothing that comes after would be reported.
            tasks.length = 0;
            throw error;
          },
        );
        if (record === null) return;
        take(task, record);
      }
    };
    const [firstTask] = tasks;
    if (lost !== null && firstTask !== undefined) {
      const outcome: RepetitionOutcome = lost;
      const outage = watchers.account.take(firstTask, { ...outcome, hasBegun: false });
      if (outage !== null) gate.gone({ name: targetName }, watchers.monotonic(Date.parse(outage.at)), outage);
      const seed = repetitionSeed(options.seed, firstTask.repetition);
      const done = { attempts: 1, earlier: [], replay: replayOf(firstTask.scenario, options, firstTask.repetition) };
      take(firstTask, await recordOf(outcome, firstTask, { ...done, seed }, options, names[firstTask.index] ?? 'scenario'));
      tasks.length = 0;
      neverRun = `not run: ${outcome.message}`;
    }
    await inLanes(slots, slots.length, options.signal, work);
    for (const [index, scenario] of scenarios.entries()) {
      if (results.has(index)) continue;
      const done = records.get(index);
      const why = options.signal.aborted
        ? 'interrupted before it ran'
        : (neverRun ?? gate.reason ?? 'not run after a failure (--bail)');
      if (done === undefined) finish(index, skippedResult(scenario, why, context(scenario)));
      else finish(index, cutShort(gather(scenario, done), countOf(scenario), neverRun ?? gate.reason));
    }
  } finally {
    await Promise.all(slots.map((slot) => slot.stop()));
  }
  const ordered = scenarios.map((_, index) => results.get(index)).filter((result) => result !== undefined);
  const report = reportOf(
    ordered,
    { ...options, target: targetName },
    gate,
    new Date(startedAt).toISOString(),
    systemClock.now() - began,
  );
  await listener.runEnd?.(report);
  return report;
}

/**
 * One repetition, tried again as often as `retries` allows; the last attempt counts, of the others is told how they ended. One for which
 * the target was not there at all is put off until it is back; null when it never is. Rejects with a TargetError when the first of a run
 * shows that the mapping is wrong.
 */
async function attempt(
  slot: Slot,
  task: Task,
  options: PrivateRun,
  watchers: Watchers,
  traceName: string,
  isFirst: boolean,
): Promise<RepetitionRecord | null> {
  const { scenario, repetition } = task;
  const seed = repetitionSeed(options.seed, repetition);
  const earlier: EarlierAttempt[] = [];
  const { gate } = watchers;
  let postponed = 0;
  for (let attempts = 1; ; ) {
    const outcome = await perform(slot, task, options, seed, attempts - 1 + postponed);
    await report(slot, task, outcome, watchers);
    if (outcome.end === 'target-gone' && !outcome.hasBegun && postponed++ < POSTPONED_MAX) {
      if (!(await gate.pass()) || options.signal.aborted) return null;
      continue;
    }
    const wrong = isFirst ? outcome.trace.find((event) => event.type === 'violation' && event.code === WRONG_MAPPING) : undefined;
    if (wrong !== undefined) throw new TargetError(`nothing was judged: ${outcome.message}`);
    const judgement = judgeRepetition(outcome, repetition, scenario.checks);
    const isLast = judgement.status === 'passed' || attempts > options.retries || options.signal.aborted;
    if (!isLast && (await gate.pass())) {
      earlier.push({ attempt: attempts++, status: judgement.status, message: wrongIn(judgement) });
      continue;
    }
    const replay = replayOf(scenario, options, repetition);
    return recordOf(outcome, task, { seed, attempts, earlier, replay }, options, traceName, judgement);
  }
}

/** The record of a repetition, with its trace written. */
async function recordOf(
  outcome: RepetitionOutcome,
  { scenario, repetition }: Task,
  run: Pick<RepetitionRecord, 'seed' | 'attempts' | 'earlier' | 'replay'>,
  options: PrivateRun,
  traceName: string,
  judgement = judgeRepetition(outcome, repetition, scenario.checks),
): Promise<RepetitionRecord> {
  const { durationMs, agents } = outcome;
  const record = { repetition, durationMs, agents, ...run };
  if (options.out === null || outcome.trace.length === 0) return { ...record, judgement, trace: null };
  try {
    const trace = await writeTrace(options.out, `${traceName}-${repetition}`, outcome.trace, options.privacy);
    return { ...record, judgement, trace };
  } catch (error) {
    if (error instanceof LeakError) return { ...record, judgement, trace: null };
    // A full disk must not take the report with it; a verdict without its evidence is none.
    const message = `the trace could not be written: ${error instanceof Error ? error.message : String(error)}`;
    const unproven = judgeRepetition({ ...outcome, end: 'probe-fault', message }, repetition, scenario.checks);
    return { ...record, judgement: unproven, trace: null };
  }
}

/** What the first repetition came to if the target went away while the probe logged in; null for any other error. */
function lostAtLogIn(
  error: unknown,
  scenario: Scenario | undefined,
  options: PrivateRun,
  repetition: number,
): RepetitionOutcome | null {
  if (!(error instanceof TargetGoneError) || scenario === undefined) return null;
  for (const secret of error.secrets) options.privacy.vault.add('token', secret);
  const { seed, version, defects } = options;
  const versions = { 'call-probe': version, node: process.versions.node };
  const replay = replayOf(scenario, options, repetition);
  return outcomeAtLogIn(error, { scenario, seed: repetitionSeed(seed, repetition), repetition, defects, versions, replay });
}

/** Tells the gate what a repetition has seen of the target. */
async function report(slot: Slot, task: Task, outcome: RepetitionOutcome, { gate, account, monotonic }: Watchers): Promise<void> {
  const outage = account.take(task, outcome);
  const { end, message } = outcome;
  if (outage !== null) gate.gone(await slot.target(), monotonic(Date.parse(outage.at)), outage);
  if (end !== 'target-busy') return;
  const at = new Date(systemClock.wall()).toISOString();
  gate.busy(await slot.target(), { what: 'busy', at, scenario: task.scenario.name, error: message ?? end });
}

const EARLIER_CHARS_MAX = 1_000;

/** What did not hold in an attempt of which nothing else is kept. */
function wrongIn({ why, checks }: Judgement): string {
  const wrong = checks.find(({ valid }) => valid === false);
  return (wrong === undefined ? (why ?? 'it did not pass') : `${wrong.name}: ${wrong.message}`).slice(0, EARLIER_CHARS_MAX);
}

/** How long a repetition may take to end after its own time-out. */
const OVERTIME_MS = 30_000;

const NOTHING = { trace: [], hasBegun: false, durationMs: 0, agents: {} } as const;

async function perform(
  slot: Slot,
  task: Task,
  options: PrivateRun,
  seed: string,
  playedBefore: number,
): Promise<RepetitionOutcome> {
  const { scenario, repetition } = task;
  try {
    const target = await slot.target();
    const media = scenario.media === 'none' ? null : await slot.media();
    const faults = [target.broken, media?.fault].filter((fault) => fault !== undefined);
    const { listener } = options;
    const seen = new Recorder();
    const message = `it did not end within ${OVERTIME_MS / 1_000} s after its timeout: a bug of call-probe, please report it with the trace`;
    const work = runRepetition({
      scenario,
      repetition,
      playedBefore,
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
      ignoreLimits: options.ignoreLimits === true,
      onEvent(event) {
        seen.take(event);
        listener.trace?.(traceEventOf(event));
      },
    });
    const outcome = await withOvertime(work, scenario.timeoutMs + OVERTIME_MS, () => ({
      ...NOTHING,
      trace: seen.finish(),
      end: 'probe-fault' as const,
      message,
    }));
    if (outcome.message === message) await slot.dropTarget();
    // A server that no longer answers would affect the next repetition too; for one that runs elsewhere the run waits.
    if (outcome.end === 'target-fault' && target.checkHealth === undefined) await slot.dropTarget();
    return outcome;
  } catch (error) {
    // Ctrl-C also reaches a process that is just starting; only the interruption is reported then.
    if (options.signal.aborted) return { ...NOTHING, end: 'interrupted', message: 'interrupted' };
    const message = error instanceof Error ? error.message : String(error);
    return { ...NOTHING, end: 'probe-fault', message };
  }
}

/** What the target lacks for the scenario, as a sentence; null if it can run. */
function unmetNeed(scenario: Scenario, target: Target): Unmet | null {
  const has = (capability: string): boolean => target.capabilities.has(capability as Capability);
  const missing = needsOf(scenario).find(({ need }) => !has(need));
  const cannot = (why: string): Unmet => ({ why, limit: null });
  if (missing !== undefined)
    return cannot(`${missing.path} needs "${missing.need}", which the target ${target.name} does not support`);
  const { foreign } = target;
  if (Object.keys(scenario.server).length > 0 && !has('server-waits')) {
    if (foreign === undefined || !setsOnlyRinging(scenario))
      return cannot('sets limits of the server, which only the bundled server supports');
    const { traits } = foreign.adapter;
    const why = noRingTimeout(traits);
    if (why !== null) return { why, limit: traits.hides.includes('server-timeout') ? 'server-timeout' : null };
  }
  return foreign === undefined ? null : unmetAt(foreign, scenario);
}

/** Registers all names before anything is written, so that they are redacted from the first sentence on. */
function learnPeople(scenarios: readonly Scenario[], { privacy, target }: PrivateRun): void {
  const { names } = privacy;
  const people = scenarios.flatMap(({ agents, hostile }) => [...agents.map(({ name }) => name), ...hostile]);
  // Roles first: a placeholder must not equal one of them.
  for (const name of [...people.filter(isRole), ...people]) names.person(name);
  if (target !== 'bundled') names.target(target);
}
