/**
 * Many words looked for in a text at once (Wu and Manber, "A fast algorithm for multi-pattern searching", 1994): a table says for
 * three characters how far the search may go on, since no word has them nearer to its beginning. Where it may not, the hash of
 * a window of fixed length passes a bit set or not, and a comparison decides.
 */

/** Characters of a word that its hash covers: no shorter word can be held. */
export const WINDOW = 6;

const BASE = 257;
/** Characters that decide together how far the search goes on. */
const BLOCK = 3;
const SHIFT_BITS = 16;
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
  /** By block: how far its end is at least from the end of the window in any word. */
  readonly #shifts = new Uint8Array(2 ** SHIFT_BITS).fill(WINDOW - BLOCK + 1);

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
      for (let end = BLOCK - 1; end < WINDOW; end++) {
        const block = blockOf(form.charCodeAt(end - 2), form.charCodeAt(end - 1), form.charCodeAt(end));
        this.#shifts[block] = Math.min(this.#shifts[block] ?? 0, WINDOW - 1 - end);
      }
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
    const shifts = this.#shifts;
    for (let end = WINDOW - 1; end < searched.length; ) {
      const block = blockOf(searched.charCodeAt(end - 2), searched.charCodeAt(end - 1), searched.charCodeAt(end));
      const shift = shifts[block] ?? 0;
      if (shift > 0) {
        end += shift;
        continue;
      }
      const index = end - WINDOW + 1;
      const tag = this.#at(searched, index);
      if (tag !== undefined) return { tag, index };
      end++;
    }
    return null;
  }

  /** What the word is that begins there; undefined where none does. */
  #at(searched: string, index: number): Tag | undefined {
    const hash = hashOf(searched, index);
    const bit = bitOf(hash, this.#filterBits);
    if (((this.#filter[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return undefined;
    const isHere = (form: string, isAlone: boolean): boolean =>
      searched.startsWith(form, index) && !(isAlone && isBeside(searched, index, form.length));
    return this.#forms.get(hash)?.find(({ form, isAlone }) => isHere(form, isAlone))?.tag;
  }
}

/** Whether a letter or a digit stands next to a part of a text. */
function isBeside(text: string, index: number, length: number): boolean {
  return (
    /[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, index - 1), index)) ||
    /^[\p{L}\p{N}]/u.test(text.slice(index + length, index + length + 2))
  );
}

function hashOf(text: string, from = 0): number {
  let hash = 0;
  for (let index = from; index < from + WINDOW; index++) hash = (Math.imul(hash, BASE) + text.charCodeAt(index)) | 0;
  return hash;
}

function blockOf(a: number, b: number, c: number): number {
  return (a ^ (b << 5) ^ (c << 10)) & (2 ** SHIFT_BITS - 1);
}

function bitOf(hash: number, bits: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> (32 - bits);
}
