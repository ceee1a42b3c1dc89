/** The events of Chrome's trace-event format that are used here, and tracks whose slices never overlap. */

/** Microseconds. */
export type Micros = number;

interface At {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: Micros;
  readonly args?: Readonly<Record<string, unknown>>;
}

export type TraceEventJson =
  | { readonly ph: 'M'; readonly name: MetadataName; readonly pid: number; readonly tid: number; readonly args: object }
  | (At & { readonly ph: 'X'; readonly cat: string; readonly dur: Micros })
  | (At & { readonly ph: 'b' | 'n' | 'e'; readonly cat: string; readonly id: string })
  | (At & { readonly ph: 'i'; readonly cat: string; readonly s: 't' | 'p' | 'g' })
  | (At & { readonly ph: 's' | 't' | 'f'; readonly cat: string; readonly id: string; readonly bp?: 'e' });

export type MetadataName = 'process_name' | 'process_sort_index' | 'thread_name' | 'thread_sort_index';

/** A slice that is to be placed on a track. */
export interface Slice {
  readonly name: string;
  readonly cat: string;
  readonly ts: Micros;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Long enough to be seen and clicked. */
const SLICE_MICROS = 200;

/**
 * Slices one after another in time: what begins at the same instant comes right behind, and none lasts into the next.
 * Yields where each of them begins and how long it lasts, in the order of the slices as given.
 */
export function placed(slices: readonly Slice[]): { readonly ts: Micros; readonly dur: Micros }[] {
  const order = slices.map(({ ts }, index) => ({ ts, index })).sort((a, b) => a.ts - b.ts || a.index - b.index);
  const places: { ts: Micros; dur: Micros }[] = slices.map(({ ts }) => ({ ts, dur: SLICE_MICROS }));
  let free = Number.NEGATIVE_INFINITY;
  for (const [at, { ts, index }] of order.entries()) {
    const begin = Math.max(ts, free);
    const next = order[at + 1]?.ts ?? Number.POSITIVE_INFINITY;
    const dur = Math.max(1, Math.min(SLICE_MICROS, next - begin));
    places[index] = { ts: begin, dur };
    free = begin + dur;
  }
  return places;
}
