/** How sure a diagnosis is, in a word: the one place that turns a number into one. */

export type Certainty = 'certain' | 'likely' | 'possible';

/** From these confidences on. */
const CERTAIN = 0.9;
const LIKELY = 0.7;

export function certaintyOf(confidence: number): Certainty {
  return confidence >= CERTAIN ? 'certain' : confidence >= LIKELY ? 'likely' : 'possible';
}
