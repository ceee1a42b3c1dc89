/** The last message about a call on each hop, as written and as read: how far the call's state got. */
import { isSignal, isUpkeep } from '../../protocol/message-kinds.js';
import type { EventOf } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import { deviceOf, type History, isDown, perHistory } from './history.js';
import { seconds } from './wording.js';

export interface LastMessages {
  /** A line a hop: `server -> alice/phone: event.ringing written at 0.103 s, read at 0.106 s`. */
  readonly lines: readonly string[];
  readonly evidence: readonly number[];
}

interface Hop {
  wrote: EventOf<'wire'> | null;
  read: EventOf<'wire'> | null;
}

const wiresByCall = perHistory(({ wires }) => groupBy(wires, ({ call }) => call));

/** The last frame about `call` on each hop up to event `n`, at both of its ends. */
export function lastMessages(history: History, call: string, n: number): LastMessages {
  const hops = new Map<string, Hop>();
  for (const wire of wiresByCall(history).get(call) ?? []) {
    // What does not change the state of a call would hide the last message that did.
    if (wire.n > n || isUpkeep(wire.kind) || isSignal(wire.kind)) continue;
    const device = deviceOf(wire);
    const server = history.serverOf(device);
    const name = isDown(history, wire) ? `${server} -> ${device}` : `${device} -> ${server}`;
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
