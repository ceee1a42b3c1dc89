/** Two sets of runs held against each other, scenario by scenario: verdicts, causes, the first difference, timings. */

import type { TimingSummary } from '../../judge/history/timings.js';
import type { Diagnosis, RunFinding, Status } from '../../scenarios/run/result.js';
import type { TraceEvent } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import { counted } from '../format.js';
import { type Alignment, align } from './alignment.js';
import { type FindingChange, findingChanges, isWorse } from './finding-changes.js';
import { sideOf, type TimingChange, type TimingSide, timingChange } from './timing-change.js';

/** One repetition of a scenario as a side of the comparison knows it. */
export interface ComparedRun {
  readonly name: string;
  readonly file: string | null;
  readonly repetition: number;
  readonly status: Status;
  /** Why it is unknown or was skipped, or what failed first; null when it passed. */
  readonly why: string | null;
  readonly diagnoses: readonly Diagnosis[];
  readonly timings: readonly { readonly name: string; readonly ms: number | null }[];
  /** Path of the trace as it is named in reports, or null without one. */
  readonly path: string | null;
  /** Reads the trace again; null without one. Traces are not kept: a folder may hold thousands. */
  readonly trace: () => readonly TraceEvent[] | null;
}

/** Everything that was given as BEFORE or as AFTER. */
export interface ComparedSide {
  /** As it was named: a path. */
  readonly label: string;
  readonly target: string;
  readonly defects: readonly string[];
  readonly runs: readonly ComparedRun[];
  /** Its distinct findings. */
  readonly findings: readonly RunFinding[];
  /** Timings of scenarios of which there is a report and no trace, by scenario and name. */
  readonly summaries: ReadonlyMap<string, Readonly<Record<string, TimingSummary>>>;
}

/** All repetitions of a scenario on one side; the repetition that stands for them is the first of its kind that did not pass. */
export interface ComparedScenario {
  readonly status: Status;
  readonly repetitions: number;
  readonly notPassed: number;
  readonly why: string | null;
  readonly diagnosis: Diagnosis | null;
  readonly shown: ComparedRun;
}

export interface ScenarioComparison {
  readonly name: string;
  readonly file: string | null;
  readonly before: ComparedScenario;
  readonly after: ComparedScenario;
  /** `worse`: passed before and fails after, or a timing got worse. `inconclusive`: the run after says less than the one before. */
  readonly verdict: 'same' | 'better' | 'worse' | 'inconclusive';
  /** Why it is worse or inconclusive, in words. */
  readonly reasons: readonly string[];
  readonly timings: readonly TimingChange[];
  /** The repetitions that stand for the two sides, step by step; null where a side has no trace. */
  readonly alignment: Alignment | null;
  readonly traces: { readonly before: readonly TraceEvent[]; readonly after: readonly TraceEvent[] } | null;
}

export interface Comparison {
  readonly before: Pick<ComparedSide, 'label' | 'target' | 'defects'>;
  readonly after: Pick<ComparedSide, 'label' | 'target' | 'defects'>;
  /** Which findings are new, unchanged and fixed, in this order. */
  readonly findings: readonly FindingChange[];
  /** What got worse first, then what is inconclusive, better and the same. */
  readonly scenarios: readonly ScenarioComparison[];
  /** Scenarios of one side only. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
  /** The share by which a median has to grow before it counts. */
  readonly threshold: number;
  readonly verdict: 'same' | 'better' | 'worse' | 'inconclusive';
}

/** Scenarios whose two traces are kept for drawing; the rest is described in words. */
export const DRAWN_MAX = 20;

const ORDER = ['worse', 'inconclusive', 'better', 'same'] as const;

/** Compares; null when the sides have no scenario in common. `threshold` is a share, 0.2 for 20 %. */
export function compareSides(before: ComparedSide, after: ComparedSide, threshold: number): Comparison | null {
  const [from, to] = [groupBy(before.runs, ({ name }) => name), groupBy(after.runs, ({ name }) => name)];
  const pairs = [...from].flatMap(([name, runs]) => {
    const others = to.get(name);
    return others === undefined ? [] : [{ name, runs, others }];
  });
  if (pairs.length === 0) return null;
  const judged = pairs.map(({ name, runs, others }) => judge(name, [before, runs], [after, others], threshold));
  judged.sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  const scenarios = judged.map((one, index) => (index < DRAWN_MAX ? withTraces(one) : one));
  const findings = findingChanges(before.findings, after.findings, scenarios);
  const verdict = findings.some(isWorse) ? 'worse' : (scenarios[0]?.verdict ?? 'same');
  const names = (side: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): string[] =>
    [...side.keys()].filter((name) => !other.has(name));
  const about = ({ label, target, defects }: ComparedSide): Comparison['before'] => ({ label, target, defects });
  return {
    before: about(before),
    after: about(after),
    findings,
    scenarios,
    onlyBefore: names(from, to),
    onlyAfter: names(to, from),
    threshold,
    verdict,
  };
}

