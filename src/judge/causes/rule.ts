/** What a rule of diagnosis is: a pure function from a context to the causes that it holds for possible, with their proof. */
import type { Context } from './context.js';
import type { Cause, Diagnosis } from './diagnosis.js';

export { evidenceOf } from '../checkers/checker.js';

/** A diagnosis before it is ranked. What it leaves out is the rule's. */
export interface Candidate extends Omit<Diagnosis, 'code' | 'lines' | 'title' | 'proof' | 'lookAt'>, Partial<Claim> {
  /** The `n` of the event at which it went wrong: of two equally sure causes the earlier one is the root. */
  readonly originN: number;
}

type Claim = Pick<Diagnosis, 'title' | 'proof' | 'lookAt'>;

/** A rule as the registry holds it; one for each cause. */
export interface Rule {
  readonly code: Cause;
  /** The bug as one claim, where a candidate has no better one. */
  readonly title: string;
  /** What to look at in the code of the one that is at fault, as the end of the sentence "Look at:". */
  readonly lookAt: string;
  /** The evidence, in one sentence: for `call-probe list causes` and the documents. */
  readonly doc: string;
  /** What would show that it is something else. */
  readonly ruledOutBy: string;
  apply(context: Context): readonly Candidate[];
}

/** How sure a rule is when both ends of the hop are in the trace. */
export const SURE = 0.95;
/** How sure it is when the trace shows it and something else could have looked alike. */
export const LIKELY = 0.8;
