/** Finds the packets that arrive before an earlier one of their flow. */
import type { Millis } from '../../protocol/machine.js';
import type { PacketFlow } from './media-fault.js';

export interface Overtaking {
  /** The latest arrival of the flow so far. */
  newest(flow: PacketFlow): Millis;
  /** Adds the arrival of one more packet; returns whether it overtakes. */
  place(flow: PacketFlow, at: Millis): boolean;
}

/** Without packets so far. */
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
