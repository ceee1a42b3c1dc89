/** Which reading of a message belongs to which writing, and which messages never came to their other end. */
import { deviceOf } from '../../judge/history/history.js';
import { beginOf, type EventOf, eventsOf, type TraceEvent } from '../../trace/event.js';
import { listIn } from '../../trace/grouping.js';

export interface Deliveries {
  /** By the `n` of its writing, the `n` of its reading. */
  readonly reads: ReadonlyMap<number, number>;
  /** By the `n` of its reading, the `n` of its writing. */
  readonly writes: ReadonlyMap<number, number>;
  /** Messages that were never read at their other end, by their writing; none where the server's end is not in the trace. */
  readonly lost: ReadonlySet<number>;
  /** Messages that were read with another text than they were written with, by their writing. */
  readonly altered: ReadonlySet<number>;
}

/** By link and digest, from the last copy backwards, so that one that was sent again saves only itself; else by its cause. */
export function deliveriesOf(trace: readonly TraceEvent[]): Deliveries {
  const reads = new Map<number, number>();
  const altered = new Set<number>();
  const open = new Map<string, EventOf<'wire'>[]>();
  const written = new Map<number, EventOf<'wire'>>();
  const strangers: EventOf<'wire'>[] = [];
  for (const event of eventsOf(trace, 'wire')) {
    const waiting = listIn(open, `${event.link} ${event.digest}`);
    if (event.dir === 'out') {
      waiting.push(event);
      written.set(event.n, event);
      continue;
    }
    const at = waiting.findLastIndex(({ node }) => node !== event.node);
    const [out] = at === -1 ? [] : waiting.splice(at, 1);
    if (out === undefined) strangers.push(event);
    else reads.set(out.n, event.n);
  }
  for (const { n, cause, link } of strangers) {
    if (cause === null || written.get(cause)?.link !== link || reads.has(cause)) continue;
    reads.set(cause, n);
    altered.add(cause);
  }
  const sees = beginOf(trace)?.serverVisible === true;
  // Bytes of a hostile agent that are no message: the server records them in other words, or not at all.
  const lost = [...written.values()].filter(({ n, kind }) => sees && kind !== 'unreadable' && !reads.has(n));
  return { reads, writes: new Map([...reads].map(([out, into]) => [into, out])), lost: new Set(lost.map(({ n }) => n)), altered };
}

/** Whether a message goes from the device of its link to the server, as far as one end shows it. */
export function isUpward(event: EventOf<'wire'>): boolean {
  return (event.dir === 'out') === (event.node === deviceOf(event));
}
