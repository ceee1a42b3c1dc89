/** Token buckets: a rate, and a burst after a pause. They receive the time and never read a clock. */
import type { Millis } from '../../protocol/machine.js';

export interface Rate {
  readonly perSecond: number;
  /** The largest burst, which is the content of a full bucket. */
  readonly burst: number;
}

/** The content at a point in time. */
export interface Bucket {
  readonly level: number;
  readonly at: Millis;
}

/** The content of a bucket at `now`. A clock that went back changes nothing. */
export function levelAt(bucket: Bucket, rate: Rate, now: Millis): number {
  return Math.min(rate.burst, bucket.level + (Math.max(0, now - bucket.at) / 1_000) * rate.perSecond);
}

/** Takes `amount`, or returns null and takes nothing if there is not enough. */
export function take(bucket: Bucket, rate: Rate, amount: number, now: Millis): Bucket | null {
  const level = levelAt(bucket, rate, now) - amount;
  return level < 0 ? null : { level, at: Math.max(bucket.at, now) };
}

/** One bucket per key; full buckets are removed, so that keys do not accumulate. */
export class Buckets {
  readonly #buckets = new Map<string, Bucket>();
  #sweepAt = 1_024;

  constructor(readonly rate: Rate) {}

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes `amount` for `key`; returns whether it was available. */
  take(key: string, amount: number, now: Millis): boolean {
    const left = take(this.#buckets.get(key) ?? { level: this.rate.burst, at: now }, this.rate, amount, now);
    if (left === null) return false;
    this.#buckets.set(key, left);
    if (this.#buckets.size > this.#sweepAt) this.#sweep(now);
    return true;
  }

  #sweep(now: Millis): void {
    for (const [key, bucket] of this.#buckets) {
      if (levelAt(bucket, this.rate, now) >= this.rate.burst) this.#buckets.delete(key);
    }
    // Twice the remaining size, so that the cost of a sweep is spread over as many takes.
    this.#sweepAt = Math.max(1_024, 2 * this.#buckets.size);
  }
}
