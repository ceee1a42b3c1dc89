/** Timers as data: named instants, the earliest of which a driver turns into its one real timer. */
import type { Millis } from './machine.js';

interface Entry {
  readonly key: string;
  readonly at: Millis;
  readonly order: number;
  /** False while an earlier entry of the same key holds its place in the heap. */
  isQueued: boolean;
}

/** The earliest of some instants; null where there is none. */
export function earliest(instants: readonly (Millis | null)[]): Millis | null {
  const set = instants.filter((at) => at !== null);
  return set.length === 0 ? null : Math.min(...set);
}

/** A keyed priority queue of instants. Ties come out in the order in which they were set, so that runs replay. */
export class Deadlines {
  readonly #heap: Entry[] = [];
  readonly #live = new Map<string, Entry>();
  #order = 0;

  /** Sets or moves the deadline of `key`. */
  set(key: string, at: Millis): void {
    const old = this.#live.get(key);
    const entry: Entry = { key, at, order: this.#order++, isQueued: false };
    this.#live.set(key, entry);
    // Most deadlines are put off again and again; such a one goes into the heap when its old place there comes up.
    if (old === undefined || at < old.at) this.#push(entry);
  }

  clear(key: string): void {
    this.#live.delete(key);
  }

  get size(): number {
    return this.#live.size;
  }

  /** The earliest instant, or null when nothing waits. */
  next(): Millis | null {
    this.#dropDead();
    return this.#heap[0]?.at ?? null;
  }

  /** Takes out one key that is due at `now`, or null. */
  takeDue(now: Millis): string | null {
    this.#dropDead();
    const head = this.#heap[0];
    if (head === undefined || head.at > now) return null;
    this.#live.delete(head.key);
    this.#pop();
    return head.key;
  }

  #dropDead(): void {
    for (let head = this.#heap[0]; head !== undefined; head = this.#heap[0]) {
      const live = this.#live.get(head.key);
      if (live === head) return;
      this.#pop();
      if (live !== undefined && !live.isQueued) this.#push(live);
    }
  }

  #push(entry: Entry): void {
    entry.isQueued = true;
    this.#heap.push(entry);
    this.#up(this.#heap.length - 1);
    if (this.#heap.length > 64 && this.#heap.length > 4 * this.#live.size) this.#compact();
  }

  #compact(): void {
    const alive = [...this.#live.values()].sort((a, b) => (before(a, b) ? -1 : 1));
    for (const entry of alive) entry.isQueued = true;
    this.#heap.splice(0, this.#heap.length, ...alive);
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#down(0);
  }

  #up(start: number): void {
    let child = start;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfBefore(child, parent)) return;
      child = parent;
    }
  }

  #down(start: number): void {
    let parent = start;
    for (;;) {
      const left = 2 * parent + 1;
      const right = left + 1;
      const a = this.#heap[left];
      if (a === undefined) return;
      const b = this.#heap[right];
      const child = b !== undefined && before(b, a) ? right : left;
      if (!this.#swapIfBefore(child, parent)) return;
      parent = child;
    }
  }

  #swapIfBefore(child: number, parent: number): boolean {
    const a = this.#heap[child];
    const b = this.#heap[parent];
    if (a === undefined || b === undefined || !before(a, b)) return false;
    this.#heap[child] = b;
    this.#heap[parent] = a;
    return true;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