type Given = readonly [side: ComparedSide, runs: readonly ComparedRun[]];

function judge(name: string, before: Given, after: Given, threshold: number): ScenarioComparison {
  const [from, to] = [foldRuns(before[1]), foldRuns(after[1])];
  const [a, b] = [timingsOf(name, before), timingsOf(name, after)];
  const timings = [...new Set([...a.keys(), ...b.keys()])].map((timing) =>
    timingChange(timing, a.get(timing) ?? null, b.get(timing) ?? null, threshold),
  );
  const slower = timings.filter(({ verdict }) => verdict === 'worse').map(({ name }) => `${name} got worse`);
  const worse = [...(from.status === 'passed' && to.status === 'failed' ? ['it passed before and fails after'] : []), ...slower];
  const vague = to.status === 'unknown' || to.status === 'skipped' ? [`after it is ${to.status}`] : [];
  const missing =
    from.status !== 'passed' && from.status !== 'failed' && to.status === 'failed' ? [`before it was ${from.status}`] : [];
  const inconclusive = from.status === to.status ? [] : [...vague, ...missing];
  const better = (from.status !== 'passed' && to.status === 'passed') || timings.some(({ verdict }) => verdict === 'better');
  return {
    name,
    file: to.shown.file ?? from.shown.file,
    before: from,
    after: to,
    verdict: worse.length > 0 ? 'worse' : inconclusive.length > 0 ? 'inconclusive' : better ? 'better' : 'same',
    reasons: worse.length > 0 ? worse : inconclusive,
    timings,
    alignment: null,
    traces: null,
  };
}

/** The repetition of the other side with the same number is drawn beside the one that stands for its side. */
function withTraces(scenario: ScenarioComparison): ScenarioComparison {
  const [before, after] = [scenario.before.shown.trace(), scenario.after.shown.trace()];
  if (before === null || after === null) return scenario;
  return { ...scenario, alignment: align(before, after), traces: { before, after } };
}

const RANK: readonly Status[] = ['failed', 'unknown', 'skipped', 'passed'];

function foldRuns(runs: readonly ComparedRun[]): ComparedScenario {
  const status = RANK.find((rank) => runs.some((run) => run.status === rank)) ?? 'unknown';
  const shown = runs.find((run) => run.status === status) ?? (runs[0] as ComparedRun);
  return {
    status,
    repetitions: runs.length,
    notPassed: runs.filter((run) => run.status !== 'passed').length,
    why: shown.why,
    diagnosis: shown.diagnoses[0] ?? null,
    shown,
  };
}

function timingsOf(name: string, [side, runs]: Given): Map<string, TimingSide> {
  const samples = groupBy(
    runs.flatMap(({ timings }) => timings),
    (timing) => timing.name,
  );
  const summaries = Object.entries(side.summaries.get(name) ?? {}).map(([timing, summary]): [string, TimingSide] => {
    return [timing, { samples: null, summary }];
  });
  return new Map([
    ...summaries,
    ...[...samples].map(([timing, all]): [string, TimingSide] => [timing, sideOf(all.map(({ ms }) => ms))]),
  ]);
}

/** What is shown with its ladders: all that changed or did not pass before. */
export function detailedOf({ scenarios }: Comparison, max: number): readonly ScenarioComparison[] {
  return scenarios.filter(({ verdict, before }) => verdict !== 'same' || before.status !== 'passed').slice(0, max);
}

/** `3 of 10 repetitions`, where there are several. */
export function repetitionsText({ repetitions, notPassed }: ComparedScenario): string {
  return repetitions === 1 ? '' : `${notPassed === 0 ? '' : `${notPassed} of `}${counted(repetitions, 'repetition')}`;
}

/** `3 further differences` after the first one, where there are any. */
export function furtherText({ differences }: Alignment): string {
  return differences.length > 1 ? counted(differences.length - 1, 'further difference') : '';
}

/** Whether a side has several samples of a timing, so that percentiles say something. */
export function hasPercentiles(timings: readonly TimingChange[]): boolean {
  return timings.some(({ before, after }) => (before?.count ?? 0) > 1 || (after?.count ?? 0) > 1);
}
