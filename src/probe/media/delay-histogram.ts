/** A histogram of delays in constant memory: logarithmic buckets, each split evenly, so that the error is relative. */

const STEP_BITS = 5;
const STEPS = 1 << STEP_BITS;
/** Longest distinct delay, about 67 s in microseconds; longer ones share the last bucket. */
const EXPONENT_MAX = 26;
const BUCKETS = (EXPONENT_MAX - STEP_BITS + 1) * STEPS;

/** Delays of one direction. All values are milliseconds. */
export interface DelayHistogram {
  /** Counts one delay; a negative one counts as 0. */
  add(delayMs: number): void;
  /** The value below which the given share (0-1) of the delays lies, within 2 %; null before the first. */
  quantile(share: number): number | null;
  /** The largest delay, exact; null before the first. */
  max(): number | null;
}

/** An empty histogram: whole microseconds up to 64, from there 32 buckets for each doubling. */
export function createDelayHistogram(): DelayHistogram {
  const counts = new Uint32Array(BUCKETS);
  let total = 0;
  let largest = 0;
  return {
    add(delayMs) {
      const us = Math.max(0, delayMs) * 1000;
      const bucket = bucketOf(us);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      total += 1;
      largest = Math.max(largest, delayMs, 0);
    },
    quantile(share) {
      if (total === 0) return null;
      const rank = Math.max(1, Math.ceil(share * total));
      let seen = 0;
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        seen += counts[bucket] ?? 0;
        if (seen >= rank) return Math.min(middleOf(bucket) / 1000, largest);
      }
      return largest;
    },
    max: () => (total === 0 ? null : largest),
  };
}

function bucketOf(us: number): number {
  const whole = Math.min(Math.floor(us), 2 ** EXPONENT_MAX - 1);
  if (whole < STEPS) return whole;
  const exponent = 31 - Math.clz32(whole);
  const step = (whole >> (exponent - STEP_BITS)) - STEPS;
  return (exponent - STEP_BITS + 1) * STEPS + step;
}

function middleOf(bucket: number): number {
  if (bucket < STEPS) return bucket + 0.5;
  const exponent = Math.floor(bucket / STEPS) + STEP_BITS - 1;
  const width = 2 ** (exponent - STEP_BITS);
  return (STEPS + (bucket % STEPS)) * width + width / 2;
}
