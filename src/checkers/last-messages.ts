/** The last message about a call that each hop saw: where the truth got to, and where it stopped. */
import { type EventOf, eventsOf, type TraceEvent } from '../trace/event.js';
import { groupBy } from '../trace/grouping.js';
import { seconds } from './wording.js';

export interface LastMessages {
  /** `alice/phone last read event.ringing at 0.120 s (2.400 s before); server last wrote ...`. */
  readonly words: string;
  readonly evidence: readonly number[];
}

export type WiresByCall = ReadonlyMap<string | null, readonly EventOf<'wire'>[]>;

/** The frames of a trace by the call that they are about. */
export function wiresByCall(trace: readonly TraceEvent[]): WiresByCall {
  return groupBy(eventsOf(trace, 'wire'), ({ call }) => call);
}

/** The last frame about `call` per node, link and direction up to event `n`; ages count back from `at`. */
export function lastMessages(wires: WiresByCall, call: string, n: number, at: number): LastMessages {
  const last = new Map<string, EventOf<'wire'>>();
  for (const wire of wires.get(call) ?? []) {
    if (wire.n <= n) last.set(`${wire.node} ${wire.link} ${wire.dir}`, wire);
  }
  const found = [...last.values()].sort((a, b) => a.n - b.n);
  const words = found.map((wire) => `${hopWords(wire)} at ${seconds(wire.at)} (${seconds(at - wire.at)} before)`);
  return {
    words: words.length === 0 ? 'no message about it is in the trace' : words.join('; '),
    evidence: found.map((wire) => wire.n),
  };
}

function hopWords(wire: EventOf<'wire'>): string {
  const device = wire.link.slice(0, Math.max(0, wire.link.lastIndexOf('.'))) || wire.link;
  const verb = wire.dir === 'out' ? 'wrote' : 'read';
  if (wire.node === device) return `${wire.node} last ${verb} ${wire.kind}`;
  return `${wire.node} last ${verb} ${wire.kind} ${wire.dir === 'out' ? 'to' : 'from'} ${device}`;
}
