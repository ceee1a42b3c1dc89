/** What a rule of diagnosis is: a pure function from a timeline to what it holds for possible, with its proof. */
import type { Cause, Diagnosis } from './diagnosis.js';
import type { Timeline } from './timeline.js';

/** A diagnosis before it is ranked. */
export interface Candidate extends Omit<Diagnosis, 'code' | 'lines'> {
  /** The `n` of the event at which it went wrong: of two equally sure causes the earlier one is the root. */
  readonly originN: number;
}

/** A rule as the registry holds it; one for each cause. */
export interface Rule {
  readonly code: Cause;
  /** The evidence, in one sentence: for `call-probe list causes` and the documents. */
  readonly doc: string;
  /** What would show that it is something else. */
  readonly ruledOutBy: string;
  apply(timeline: Timeline): readonly Candidate[];
}

/** How sure a rule is when both ends of the hop are in the trace. */
export const SURE = 0.95;
/** How sure it is when the trace shows it and something else could have looked alike. */
export const LIKELY = 0.8;

/** Numbers of events, those that there are, in order and each once. */
export function evidenceOf(...events: readonly (number | { readonly n: number } | null | undefined)[]): number[] {
  const numbers = events.flatMap((event) =>
    event === null || event === undefined ? [] : [typeof event === 'number' ? event : event.n],
  );
  return [...new Set(numbers)].sort((a, b) => a - b);
}
