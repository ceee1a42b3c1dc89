/** Token buckets: how much of something may happen in the long run, and at once after a pause. Told the time, never reads it. */
import type { Millis } from '../../protocol/machine.js';

export interface Rate {
  readonly perSecond: number;
  /** The most that may happen at once; also what a bucket holds when it is full. */
  readonly burst: number;
}

/** What is left at an instant. */
export interface Bucket {
  readonly level: number;
  readonly at: Millis;
}

/** What a bucket holds at `now`. A clock that went back fills nothing and takes nothing away. */
export function levelAt(bucket: Bucket, rate: Rate, now: Millis): number {
  return Math.min(rate.burst, bucket.level + (Math.max(0, now - bucket.at) / 1_000) * rate.perSecond);
}

/** Takes `amount` out, or answers null and leaves all in when there is not enough. */
export function take(bucket: Bucket, rate: Rate, amount: number, now: Millis): Bucket | null {
  const level = levelAt(bucket, rate, now) - amount;
  return level < 0 ? null : { level, at: Math.max(bucket.at, now) };
}

/** One bucket per key; those that are full again are forgotten, so that what was ever named does not pile up. */
export class Buckets {
  readonly #buckets = new Map<string, Bucket>();
  #sweepAt = 1_024;

  constructor(readonly rate: Rate) {}

  get size(): number {
    return this.#buckets.size;
  }

  /** Whether `amount` was there for `key`, and is taken. */
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
    // Twice what is left: the cost of a sweep is spread over as many takes.
    this.#sweepAt = Math.max(1_024, 2 * this.#buckets.size);
  }
}
