/** From the judged repetitions of a scenario to its one result: pure. */
import { summarise } from '../../judge/history/timings.js';
import type { Scenario } from '../language/plan.js';
import type { Judgement } from './judge.js';
import type { AgentResult, CheckEntry, EarlierAttempt, RepetitionResult, ScenarioResult, Status } from './result.js';

export interface RepetitionRecord {
  readonly repetition: number;
  readonly seed: string;
  readonly judgement: Judgement;
  readonly durationMs: number;
  readonly trace: string | null;
  readonly agents: Readonly<Record<string, AgentResult>>;
  readonly attempts: number;
  readonly earlier: readonly EarlierAttempt[];
  readonly replay: string;
}

interface Context {
  readonly seed: string;
  readonly replay: string;
}

/** The scenario's part of a result. */
export type GatheredScenario = Pick<Scenario, 'name' | 'file' | 'tags' | 'lines'>;

/** Worst first: one failed repetition fails the scenario, one unknown makes it unknown. */
const WORST_FIRST: readonly Status[] = ['failed', 'unknown', 'skipped', 'passed'];

/**
 * The result of a scenario from its repetitions, at least one. It has all checks of the shown repetition, the first of the worst,
 * and every finding of the others.
 */
export function gather(scenario: GatheredScenario, records: readonly RepetitionRecord[]): ScenarioResult {
  const sorted = [...records].sort((a, b) => a.repetition - b.repetition);
  const status = WORST_FIRST.find((candidate) => sorted.some(({ judgement }) => judgement.status === candidate)) ?? 'unknown';
  const shown = sorted.find(({ judgement }) => judgement.status === status) ?? sorted[0];
  const checks = sorted.flatMap((record): readonly CheckEntry[] =>
    record === shown ? record.judgement.checks : record.judgement.checks.filter(({ valid }) => valid !== true),
  );
  return {
    name: scenario.name,
    file: scenario.file,
    line: scenario.lines['name'] ?? null,
    tags: scenario.tags,
    status,
    why: shown?.judgement.why ?? null,
    seed: shown?.seed ?? '',
    durationMs: sorted.reduce((sum, { durationMs }) => sum + durationMs, 0),
    trace: shown?.trace ?? null,
    agents: shown?.agents ?? {},
    steps: shown?.judgement.steps ?? 0,
    checks: checks.map((check) => withLine(check, scenario)),
    timings: summarise(sorted.flatMap(({ judgement }) => judgement.timings)),
    diagnoses: sorted.flatMap(({ judgement }) => judgement.diagnoses),
    repetitions: sorted.map((record, index) => repetitionResult(record, before(sorted, index))),
    replay: shown?.replay ?? '',
    ...limitsOf(sorted.flatMap(({ judgement }) => judgement.limits)),
    ...countsOf(sorted, 'unmapped'),
    ...countsOf(sorted, 'halfTold'),
  };
}

/** Each limit once; empty without any. */
function limitsOf(codes: readonly string[]): Pick<ScenarioResult, 'limits'> {
  return codes.length === 0 ? {} : { limits: [...new Set(codes)] };
}

/** Unmapped or partial messages of all repetitions; empty without any. */
function countsOf(
  records: readonly RepetitionRecord[],
  what: 'unmapped' | 'halfTold',
): Pick<ScenarioResult, 'unmapped' | 'halfTold'> {
  const counts = new Map<string, number>();
  for (const { judgement } of records) {
    for (const [name, count] of Object.entries(judgement[what])) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts.size === 0 ? {} : { [what]: Object.fromEntries(counts) };
}

/** A result of which not all repetitions were run: those that passed prove nothing about the others. `why` is null if the user stopped it. */
export function cutShort(result: ScenarioResult, planned: number, why: string | null): ScenarioResult {
  const missing = planned - result.repetitions.length;
  if (why === null || missing <= 0) return result;
  const words = `${missing} of ${planned} repetitions ${why.replace(/^not run: /, 'were not run: ')}`;
  const status = result.status === 'passed' ? 'unknown' : result.status;
  return { ...result, status, why: result.why === null ? words : `${result.why}\n${words}` };
}

/** The result of a scenario that did not run. */
export function skippedResult(scenario: Scenario, why: string, context: Context, limit: string | null = null): ScenarioResult {
  return {
    name: scenario.name,
    file: scenario.file,
    line: scenario.lines['name'] ?? null,
    tags: scenario.tags,
    status: 'skipped',
    why,
    seed: context.seed,
    durationMs: 0,
    trace: null,
    agents: {},
    steps: 0,
    checks: [],
    timings: {},
    diagnoses: [],
    repetitions: [],
    replay: context.replay,
    ...limitsOf(limit === null ? [] : [limit]),
  };
}

/** The line of a finding's step in the scenario's file. */
function withLine(check: CheckEntry, { lines }: GatheredScenario): CheckEntry {
  const line = check.path === undefined ? undefined : lines[check.path];
  return line === undefined ? check : { ...check, line };
}

/** The number of diagnoses of the repetitions before this one. */
function before(records: readonly RepetitionRecord[], index: number): number {
  return records.slice(0, index).reduce((sum, { judgement }) => sum + judgement.diagnoses.length, 0);
}

function repetitionResult(record: RepetitionRecord, diagnosesBefore: number): RepetitionResult {
  const { repetition, seed, judgement, durationMs, trace, attempts, earlier } = record;
  const accepted = judgement.timings.find(({ name, ms }) => name === 'accept-to-connected' && ms !== null);
  return {
    repetition,
    seed,
    status: judgement.status,
    durationMs,
    trace,
    mediaSetups: judgement.mediaSetups,
    mediaSetupsStalled: judgement.mediaSetupsStalled,
    acceptToConnectedMs: accepted?.ms ?? null,
    attempts,
    earlier,
    diagnoses: judgement.diagnoses.map((_, index) => diagnosesBefore + index),
  };
}
