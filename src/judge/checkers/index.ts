/** The registry of checkers, and the judge that asks all of them. */
import type { History } from '../history/history.js';
import { type Checker, type CheckOptions, type CheckResult, unknown } from './checker.js';
import { convergence } from './convergence.js';
import { exactlyOnce } from './exactly-once.js';
import { expectations } from './expectations.js';
import { faultsFired } from './faults-fired.js';
import { isolation } from './isolation.js';
import { latency } from './latency.js';
import { legalMoves } from './legal-moves.js';
import { media } from './media.js';
import { noGhosts } from './no-ghosts.js';
import { withoutOverload } from './overload.js';
import { provoked } from './provoked.js';
import { relayed } from './relayed.js';
import { timerSkew } from './timer-skew.js';

/** In the order in which their findings are reported: what the user saw first, then why it may be. */
export const CHECKERS: readonly Checker[] = [
  expectations,
  convergence,
  legalMoves,
  provoked,
  exactlyOnce,
  noGhosts,
  relayed,
  isolation,
  timerSkew,
  latency,
  media,
  faultsFired,
];

export interface Judgement {
  readonly name: string;
  readonly result: CheckResult;
}

/**
 * Asks every checker for its verdict on one trace, and excuses what an overload of the probe made late. Never throws: a checker
 * that does is `unknown` with its error, and so is everything about a trace that is empty or does not start with the
 * beginning of a run.
 */
export function judge(history: History, options: CheckOptions, checkers: readonly Checker[] = CHECKERS): Judgement[] {
  return checkers.map((checker) => ({ name: checker.name, result: verdict(checker, history, options) }));
}

function verdict(checker: Checker, history: History, options: CheckOptions): CheckResult {
  if (history.last === null) return unknown('the trace is empty');
  if (history.begin === null) return unknown('the trace does not start with the beginning of a run: its first part is missing');
  try {
    return withoutOverload(history, checker.check(history, options));
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return unknown(`the checker ${checker.name} failed on this trace, which says nothing about the target: ${text}`);
  }
}
