/** When devices were absent: because their users took them away, and because a fault cut them off. */
import { presenceOf } from '../../protocol/actions.js';
import type { Millis } from '../../protocol/machine.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { listIn } from '../../trace/grouping.js';
import { firstAfter } from './by-number.js';

/** A stretch of a trace. `toN` and `toAt` are infinite where it has no end. */
export interface Interval {
  readonly fromN: number;
  readonly fromAt: Millis;
  readonly toN: number;
  readonly toAt: Millis;
}

type Instant = Pick<TraceEvent, 'n' | 'at'>;

/** When one device was offline by its user's own actions, in order. */
export function offlineIntervals(actions: readonly EventOf<'action'>[]): Interval[] {
  const intervals: Interval[] = [];
  let from: Instant | null = actions[0]?.action === 'open' ? { n: 0, at: 0 } : null;
  for (const event of actions) {
    if (presenceOf(event.action) === 'off') from ??= event;
    else if (from !== null) {
      intervals.push(interval(from, event));
      from = null;
    }
  }
  return from === null ? intervals : [...intervals, interval(from, null)];
}

export interface CutOptions {
  readonly faults: readonly EventOf<'fault'>[];
  /** By device, the handshakes that it completed. */
  readonly welcomes: ReadonlyMap<string, readonly EventOf<'wire'>[]>;
  /** The devices that a fault of a node reaches. */
  readonly reachedBy: (node: string) => readonly string[];
}

/**
 * When faults kept devices from being notified, by device. Where a fault ended the connection: from the hit until the device
 * has registered again, so that a client's back-off is not counted as time in which it could have been notified; one that
 * never registers again counts as there once the fault is healed: its absence is its own then. Where it was only paused:
 * until it is healed.
 */
export function cutIntervals({ faults, welcomes, reachedBy }: CutOptions): ReadonlyMap<string, readonly Interval[]> {
  const cuts = new Map<string, Interval[]>();
  for (const hit of faults) {
    if (hit.act !== 'hit' || hit.absence === null) continue;
    const healed = faults.find(({ act, cause }) => act === 'healed' && cause === hit.n) ?? null;
    for (const device of reachedBy(hit.node)) {
      const end = hit.absence === 'until-healed' ? healed : (firstAfter(welcomes.get(device), hit.n) ?? healed);
      listIn(cuts, device).push(interval(hit, end));
    }
  }
  return cuts;
}

/** Intervals in order, those that overlap made one. */
export function united(intervals: readonly Interval[]): Interval[] {
  const all: Interval[] = [];
  for (const next of [...intervals].sort((a, b) => a.fromN - b.fromN)) {
    const last = all.at(-1);
    if (last === undefined || next.fromN > last.toN) all.push(next);
    else if (next.toN > last.toN) all[all.length - 1] = { ...last, toN: next.toN, toAt: next.toAt };
  }
  return all;
}

/** The interval in which event `n` lies, or null. */
export function intervalAt<I extends Pick<Interval, 'fromN' | 'toN'>>(intervals: readonly I[] | undefined, n: number): I | null {
  return intervals?.find(({ fromN, toN }) => fromN <= n && n < toN) ?? null;
}

/** Whether any of the intervals has a part between two events. */
export function overlaps(intervals: readonly Pick<Interval, 'fromN' | 'toN'>[] | undefined, fromN: number, toN: number): boolean {
  return intervals?.some((one) => one.fromN <= toN && fromN < one.toN) ?? false;
}

/** How much of the time between two instants lies outside of all the intervals, which do not overlap. */
export function outside(intervals: readonly Interval[] | undefined, fromAt: Millis, toAt: Millis): Millis {
  return (intervals ?? []).reduce(
    (left, one) => left - Math.max(0, Math.min(toAt, one.toAt) - Math.max(fromAt, one.fromAt)),
    Math.max(0, toAt - fromAt),
  );
}

function interval(from: Instant, to: Instant | null): Interval {
  return { fromN: from.n, fromAt: from.at, toN: to?.n ?? Infinity, toAt: to?.at ?? Infinity };
}
