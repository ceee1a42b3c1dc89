/** Exact percentiles of a sample in which some values never came. */

/** A sample sorted once, so that several percentiles can be read from it. */
export interface Sample {
  /** The values that came, ascending. */
  readonly sorted: readonly number[];
  /** How many never came: right-censored, above every value that did. */
  readonly never: number;
}

/** Sorts a sample; `null` stands for a value that never came. */
export function sampleOf(values: readonly (number | null)[]): Sample {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return { sorted, never: values.length - sorted.length };
}

/**
 * The nearest-rank percentile (the smallest value with at least `percent` % of the sample at or below it). `percent`
 * is 0-100; 0 is the minimum, 100 the maximum. Null for an empty sample, and where the rank falls among the values
 * that never came: the percentile is then infinite. Throws a RangeError for a percentage outside of 0-100.
 */
export function percentileOf(sample: Sample, percent: number): number | null {
  if (!(percent >= 0 && percent <= 100)) throw new RangeError(`a percentile lies between 0 and 100, not at ${percent}`);
  const count = sample.sorted.length + sample.never;
  // Multiplying before dividing keeps whole percentages exact: 7 % of 100 is rank 7, while 0.07 * 100 is above 7.
  const rank = Math.max(1, Math.ceil((percent * count) / 100));
  return sample.sorted[rank - 1] ?? null;
}
