/** The part of a trace that matters when all of it is too much to show or to send. */
import type { TraceEvent } from '../../trace/event.js';
import type { TraceFacts } from './trace-facts.js';

export interface TraceWindow {
  readonly events: readonly TraceEvent[];
  /** Events left out before, inside (housekeeping and samples) and after the window. */
  readonly leftOut: number;
}

/** Repeats that say little one by one: the first to go when there is no room. */
const SAMPLES: ReadonlySet<TraceEvent['type']> = new Set(['timer', 'lag', 'applied']);

/**
 * At most `eventsMax` events around what matters: the place where the sides part, the beginning of a disagreement, or
 * `wanted`, else the beginning of the trace. The first event, which names the run, is always kept.
 */
export function windowOf(
  trace: readonly TraceEvent[],
  facts: Pick<TraceFacts, 'apart' | 'divergence'>,
  eventsMax: number,
  wanted: readonly number[] = [],
): TraceWindow {
  if (trace.length <= eventsMax) return { events: trace, leftOut: 0 };
  const asked = new Set(wanted);
  const lean = trace.filter(({ type, n }) => !SAMPLES.has(type) || asked.has(n));
  const kept = lean.length <= eventsMax ? lean : around(lean, centreOf(facts, wanted), eventsMax);
  return { events: kept, leftOut: trace.length - kept.length };
}

function centreOf({ apart, divergence }: Pick<TraceFacts, 'apart' | 'divergence'>, wanted: readonly number[]): number {
  const spell = apart.find(({ lasting }) => lasting) ?? apart[0];
  return divergence?.n ?? spell?.fromN ?? wanted[0] ?? 0;
}

/** A third before the centre and the rest after it: causes come before, and consequences take longer. */
function around(events: readonly TraceEvent[], n: number, eventsMax: number): TraceEvent[] {
  const found = events.findIndex((event) => event.n >= n);
  const centre = found === -1 ? events.length - 1 : found;
  const start = Math.max(0, Math.min(centre - Math.floor(eventsMax / 3), events.length - eventsMax));
  const part = events.slice(start, start + eventsMax);
  const first = events[0];
  return first === undefined || part[0] === first ? part : [first, ...part.slice(1)];
}
