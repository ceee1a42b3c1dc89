/** Packets that wait for their instants, handed on in the order of these by one timer. */
import type { Millis } from '../../protocol/machine.js';

/** The time that a queue runs on: the real clock, or a virtual one in tests. */
export interface LineClock {
  now(): Millis;
  /** Calls `wake` once after `ms`; the result revokes it. */
  after(ms: Millis, wake: () => void): () => void;
}

/** Most packets that wait in one queue: 20 s of audio, or a DTLS flight many times over. netem's is about as long. */
export const QUEUE_PACKETS_MAX = 1_024;

/** Gets a packet with its instant, which is now or a little ago: timers are late, and what follows counts from the instant. */
export type Deliver = (bytes: Uint8Array, at: Millis) => void;

export interface PacketQueue {
  /** Takes a packet that is to be delivered at `at`, at once when that is not in the future. False when there is no room. */
  add(bytes: Uint8Array, at: Millis): boolean;
  /** Delivers all that waits, now and in its order. */
  release(): void;
  /** Forgets what waits; nothing is delivered after this. */
  close(): void;
}

/** An empty queue. Packets with the same instant keep the order in which they came. */
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
