/** Tells which packets will be there before one that came earlier on their flow. */
import type { Millis } from '../../protocol/machine.js';
import type { PacketFlow } from './media-fault.js';

export interface Overtaking {
  /** The latest instant given to a packet of the flow so far. */
  newest(flow: PacketFlow): Millis;
  /** Takes the instant of one more packet; whether it overtakes. */
  place(flow: PacketFlow, at: Millis): boolean;
}

/** Has seen no packet. */
export function createOvertaking(): Overtaking {
  const newestOf = new WeakMap<PacketFlow, Millis>();
  const newest = (flow: PacketFlow): Millis => newestOf.get(flow) ?? Number.NEGATIVE_INFINITY;
  return {
    newest,
    place(flow, at) {
      const overtakes = at < newest(flow);
      if (!overtakes) newestOf.set(flow, at);
      return overtakes;
    },
  };
}
