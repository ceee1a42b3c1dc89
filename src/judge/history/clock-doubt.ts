/** How well a device can know the server's clock, from the messages that tell it: what its call timer may be off without any fault of its own. */
import { type EventOf, eventsOf, type TraceEvent } from '../../trace/event.js';

type Wire = EventOf<'wire'>;

/** A question that tells the server's time in its answer, by kind. */
const ANSWERS: Readonly<Record<string, string>> = { hello: 'welcome', ping: 'pong' };

/**
 * Milliseconds that the clock of a device may be off at a moment: half of the shortest round trip that it had seen by then, since
 * nobody can tell how much of it was spent on which way (RFC 5905 section 10). 0 for a device without one.
 */
export function clockDoubts(trace: readonly TraceEvent[]): (device: string, at: number) => number {
  const trips = new Map<string, { readonly at: number; readonly doubtMs: number }[]>();
  const open = new Map<string, Wire[]>();
  for (const wire of eventsOf(trace, 'wire')) {
    const of = (kind: string): string => `${wire.node} ${wire.conn} ${kind}`;
    if (wire.dir === 'out') {
      const answer = ANSWERS[wire.kind];
      if (answer !== undefined) open.set(of(answer), [...(open.get(of(answer)) ?? []), wire]);
      continue;
    }
    const asked = open.get(of(wire.kind))?.shift();
    if (asked === undefined) continue;
    const known = trips.get(wire.node) ?? [];
    const best = known.at(-1)?.doubtMs ?? Number.POSITIVE_INFINITY;
    known.push({ at: wire.at, doubtMs: Math.min(best, (wire.at - asked.at) / 2) });
    trips.set(wire.node, known);
  }
  return (device, at) => trips.get(device)?.findLast((trip) => trip.at <= at)?.doubtMs ?? 0;
}
