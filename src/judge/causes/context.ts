/** What causes are found from: the history of a trace, the verdicts of the checkers on it, and the devices that were wrong. */
import type { CheckOptions, Finding } from '../checkers/checker.js';
import { type Judgement, judge } from '../checkers/index.js';
import type { History } from '../history/history.js';
import { type Mismatch, mismatchesOf } from '../history/mismatches.js';

/** A finding of a checker that counts against the target. */
export interface FailedCheck {
  readonly checker: string;
  readonly finding: Finding;
}

export interface Context {
  readonly history: History;
  readonly verdicts: readonly Judgement[];
  readonly failed: readonly FailedCheck[];
  /** Devices that were wrong about a call, in order of time. */
  readonly mismatches: readonly Mismatch[];
  /** Whether the server's side comes from its log, which has no signals in it. */
  readonly isFromLog: boolean;
}

export interface ContextOptions {
  readonly checks: CheckOptions;
  /** The verdicts, where they are known already. */
  readonly verdicts?: readonly Judgement[] | undefined;
  /** The same trace with the server's side joined to it, where its log was at hand; verdicts come from the trace itself. */
  readonly joined?: History | undefined;
}

export function contextOf(
  history: History,
  { checks, verdicts = judge(history, checks), joined = history }: ContextOptions,
): Context {
  const failed = verdicts.flatMap(({ name, result }) =>
    result.valid === false ? result.findings.map((finding) => ({ checker: name, finding })) : [],
  );
  // Sides that came to agree in time, in a run that came to its end, have nothing to explain.
  const isSound = failed.length === 0 && joined.end?.status === 'complete';
  return { history: joined, verdicts, failed, mismatches: isSound ? [] : mismatchesOf(joined), isFromLog: joined !== history };
}

/** The findings of one checker that count against the target. */
export function failedIn({ failed }: Context, checker: string): Finding[] {
  return failed.flatMap((one) => (one.checker === checker ? [one.finding] : []));
}
