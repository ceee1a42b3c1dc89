/** A queue of packets by delivery time, with one timer. */
import type { Millis } from '../../protocol/machine.js';

/** The time that a queue runs on: the real clock, or a virtual one in tests. */
export interface LineClock {
  now(): Millis;
  /** Calls `wake` once after `ms`; the result revokes it. */
  after(ms: Millis, wake: () => void): () => void;
}

/** Maximum length of one queue: 20 s of audio, or many DTLS flights. netem's is about as long. */
export const QUEUE_PACKETS_MAX = 1_024;

/** Receives a packet with its due time, now or a little ago: timers are late, and later delays count from the due time. */
export type Deliver = (bytes: Uint8Array, at: Millis) => void;

export interface PacketQueue {
  /** Takes a packet for delivery at `at`, or at once if that is not in the future. False if the queue is full. */
  add(bytes: Uint8Array, at: Millis): boolean;
  /** Delivers all waiting packets now, in order. */
  release(): void;
  /** Drops waiting packets; nothing is delivered after this. */
  close(): void;
}

/** An empty queue. Packets with the same time keep their order of arrival. */
export function createPacketQueue(clock: LineClock, deliver: Deliver): PacketQueue {
  const queue: { readonly bytes: Uint8Array; readonly at: Millis }[] = [];
  let timer: { readonly at: Millis; revoke(): void } | null = null;
  let closed = false;

  const arm = (now: Millis): void => {
    const first = queue[0];
    if (first === undefined || (timer !== null && timer.at <= first.at)) return;
    timer?.revoke();
    timer = { at: first.at, revoke: clock.after(first.at - now, wake) };
  };

  const deliverUntil = (instant: Millis): void => {
    for (let first = queue[0]; first !== undefined && first.at <= instant; first = queue[0]) {
      queue.shift();
      deliver(first.bytes, first.at);
    }
  };

  const wake = (): void => {
    timer = null;
    const now = clock.now();
    deliverUntil(now);
    arm(now);
  };

  return {
    add(bytes, at) {
      if (closed) return true;
      const now = clock.now();
      deliverUntil(now);
      if (at <= now) deliver(bytes, at);
      else if (queue.length >= QUEUE_PACKETS_MAX) return false;
      else {
        let index = queue.length;
        while (index > 0 && (queue[index - 1]?.at ?? 0) > at) index -= 1;
        queue.splice(index, 0, { bytes, at });
      }
      arm(now);
      return true;
    },
    release() {
      const now = clock.now();
      for (const { bytes } of queue.splice(0)) deliver(bytes, now);
      timer?.revoke();
      timer = null;
    },
    close() {
      closed = true;
      timer?.revoke();
      timer = null;
      queue.length = 0;
    },
  };
}
