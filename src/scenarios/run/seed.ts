/** Seeds: `abc` for a run, `abc:3` for its third repetition, so that one repetition can be replayed alone. */

const REPETITION = /^(.*):([1-9]\d{0,5})$/;

/** The first repetition of a seed; default 1. */
export function startOf(seed: string): number {
  return Number(REPETITION.exec(seed)?.[2] ?? 1);
}

/** The seed of one repetition of a run. */
export function repetitionSeed(seed: string, repetition: number): string {
  return `${REPETITION.exec(seed)?.[1] ?? seed}:${repetition}`;
}
