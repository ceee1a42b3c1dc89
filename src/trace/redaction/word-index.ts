/**
 * Many words looked for in a text at once (Rabin-Karp): a rolling hash over windows of fixed length, a bit set that lets
 * nearly all windows pass, and a comparison for the rest. Tens of thousands of words cost as much as one.
 */

/** Characters of a word that its hash covers: no shorter word can be held. */
export const WINDOW = 6;

const BASE = 257;
/** BASE ** (WINDOW - 1), the weight of the character that leaves the window. */
const LEAVING = Array.from({ length: WINDOW - 1 }).reduce<number>((weight) => Math.imul(weight, BASE), 1);
/** The filter begins small enough for the first cache of a processor and grows with the words, to a share of this of its bits. */
const FILTER = { bitsMin: 14, bitsMax: 22, share: 1 / 64 } as const;

export interface Hit<Tag> {
  readonly tag: Tag;
  readonly index: number;
}

export class WordIndex<Tag> {
  readonly #words = new Set<string>();
  readonly #forms = new Map<number, { readonly form: string; readonly tag: Tag; readonly isAlone: boolean }[]>();
  #filterBits: number = FILTER.bitsMin;
  #filter = new Uint32Array(2 ** (FILTER.bitsMin - 5));

  get size(): number {
    return this.#words.size;
  }

  has(word: string): boolean {
    return this.#words.has(word);
  }

  values(): readonly string[] {
    return [...this.#words];
  }

  /**
   * Looks for `word` from now on in each of these forms; forms shorter than the window are left out. `isAlone`: only where neither
   * a letter nor a digit stands beside it.
   */
  add(word: string, forms: readonly string[], tag: Tag, isAlone = false): void {
    this.#words.add(word);
    for (const one of forms) {
      const form = one.toLowerCase();
      if (form.length < WINDOW) continue;
      const hash = hashOf(form);
      const known = this.#forms.get(hash);
      if (known === undefined) this.#forms.set(hash, [{ form, tag, isAlone }]);
      else if (!known.some((other) => other.form === form)) known.push({ form, tag, isAlone });
      this.#pass(hash);
    }
  }

  #pass(hash: number): void {
    if (this.#forms.size > 2 ** this.#filterBits * FILTER.share && this.#filterBits < FILTER.bitsMax) {
      this.#filterBits += 2;
      this.#filter = new Uint32Array(2 ** (this.#filterBits - 5));
      for (const known of this.#forms.keys()) this.#pass(known);
    }
    const bit = bitOf(hash, this.#filterBits);
    this.#filter[bit >>> 5] = (this.#filter[bit >>> 5] ?? 0) | (1 << (bit & 31));
  }

  /** Where the first word begins in `text`, whatever its case, or null. */
  find(text: string): Hit<Tag> | null {
    if (this.#words.size === 0 || text.length < WINDOW) return null;
    const searched = text.toLowerCase();
    const filter = this.#filter;
    const bits = this.#filterBits;
    let hash = hashOf(searched);
    for (let index = 0; ; index++) {
      const bit = bitOf(hash, bits);
      if (((filter[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0) {
        const found = this.#forms
          .get(hash)
          ?.find(({ form, isAlone }) => searched.startsWith(form, index) && !(isAlone && isBeside(searched, index, form.length)));
        if (found !== undefined) return { tag: found.tag, index };
      }
      if (index + WINDOW >= searched.length) return null;
      const without = hash - Math.imul(searched.charCodeAt(index), LEAVING);
      hash = (Math.imul(without, BASE) + searched.charCodeAt(index + WINDOW)) | 0;
    }
  }
}

/** Whether a letter or a digit stands next to a part of a text. */
function isBeside(text: string, index: number, length: number): boolean {
  return (
    /[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, index - 1), index)) ||
    /^[\p{L}\p{N}]/u.test(text.slice(index + length, index + length + 2))
  );
}

function hashOf(text: string): number {
  let hash = 0;
  for (let index = 0; index < WINDOW; index++) hash = (Math.imul(hash, BASE) + text.charCodeAt(index)) | 0;
  return hash;
}

function bitOf(hash: number, bits: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> (32 - bits);
}
