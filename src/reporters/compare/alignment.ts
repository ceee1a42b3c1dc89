/** Two runs side by side, step by step: which steps both have, and the first that only one of them has. */
import type { TraceEvent } from '../../trace/event.js';
import { matched } from './common-subsequence.js';
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
  /** The first of them first, the others in the order of time of the run before. */
  readonly differences: readonly Difference[];
  /** The first difference that matters, or null when both runs went through the same steps. */
  readonly first: Difference | null;
}

/** Longest stretch of steps, after what both have at their beginning and end, that is aligned step by step. */
const STEPS_MAX = 500;

export function align(before: readonly TraceEvent[], after: readonly TraceEvent[]): Alignment {
  const [from, to] = [streamsOf(before), streamsOf(after)];
  const matched: [LifeStep, LifeStep][] = [];
  const single: { side: Difference['side']; step: LifeStep }[] = [];
  for (const stream of new Set([...from.keys(), ...to.keys()])) {
    for (const [left, right] of edits(from.get(stream) ?? [], to.get(stream) ?? [])) {
      if (left !== null && right !== null) matched.push([left, right]);
      else if (left !== null) single.push({ side: 'before', step: left });
      else if (right !== null) single.push({ side: 'after', step: right });
    }
  }
  const clocks = {
    before: translate(matched.map(([a, b]) => [a.at, b.at])),
    after: translate(matched.map(([a, b]) => [b.at, a.at])),
  };
  const differences = single.map(({ side, step }): Difference => {
    return { side, step, at: step.at, elsewhereAt: clocks[side](step.at) };
  });
  const axis = ({ side, at, elsewhereAt }: Difference): number => (side === 'before' ? at : elsewhereAt);
  differences.sort((a, b) => axis(a) - axis(b) || a.step.n - b.step.n);
  const earliest = differences.find(({ step }) => !step.isMinor) ?? differences[0];
  const first = earliest === undefined ? null : originOf(earliest, differences, { before, after });
  return {
    pairs: new Map(matched.map(([a, b]) => [a.n, b.n])),
    differences: first === null ? [] : [first, ...differences.filter((one) => one !== first)],
    first,
  };
}

/** From instants of one run to those of the other: as long after the last step that both have as it was there. */
function translate(known: readonly (readonly [own: number, other: number])[]): (at: number) => number {
  const sorted = known.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  let latest = 0;
  // Concurrent steps may have come in another order: time does not run backwards over that.
  const rising = sorted.map(([own, other]): [number, number] => {
    latest = Math.max(latest, other);
    return [own, latest];
  });
  return (at) => {
    const next = rising.findIndex(([own]) => own > at);
    const [own, other] = rising.at(next === -1 ? -1 : next - 1) ?? [0, 0];
    if (next === 0) return Math.min(at, rising[0]?.[1] ?? at);
    const moved = other + (at - own);
    return next === -1 ? moved : Math.min(moved, rising[next]?.[1] ?? moved);
  };
}

/** Longest chain of causes that is followed. */
const CAUSES_MAX = 64;

/** A difference that only follows from another one of its run is not the first, however the clocks of the two runs went. */
function originOf(
  difference: Difference,
  all: readonly Difference[],
  traces: Readonly<Record<Difference['side'], readonly TraceEvent[]>>,
): Difference {
  const own = new Map(all.flatMap((one) => (one.side === difference.side ? [[one.step.n, one] as const] : [])));
  const index = new Map(traces[difference.side].map((event) => [event.n, event]));
  let origin = difference;
  let at: TraceEvent | undefined = difference.step.event;
  for (let steps = 0; at !== undefined && at.cause !== null && at.cause < at.n && steps < CAUSES_MAX; steps++) {
    at = index.get(at.cause);
    origin = (at === undefined ? undefined : own.get(at.n)) ?? origin;
  }
  return origin;
}

type Edit = readonly [LifeStep | null, LifeStep | null];

/** A longest common subsequence, as steps of both or of one side; what is too long for that counts as wholly different. */
function edits(a: readonly LifeStep[], b: readonly LifeStep[]): Edit[] {
  const same = (i: number, j: number): boolean => a[i]?.key === b[j]?.key;
  let start = 0;
  while (start < a.length && start < b.length && same(start, start)) start++;
  let tail = 0;
  while (tail < a.length - start && tail < b.length - start && same(a.length - 1 - tail, b.length - 1 - tail)) tail++;
  const pair = (i: number | null, j: number | null): Edit => [
    (i === null ? null : a[i]) ?? null,
    (j === null ? null : b[j]) ?? null,
  ];
  const [m, n] = [a.length - start - tail, b.length - start - tail];
  const isLong = m > STEPS_MAX || n > STEPS_MAX;
  const middle = isLong
    ? [...Array.from({ length: m }, (_, i) => [i, null] as const), ...Array.from({ length: n }, (_, j) => [null, j] as const)]
    : matched(m, n, (i, j) => same(start + i, start + j));
  return [
    ...Array.from({ length: start }, (_, i) => pair(i, i)),
    ...middle.map(([i, j]) => pair(i === null ? null : start + i, j === null ? null : start + j)),
    ...Array.from({ length: tail }, (_, i) => pair(a.length - tail + i, b.length - tail + i)),
  ];
}
