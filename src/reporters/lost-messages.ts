/** Messages that left one end of a link and never came to its other end. */
import { beginOf, eventsOf, type TraceEvent } from '../trace/event.js';

/**
 * Messages that left one end of a link and were never read at its other end, by the `n` of their `out` event. Only
 * where both ends are in the trace. A message that was sent again is matched from its last copy backwards.
 */
export function lostMessages(events: readonly TraceEvent[]): ReadonlySet<number> {
  const lost = new Set<number>();
  if (beginOf(events)?.serverVisible !== true) return lost;
  const open = new Map<string, number[]>();
  for (const event of eventsOf(events, 'wire')) {
    const sender = event.dir === 'out' ? sideOf(event.node) : sideOf(event.node) === 'server' ? 'device' : 'server';
    const key = `${event.link} ${sender} ${event.digest}`;
    const waiting = open.get(key) ?? [];
    open.set(key, waiting);
    if (event.dir === 'out') {
      // Bytes of a hostile agent that are no frame: the server tells of them in other words, or not at all.
      if (event.kind === 'unreadable') continue;
      waiting.push(event.n);
      lost.add(event.n);
      continue;
    }
    const arrived = waiting.pop();
    if (arrived !== undefined) lost.delete(arrived);
  }
  return lost;
}

function sideOf(node: string): 'server' | 'device' {
  return node === 'server' ? 'server' : 'device';
}
