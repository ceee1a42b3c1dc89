/**
 * Names found in a text as words of their own, in any case: a name begins and ends where letters and digits do. Every run of
 * letters and digits is looked up, so that thousands of names cost as much as one, whatever stands in the text.
 */

/** A name in a text, from `start` to `end`. */
export interface FoundName {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

interface Bucket {
  /** Lengths of its names, the longest first: `anna-lena` is not taken for `anna`. */
  readonly lengths: number[];
  /** By the name in lower case; how many characters stand before its first letter or digit. */
  readonly names: Map<string, { readonly name: string; readonly lead: number }>;
}

const RUN = /[\p{L}\p{N}]+/gu;
const IN_WORD = /[\p{L}\p{N}]$/u;
const GOES_ON = /^[\p{L}\p{N}]/u;

export class NameFinder {
  /** By the first run of letters and digits of the names in it, in lower case. */
  readonly #buckets = new Map<string, Bucket>();

  /** Looks for a name from now on; one without a letter or digit is passed over. */
  add(name: string): void {
    const [run] = name.match(RUN) ?? [];
    if (run === undefined) return;
    const key = run.toLowerCase();
    const bucket: Bucket = this.#buckets.get(key) ?? { lengths: [], names: new Map() };
    this.#buckets.set(key, bucket);
    bucket.names.set(name.toLowerCase(), { name, lead: name.indexOf(run) });
    if (bucket.lengths.includes(name.length)) return;
    bucket.lengths.push(name.length);
    bucket.lengths.sort((a, b) => b - a);
  }

  /** All of them from left to right; none overlap. */
  *in(text: string): Generator<FoundName> {
    if (this.#buckets.size === 0) return;
    let free = 0;
    for (const { 0: run, index } of text.matchAll(RUN)) {
      if (index < free) continue;
      const bucket = this.#buckets.get(run.toLowerCase());
      const found = bucket === undefined ? null : longest(bucket, text, index, free);
      if (found === null) continue;
      free = found.end;
      yield found;
    }
  }
}

function longest({ lengths, names }: Bucket, text: string, index: number, free: number): FoundName | null {
  for (const length of lengths) {
    // What stands before the first letter or digit, such as the + of a telephone number, belongs to the name.
    for (let lead = 0; lead <= Math.min(LEAD_MAX, length - 1); lead++) {
      const start = index - lead;
      if (start < free) break;
      const known = names.get(text.slice(start, start + length).toLowerCase());
      if (known?.lead !== lead) continue;
      const end = start + length;
      if (IN_WORD.test(text.slice(Math.max(0, start - 2), start)) || GOES_ON.test(text.slice(end, end + 2))) continue;
      return { name: known.name, start, end };
    }
  }
  return null;
}

/** Signs before the first letter or digit of a name that are looked at. */
const LEAD_MAX = 2;
