/** Words with their stand-ins, replaced in a text wherever they stand as words of their own, in any case. */
import { NameFinder } from './name-finder.js';

export class Renamer {
  readonly #standIns = new Map<string, string>();
  readonly #finder = new NameFinder();

  get size(): number {
    return this.#standIns.size;
  }

  get(word: string): string | undefined {
    return this.#standIns.get(word.toLowerCase());
  }

  /** Brackets and dots alone are in every sentence: without two letters or digits it is no word. */
  add(word: string, standIn: string): void {
    const key = word.toLowerCase();
    if (this.#standIns.has(key) || !/[\p{L}\p{N}].*[\p{L}\p{N}]/u.test(word)) return;
    this.#standIns.set(key, standIn);
    this.#finder.add(word);
  }

  entries(): Iterable<[string, string]> {
    return this.#standIns;
  }

  rename(text: string): string {
    if (this.#standIns.size === 0) return text;
    const parts: string[] = [];
    let kept = 0;
    for (const { name, start, end } of this.#finder.in(text)) {
      parts.push(text.slice(kept, start), this.get(name) ?? name);
      kept = end;
    }
    return kept === 0 ? text : parts.join('') + text.slice(kept);
  }
}
