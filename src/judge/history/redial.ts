/** What belongs to the redial, the second call between the same users at the end of a run. */
import { type History, markOf } from './history.js';

/** Whether a call, or what these events prove where there is none, began after the redial. */
export function isOfRedial(history: History, call: string | null, evidence: readonly number[]): boolean {
  const redial = markOf(history, 'redial');
  if (redial === null) return false;
  const first = call === null ? undefined : history.trace.find((event) => 'call' in event && event.call === call);
  const n = first?.n ?? (evidence.length === 0 ? 0 : Math.min(...evidence));
  return n > redial.n;
}
