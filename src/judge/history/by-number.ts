/** Lookups in lists of events that are sorted by their numbers: binary searches, no scans. */

type Numbered = { readonly n: number };

/** The index of the last event at or before number `n`; -1 without one. */
export function indexUpTo(events: readonly Numbered[], n: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.n ?? Infinity) <= n) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The last event at or before number `n`. */
export function lastUpTo<E extends Numbered>(events: readonly E[] | undefined, n: number): E | undefined {
  return events?.[indexUpTo(events, n)];
}

/** The first event after number `n`. */
export function firstAfter<E extends Numbered>(events: readonly E[] | undefined, n: number): E | undefined {
  return events?.[indexUpTo(events, n) + 1];
}

/** The events after number `fromN` and at or before number `toN`. */
export function within<E extends Numbered>(events: readonly E[] | undefined, fromN: number, toN = Infinity): readonly E[] {
  return events?.slice(indexUpTo(events, fromN) + 1, indexUpTo(events, toN) + 1) ?? [];
}
