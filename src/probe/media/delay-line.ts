/** One direction of the relay: each packet is delivered at the times that its rule returns. */
import type { Millis } from '../../protocol/machine.js';
import { createPacketQueue, type Deliver, type LineClock } from './packet-queue.js';

/**
 * The delivery times of a packet that arrived at `now`. None drops it, several duplicate it, and times before those of earlier packets
 * reorder.
 */
export type PacketRule = (bytes: Uint8Array, now: Millis) => readonly Millis[];

/** The rule of a line without faults. */
export function constantDelay(delayMs: Millis): PacketRule {
  return (_bytes, now) => [now + delayMs];
}

/** Packets and bytes of one direction since it began. `dropped` by the rule, `overflowed` because the queue was full. */
export interface LineCounters {
  readonly packetsIn: number;
  readonly bytesIn: number;
  readonly packetsOut: number;
  readonly bytesOut: number;
  readonly dropped: number;
  readonly overflowed: number;
}

export interface DelayLine {
  /** Takes a packet that arrived at `at`, now or a little ago. */
  push(bytes: Uint8Array, at: Millis): void;
  counters(): LineCounters;
  /** Drops the queue; nothing is delivered after this. */
  close(): void;
}

/** A line that passes packets to `deliver` in the order of their times, equal ones in the order of arrival, with one timer. */
export function createDelayLine(rule: PacketRule, clock: LineClock, deliver: Deliver): DelayLine {
  const counters = { packetsIn: 0, bytesIn: 0, packetsOut: 0, bytesOut: 0, dropped: 0, overflowed: 0 };
  let closed = false;
  const queue = createPacketQueue(clock, (bytes, at) => {
    counters.packetsOut += 1;
    counters.bytesOut += bytes.length;
    deliver(bytes, at);
  });
  return {
    push(bytes, at) {
      if (closed) return;
      counters.packetsIn += 1;
      counters.bytesIn += bytes.length;
      const instants = rule(bytes, at);
      if (instants.length === 0) counters.dropped += 1;
      for (const instant of instants) if (!queue.add(bytes, instant)) counters.overflowed += 1;
    },
    counters: () => ({ ...counters }),
    close() {
      closed = true;
      queue.close();
    },
  };
}
