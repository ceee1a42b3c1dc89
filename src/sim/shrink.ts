/**
 * Shrinks a failing schedule to a short one that fails in the same way: parts are removed as in ddmin (A. Zeller,
 * R. Hildebrandt, Simplifying and Isolating Failure-Inducing Input, IEEE TSE 2002), then the rest is weakened.
 */
import type { Violation } from './invariants.js';
import type { Parts } from './parts.js';
import { runPlan } from './run.js';
import { type Step, weaker } from './schedule.js';
import type { RunPlan } from './world.js';

/** A step of the drawn schedule by its index, weakened this many times. */
export interface Kept {
  readonly index: number;
  readonly weakened: number;
}

export interface Shrunk {
  readonly kept: readonly Kept[];
  readonly violation: Violation;
  readonly runs: number;
  /** Whether no single step can be removed. False if the limit of runs came first. */
  readonly isMinimal: boolean;
}

export const SHRINK_RUNS_MAX = 1_500;

/** `3,7/2`: steps 3 and 7 are kept, the latter weakened twice. */
export function keptText(kept: readonly Kept[]): string {
  return kept.length === 0
    ? 'none'
    : kept.map(({ index, weakened }) => (weakened === 0 ? `${index}` : `${index}/${weakened}`)).join(',');
}

/** The inverse of `keptText`, or null. */
export function parseKept(text: string): Kept[] | null {
  if (text === 'none') return [];
  const parts = text.split(',').map((part) => /^(\d{1,6})(?:\/(\d{1,3}))?$/.exec(part));
  if (parts.some((match) => match === null)) return null;
  return parts.map((match) => ({ index: Number(match?.[1]), weakened: Number(match?.[2] ?? 0) }));
}

/** The plan with only these steps. Throws a RangeError for an index that the schedule does not have. */
export function planWith(plan: RunPlan, kept: readonly Kept[]): RunPlan {
  const steps = kept.map(({ index, weakened }) => {
    let step: Step | undefined = plan.steps[index];
    if (step === undefined)
      throw new RangeError(`the schedule of ${plan.seed} has ${plan.steps.length} steps, there is no ${index}`);
    for (let n = 0; n < weakened; n++) step = weaker(step) ?? step;
    return step;
  });
  return { ...plan, steps };
}

/** Shrinks the schedule of a plan that violates `violation`; yields after every run, so that the caller can stop. */
export function* shrink(plan: RunPlan, violation: Violation, parts: Parts): Generator<number, Shrunk> {
  let runs = 0;
  let last = violation;
  /** Whether these steps fail in the same way. */
  const fails = (kept: readonly Kept[]): boolean => {
    runs++;
    const found = runPlan(planWith(plan, kept), parts).violation;
    if (found?.invariant !== violation.invariant) return false;
    // Every failing schedule is kept, so this is the violation of the last one.
    last = found;
    return true;
  };
  const isDone = (): boolean => runs >= SHRINK_RUNS_MAX;

  let kept: readonly Kept[] = plan.steps.map((_step, index) => ({ index, weakened: 0 }));
  let size = Math.ceil(kept.length / 2);
  let isMinimal = kept.length === 0;
  while (kept.length > 0 && !isDone()) {
    let hasShrunk = false;
    for (let from = kept.length - size; from > -size && !isDone(); from -= size) {
      const rest = [...kept.slice(0, Math.max(0, from)), ...kept.slice(from + size)];
      const isFailing = fails(rest);
      yield runs;
      if (!isFailing) continue;
      kept = rest;
      hasShrunk = true;
    }
    if (size > 1) size = Math.ceil(size / 2);
    else if (!hasShrunk) {
      isMinimal = !isDone();
      break;
    }
  }

  for (let at = 0; at < kept.length; at++) {
    for (;;) {
      const weakest = kept.map((entry, index) => (index === at ? { ...entry, weakened: entry.weakened + 1 } : entry));
      const { index, weakened } = kept[at] ?? { index: 0, weakened: 0 };
      const step = planWith(plan, [{ index, weakened }]).steps[0];
      if (isDone() || step === undefined || weaker(step) === null || !fails(weakest)) break;
      yield runs;
      kept = weakest;
    }
  }
  return { kept, violation: last, runs, isMinimal: isMinimal || kept.length === 0 };
}
