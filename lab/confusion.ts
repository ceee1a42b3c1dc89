/** How well the diagnosis names known bugs: the expected and the actual diagnosis of each run, and the sums over all runs. Pure. */
import type { Cause } from '../src/judge/causes/diagnosis.js';
import { addressOf } from '../src/protocol/address.js';
import type { Scenario } from '../src/scenarios/language/plan.js';
import type { Status } from '../src/scenarios/run/result.js';
import { type DefectName, type HopRole, SHOWS } from './showing.js';

/** A cause and where it is, as a diagnosis says it. */
export interface Named {
  readonly code: Cause;
  readonly hop: string;
}

/** One run, with a bug or without any. */
export interface ConfusionRun {
  readonly defect: DefectName | null;
  readonly scenario: string;
  readonly network: string;
  readonly seed: string;
  readonly status: Status;
  /** How often it was played: it is repeated when the probe itself was overloaded. */
  readonly attempts: number;
  /** Null without a bug. */
  readonly expected: Named | null;
  /** What the diagnosis puts first; null when it says nothing. */
  readonly got: Named | null;
}

/**
 * How a run came out. With a bug: `right` when cause and hop are, `undiagnosed` when the run failed without a diagnosis,
 * `unnoticed` when it passed. Without one: `healthy` when it passed and nothing was diagnosed, `false-alarm` when something was,
 * `failed` when it did not pass and yet had no diagnosis. `inconclusive` when the run itself was.
 */
export type Outcome =
  | 'right'
  | 'wrong-hop'
  | 'wrong-cause'
  | 'undiagnosed'
  | 'unnoticed'
  | 'inconclusive'
  | 'healthy'
  | 'failed'
  | 'false-alarm';

export function outcomeOf({ status, expected, got }: ConfusionRun): Outcome {
  const isOwn = got?.code === 'probe-fault';
  if (status === 'skipped' || (status === 'unknown' && (got === null || isOwn))) return 'inconclusive';
  if (expected === null) {
    if (got !== null) return 'false-alarm';
    return status === 'passed' ? 'healthy' : 'failed';
  }
  if (status === 'passed') return 'unnoticed';
  if (got === null) return 'undiagnosed';
  if (got.code !== expected.code) return 'wrong-cause';
  return got.hop === expected.hop ? 'right' : 'wrong-hop';
}

export interface Score {
  /** Runs with a bug. */
  readonly runs: number;
  readonly right: number;
  /** Runs without one, and those of them for which something was diagnosed or that failed. */
  readonly healthy: number;
  readonly falseAlarms: number;
  readonly failed: number;
  readonly inconclusive: number;
  /** Runs that were played more than once, because the probe was overloaded. */
  readonly again: number;
}

export function scoreOf(runs: readonly ConfusionRun[]): Score {
  const outcomes = runs.map((run) => ({ run, outcome: outcomeOf(run) }));
  const count = (test: (outcome: Outcome, run: ConfusionRun) => boolean): number =>
    outcomes.filter(({ run, outcome }) => test(outcome, run)).length;
  return {
    runs: count((_, run) => run.defect !== null),
    right: count((outcome) => outcome === 'right'),
    healthy: count((_, run) => run.defect === null),
    falseAlarms: count((outcome) => outcome === 'false-alarm'),
    failed: count((outcome) => outcome === 'failed'),
    inconclusive: count((outcome) => outcome === 'inconclusive'),
    again: count((_, run) => run.attempts > 1),
  };
}

/** The share of runs with a bug for which cause and hop are right, from 0 to 1; 1 when there are none. */
export function shareOf({ runs, right }: Pick<Score, 'runs' | 'right'>): number {
  return runs === 0 ? 1 : right / runs;
}

/** What a diagnosis of a scenario with a bug has to say, with the scenario's own devices. */
export function expectedOf(defect: DefectName, scenario: Scenario): Named {
  const { code, hop } = SHOWS[defect];
  return { code, hop: hopOf(hop, scenario) };
}

function hopOf(role: HopRole, { agents: [first, second] }: Scenario): string {
  const device = (agent: typeof first, index: number): string =>
    addressOf({ user: agent?.name ?? '', device: agent?.devices[index] ?? '' });
  switch (role) {
    case 'server':
      return 'server';
    case 'caller':
      return device(first, 0);
    case 'callee':
      return device(second, 0);
    case 'sibling':
      return device(second, 1);
    case 'caller-link':
      return `${device(first, 0)}.signaling`;
    case 'callee-link':
      return `${device(second, 0)}.signaling`;
    case 'callee-media':
      return `${device(second, 0)}.media`;
  }
}
