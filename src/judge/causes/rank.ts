/** Which of several possible causes is the root: the earliest of those that are sure; what comes later may follow from it. */
import type { Diagnosis } from './diagnosis.js';
import { type Candidate, LIKELY } from './rule.js';

export type Ranked = Candidate & Omit<Diagnosis, 'lines'>;

/** Causes reported at most. */
export const DIAGNOSES_MAX = 10;
/** What is left of the confidence in a cause that something earlier may have led to. */
const CONSEQUENCE = 0.5;

/** The candidates, the root first, each cause of a call at a hop once, and no more than fit into a report. */
export function ranked(candidates: readonly Ranked[]): Ranked[] {
  // What the probe broke explains everything that comes after it.
  const own = candidates.find(({ code }) => code === 'probe-fault');
  if (own !== undefined) return [own];
  const root = candidates
    .filter(({ confidence }) => confidence >= LIKELY)
    .reduce<Ranked | null>((a, b) => (a !== null && comesBefore(a, b) ? a : b), null);
  const weighed = candidates.map((one) =>
    one === root || root === null || one.originN <= root.originN ? one : { ...one, confidence: one.confidence * CONSEQUENCE },
  );
  const sorted = weighed.sort((a, b) => b.confidence - a.confidence || a.originN - b.originN);
  const seen = new Set<string>();
  return sorted
    .filter(({ code, hop, call }) => {
      const key = JSON.stringify([code, hop, call]);
      return !seen.has(key) && seen.add(key);
    })
    .slice(0, DIAGNOSES_MAX);
}

function comesBefore(a: Ranked, b: Ranked): boolean {
  return a.originN < b.originN || (a.originN === b.originN && a.confidence >= b.confidence);
}
