/** One direction of the relay: packets in, each delivered at the instants that its rule gives. */
import type { Millis } from '../../protocol/machine.js';

/**
 * What happens to a packet that came in at `now`: the instants at which it is delivered. None drops it, several
 * duplicate it, and instants that overtake those of earlier packets reorder.
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

/** The time that a line runs on: the real clock, or a virtual one in tests. */
export interface LineClock {
  now(): Millis;
  /** Calls `wake` once after `ms`; the result revokes it. */
  after(ms: Millis, wake: () => void): () => void;
}

export interface DelayLine {
  push(bytes: Uint8Array): void;
  counters(): LineCounters;
  /** Forgets what is queued; nothing is delivered after this. */
  close(): void;
}

/** Most packets that wait in one direction: 20 s of audio, or a DTLS flight many times over. */
export const QUEUE_PACKETS_MAX = 1_024;

interface Waiting {
  readonly at: Millis;
  readonly bytes: Uint8Array;
}

/** A line that hands packets to `deliver` in the order of their instants, equal ones in the order of arrival, by one timer. */
export function createDelayLine(rule: PacketRule, clock: LineClock, deliver: (bytes: Uint8Array) => void): DelayLine {
  const queue: Waiting[] = [];
  const counters = { packetsIn: 0, bytesIn: 0, packetsOut: 0, bytesOut: 0, dropped: 0, overflowed: 0 };
  let timer: { readonly at: Millis; revoke(): void } | null = null;
  let closed = false;

  const enqueue = (waiting: Waiting): void => {
    let index = queue.length;
    while (index > 0 && (queue[index - 1]?.at ?? 0) > waiting.at) index -= 1;
    queue.splice(index, 0, waiting);
  };

  const arm = (now: Millis): void => {
    const first = queue[0];
    if (first === undefined || (timer !== null && timer.at <= first.at)) return;
    timer?.revoke();
    timer = { at: first.at, revoke: clock.after(Math.max(0, first.at - now), flush) };
  };

  const flush = (): void => {
    timer = null;
    const now = clock.now();
    for (let first = queue[0]; !closed && first !== undefined && first.at <= now; first = queue[0]) {
      queue.shift();
      counters.packetsOut += 1;
      counters.bytesOut += first.bytes.length;
      deliver(first.bytes);
    }
    if (!closed) arm(now);
  };

  return {
    push(bytes) {
      if (closed) return;
      const now = clock.now();
      counters.packetsIn += 1;
      counters.bytesIn += bytes.length;
      const instants = rule(bytes, now);
      if (instants.length === 0) counters.dropped += 1;
      for (const at of instants) {
        if (queue.length >= QUEUE_PACKETS_MAX) counters.overflowed += 1;
        else enqueue({ at, bytes });
      }
      arm(now);
    },
    counters: () => ({ ...counters }),
    close() {
      closed = true;
      timer?.revoke();
      timer = null;
      queue.length = 0;
    },
  };
}
