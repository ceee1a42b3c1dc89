/** The last message about a call on each hop, as written and as read: where the truth got to, and where it stopped. */
import { isSignal, isUpkeep } from '../../protocol/message-kinds.js';
import { type EventOf, eventsOf, type TraceEvent } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import { SERVER } from './replay.js';
import { seconds } from './wording.js';

export interface LastMessages {
  /** A line a hop: `server -> alice/phone: event.ringing written at 0.103 s, read at 0.106 s`. */
  readonly lines: readonly string[];
  readonly evidence: readonly number[];
}

export type WiresByCall = ReadonlyMap<string | null, readonly EventOf<'wire'>[]>;

interface Hop {
  wrote: EventOf<'wire'> | null;
  read: EventOf<'wire'> | null;
}

/** The frames of a trace by the call that they are about. */
export function wiresByCall(trace: readonly TraceEvent[]): WiresByCall {
  return groupBy(eventsOf(trace, 'wire'), ({ call }) => call);
}

/** The last frame about `call` on each hop up to event `n`, at both of its ends. */
export function lastMessages(wires: WiresByCall, call: string, n: number): LastMessages {
  const hops = new Map<string, Hop>();
  for (const wire of wires.get(call) ?? []) {
    // What moves no call forward would hide the last message that did.
    if (wire.n > n || isUpkeep(wire.kind) || isSignal(wire.kind)) continue;
    const device = wire.link.slice(0, Math.max(0, wire.link.lastIndexOf('.'))) || wire.link;
    const isDown = (wire.node === SERVER) === (wire.dir === 'out');
    const name = isDown ? `${SERVER} -> ${device}` : `${device} -> ${SERVER}`;
    const hop = hops.get(name) ?? { wrote: null, read: null };
    hop[wire.dir === 'out' ? 'wrote' : 'read'] = wire;
    hops.set(name, hop);
  }
  const found = [...hops].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    lines: found.map(([name, hop]) => `${name}: ${hopWords(hop)}`),
    evidence: found.flatMap(([, { wrote, read }]) => [wrote, read].flatMap((wire) => (wire === null ? [] : [wire.n]))),
  };
}

function hopWords({ wrote, read }: Hop): string {
  if (wrote !== null && wrote.kind === read?.kind)
    return `${wrote.kind} written at ${seconds(wrote.at)}, read at ${seconds(read.at)}`;
  const written = wrote === null ? [] : [`${wrote.kind} written at ${seconds(wrote.at)}`];
  return [...written, read === null ? 'nothing read' : `last read ${read.kind} at ${seconds(read.at)}`].join(', ');
}
