/** Runs seeds in sequence until one fails, and sums up the results. */
import type { Violation } from './invariants.js';
import type { Parts } from './parts.js';
import { planOf, runPlan } from './run.js';
import type { Outcome } from './world.js';

/** Sums over runs. */
export interface Tally {
  readonly seeds: number;
  readonly calls: number;
  readonly connected: number;
  readonly inputs: number;
  readonly restarts: number;
  /** Virtual time. */
  readonly ms: number;
}

export const NOTHING: Tally = { seeds: 0, calls: 0, connected: 0, inputs: 0, restarts: 0, ms: 0 };

export interface Failure {
  /** The number of the seed in its series. */
  readonly number: number;
  readonly seed: string;
  readonly violation: Violation;
}

/** The seeds of a series are `base:1`, `base:2` and so on; each can be replayed alone. */
export function seedOf(base: string, number: number): string {
  return `${base}:${number}`;
}

export function plus(a: Tally, b: Tally): Tally {
  return {
    seeds: a.seeds + b.seeds,
    calls: a.calls + b.calls,
    connected: a.connected + b.connected,
    inputs: a.inputs + b.inputs,
    restarts: a.restarts + b.restarts,
    ms: a.ms + b.ms,
  };
}

export function tallyOf({ calls, connected, inputs, restarts, ms }: Outcome): Tally {
  return { seeds: 1, calls, connected, inputs, restarts, ms };
}

/** Runs the seeds `from` to `to` of a series up to the first failure; yields after each. */
export function* search(
  base: string,
  from: number,
  to: number,
  parts: Parts,
): Generator<{ readonly tally: Tally; readonly failure: Failure | null }> {
  for (let number = from; number <= to; number++) {
    const seed = seedOf(base, number);
    const outcome = runPlan(planOf(seed), parts);
    const { violation } = outcome;
    yield { tally: tallyOf(outcome), failure: violation === null ? null : { number, seed, violation } };
    if (violation !== null) return;
  }
}
