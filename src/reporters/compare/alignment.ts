/** Two runs side by side, step by step: which steps both have, and the first that only one of them has. */
import type { TraceEvent } from '../../trace/event.js';
import { type LifeStep, streamsOf } from './streams.js';

/** A step of one run that the other lacks. */
export interface Difference {
  readonly side: 'before' | 'after';
  readonly step: LifeStep;
  /** When it happened in its own run, and when it would have happened in the other, in milliseconds of each. */
  readonly at: number;
  readonly elsewhereAt: number;
}

export interface Alignment {
  /** Numbers of events of the run before that are the same step as an event of the run after. */
  readonly pairs: ReadonlyMap<number, number>;
  /** In the order of time of the run before. */
  readonly differences: readonly Difference[];
  /** The first difference, or null when both runs went through the same steps. */
  readonly first: Difference | null;
}

/** Longest stretch of steps, after what both have at their beginning and end, that is aligned step by step. */
const STEPS_MAX = 500;

export function align(before: readonly TraceEvent[], after: readonly TraceEvent[]): Alignment {
  const [from, to] = [streamsOf(before), streamsOf(after)];
  const pairs = new Map<number, number>();
  const differences: Difference[] = [];
  for (const stream of new Set([...from.keys(), ...to.keys()])) {
    alignStream(from.get(stream) ?? [], to.get(stream) ?? [], pairs, differences);
  }
  const axis = ({ side, at, elsewhereAt }: Difference): number => (side === 'before' ? at : elsewhereAt);
  // Of what differs at the same time a message comes before what follows from it.
  const weight = ({ step }: Difference): number => (step.message === null ? 1 : 0);
  differences.sort((a, b) => axis(a) - axis(b) || weight(a) - weight(b) || a.step.n - b.step.n);
  return { pairs, differences, first: differences[0] ?? null };
}

function alignStream(
  a: readonly LifeStep[],
  b: readonly LifeStep[],
  pairs: Map<number, number>,
  differences: Difference[],
): void {
  let matched: readonly [LifeStep, LifeStep] | null = null;
  const tell = (side: Difference['side'], step: LifeStep): void => {
    const [own, other] =
      matched === null ? [0, 0] : side === 'before' ? [matched[0].at, matched[1].at] : [matched[1].at, matched[0].at];
    differences.push({ side, step, at: step.at, elsewhereAt: other + (step.at - own) });
  };
  for (const [left, right] of edits(a, b)) {
    if (left !== null && right !== null) {
      pairs.set(left.n, right.n);
      matched = [left, right];
    } else if (left !== null) tell('before', left);
    else if (right !== null) tell('after', right);
  }
}

type Edit = readonly [LifeStep | null, LifeStep | null];

/** A longest common subsequence, as steps of both or of one side; what is too long for that is told as wholly different. */
function edits(a: readonly LifeStep[], b: readonly LifeStep[]): Edit[] {
  const same = (i: number, j: number): boolean => a[i]?.key === b[j]?.key;
  let start = 0;
  while (start < a.length && start < b.length && same(start, start)) start++;
  let tail = 0;
  while (tail < a.length - start && tail < b.length - start && same(a.length - 1 - tail, b.length - 1 - tail)) tail++;
  const pair = (i: number, j: number): Edit => [a[i] ?? null, b[j] ?? null];
  const head = Array.from({ length: start }, (_, i) => pair(i, i));
  const end = Array.from({ length: tail }, (_, i) => pair(a.length - tail + i, b.length - tail + i));
  return [...head, ...middle(a.slice(start, a.length - tail), b.slice(start, b.length - tail)), ...end];
}

function middle(a: readonly LifeStep[], b: readonly LifeStep[]): Edit[] {
  const apart = (): Edit[] => [...a.map((step): Edit => [step, null]), ...b.map((step): Edit => [null, step])];
  if (a.length === 0 || b.length === 0 || a.length > STEPS_MAX || b.length > STEPS_MAX) return apart();
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] = a[i]?.key === b[j]?.key ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const found: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i] ?? null, b[j] ?? null];
    if (left !== null && right !== null && left.key === right.key) {
      found.push([left, right]);
      i++;
      j++;
    } else if (right === null || (left !== null && at(i + 1, j) >= at(i, j + 1))) {
      found.push([left, null]);
      i++;
    } else {
      found.push([null, right]);
      j++;
    }
  }
  return found;
}
