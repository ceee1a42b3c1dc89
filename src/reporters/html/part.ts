/** The part of a trace that matters when all of it is too much to show or to send. */
import type { TraceEvent } from '../../trace/event.js';
import { stretch } from '../ladder/elision.js';
import type { LadderFacts } from '../ladder/model.js';

/** Repeats that say little one by one: the first to go when there is no room. */
const SAMPLES: ReadonlySet<TraceEvent['type']> = new Set(['timer', 'lag', 'applied']);

/**
 * At most `eventsMax` events around what matters: the place where the sides part, the beginning of a disagreement, or
 * `wanted`, else the beginning of the trace. The first event, which names the run, is always kept.
 */
export function partOf(
  trace: readonly TraceEvent[],
  { apart, divergence }: Pick<LadderFacts, 'apart' | 'divergence'>,
  eventsMax: number,
  wanted: readonly number[] = [],
): readonly TraceEvent[] {
  if (trace.length <= eventsMax) return trace;
  const asked = new Set(wanted);
  const lean = trace.filter(({ type, n }) => !SAMPLES.has(type) || asked.has(n));
  if (lean.length <= eventsMax) return lean;
  const worst = apart.find(({ lasting }) => lasting) ?? apart[0];
  const centreN = divergence?.n ?? worst?.fromN ?? wanted[0] ?? 0;
  const centre = lean.findIndex(({ n }) => n >= centreN);
  // Causes come before, and consequences take longer.
  const [from, to] = stretch(lean.length, centre === -1 ? lean.length - 1 : centre, eventsMax, Math.floor(eventsMax / 3));
  return from === 0 ? lean.slice(from, to) : [...lean.slice(0, 1), ...lean.slice(from + 1, to)];
}
