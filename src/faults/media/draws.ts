/** Draws that depend on the one before, as netem's correlation wants them, without changing how often each value comes. */
import type { Rng } from '../../protocol/rng.js';

/** The share of normally distributed values below `z`; off by at most 1.5e-7 (Abramowitz and Stegun, 7.1.26). */
export function normalShare(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (polynomial * Math.exp(-x * x)) / 2;
  return z < 0 ? tail : 1 - tail;
}

/**
 * Standard normal values, each correlated with the one before by `correlation` (0-1). Two draws each (Box and Muller),
 * whatever the correlation.
 */
export function correlatedNormals(rng: Rng, correlation: number): () => number {
  const fresh = Math.sqrt(1 - correlation ** 2);
  let last: number | null = null;
  return () => {
    const radius = Math.sqrt(-2 * Math.log(1 - rng.next()));
    const z = radius * Math.cos(2 * Math.PI * rng.next());
    last = last === null ? z : correlation * last + fresh * z;
    return last;
  };
}

/**
 * Values in [0, 1), all equally likely. netem mixes a fresh value with the last one, which draws the result to the middle
 * and makes a small share smaller still; mixing normal values keeps the share that was asked for.
 */
export function correlatedShares(rng: Rng, correlation: number): () => number {
  if (correlation === 0) return () => rng.next();
  const normals = correlatedNormals(rng, correlation);
  return () => normalShare(normals());
}
