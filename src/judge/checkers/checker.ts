/** What a checker is: a pure function of the history of a trace, with three possible verdicts and evidence for each finding. */
import type { Millis } from '../../protocol/machine.js';
import type { History } from '../history/history.js';

export type Verdict = true | false | 'unknown';

/** One thing that a checker found, with the `n` of the trace events that prove it. */
export interface Finding {
  readonly message: string;
  readonly expected: string | null;
  readonly actual: string | null;
  readonly evidence: readonly number[];
  /** YAML path of the step that it is about; absent where it is about none. */
  readonly path?: string;
  /** Set when nothing but lateness was found: what a busy machine of the probe can do as well. */
  readonly late?: Late;
  /** Set when an overload of the probe's machine excuses it: what happened, as a sentence. */
  readonly overload?: string;
}

/** By how much a limit was missed, and the `n` of the event since when time that was lost counts; 0 is the beginning. */
export interface Late {
  readonly byMs: Millis;
  readonly sinceN: number;
}

/** The verdict of one checker on one trace. `findings` is empty when `valid` is true. */
export interface CheckResult {
  readonly valid: Verdict;
  readonly findings: readonly Finding[];
}

/** Named millisecond and share limits that a scenario's `checks` may tune; see each checker for its defaults. */
export interface CheckOptions {
  readonly 'timer-skew'?: { readonly max: number };
  /** Timing name -> limits in milliseconds. */
  readonly latency?: Readonly<
    Record<string, { readonly max?: number; readonly p50?: number; readonly p95?: number; readonly p99?: number }>
  >;
  /** Shares 0-1 and milliseconds. */
  readonly media?: {
    readonly loss?: { readonly max: number };
    readonly jitter?: { readonly max: number };
    readonly delay?: { readonly max: number };
  };
}

/** A checker as the registry holds it. `check` never gets an empty trace: `judge` answers `unknown` for that. */
export interface Checker {
  readonly name: string;
  /** One sentence for `call-probe list checkers` and the documents. */
  readonly doc: string;
  check(history: History, options: CheckOptions): CheckResult;
}

export const HELD: CheckResult = { valid: true, findings: [] };

/** Numbers of events, those that there are, in order and each once. */
export function evidenceOf(...events: readonly (number | { readonly n: number } | null | undefined)[]): number[] {
  const numbers = events.flatMap((event) =>
    event === null || event === undefined ? [] : [typeof event === 'number' ? event : event.n],
  );
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** A finding that no comparison of expected and actual says better. */
export function findingOf(message: string, evidence: readonly number[]): Finding {
  return { message, expected: null, actual: null, evidence };
}

/** A verdict of `unknown` with the reason as its only finding. */
export function unknown(message: string, evidence: readonly number[] = []): CheckResult {
  return { valid: 'unknown', findings: [findingOf(message, evidence)] };
}

/** A verdict of `false` when there are findings, else of `true`. */
export function verdictOf(findings: readonly Finding[]): CheckResult {
  return findings.length === 0 ? HELD : { valid: false, findings };
}
