/** The registry of checkers, and the judge that asks all of them. */
import { beginOf, type TraceEvent } from '../../trace/event.js';
import { type Checker, type CheckOptions, type CheckResult, unknown } from './checker.js';
import { convergence } from './convergence.js';
import { exactlyOnce } from './exactly-once.js';
import { expectations } from './expectations.js';
import { faultsFired } from './faults-fired.js';
import { latency } from './latency.js';
import { legalMoves } from './legal-moves.js';
import { media } from './media.js';
import { noGhosts } from './no-ghosts.js';
import { withoutOverload } from './overload.js';
import { relayed } from './relayed.js';
import { timerSkew } from './timer-skew.js';
import { untouched } from './untouched.js';

/** In the order in which their findings are reported: what the user saw first, then why it may be. */
export const CHECKERS: readonly Checker[] = [
  expectations,
  convergence,
  legalMoves,
  exactlyOnce,
  noGhosts,
  relayed,
  untouched,
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
 * Asks every checker for its verdict on one trace, and charges nobody with what an overload of the probe made late. Never throws: a checker that does is `unknown` with its error, and
 * so is everything about a trace that is empty or does not start with the beginning of a run.
 */
export function judge(trace: readonly TraceEvent[], options: CheckOptions, checkers: readonly Checker[] = CHECKERS): Judgement[] {
  return checkers.map((checker) => ({ name: checker.name, result: verdict(checker, trace, options) }));
}

/** The registry as a Markdown table for docs/checkers.md. */
export function checkersTable(): string {
  const rows = CHECKERS.map(({ name, doc }) => `| \`${name}\` | ${doc.replaceAll('|', '\\|')} |`);
  return ['| check | what `true` proves |', '|---|---|', ...rows].join('\n');
}

function verdict(checker: Checker, trace: readonly TraceEvent[], options: CheckOptions): CheckResult {
  if (trace.length === 0) return unknown('the trace is empty');
  if (beginOf(trace) === null) return unknown('the trace does not start with the beginning of a run: its first part is missing');
  try {
    return withoutOverload(trace, checker.check(trace, options));
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return unknown(`the checker ${checker.name} failed on this trace, which says nothing about the target: ${text}`);
  }
}
