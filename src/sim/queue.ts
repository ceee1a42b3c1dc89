/** Scheduled events: a heap by time, then by the order in which they were scheduled. */
import type { Millis } from '../protocol/machine.js';

export interface Scheduled {
  readonly at: Millis;
  /** Breaks ties in time, so that a run replays. */
  readonly n: number;
  readonly happen: () => void;
}

export class EventQueue {
  readonly #heap: Scheduled[] = [];
  #n = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The time of the next event, or null if there is none. */
  nextAt(): Millis | null {
    return this.#heap[0]?.at ?? null;
  }

  push(at: Millis, happen: () => void): void {
    const heap = this.#heap;
    const event = { at, n: this.#n++, happen };
    let child = heap.length;
    heap.push(event);
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.at <= at) break;
      heap[child] = above;
      child = parent;
    }
    heap[child] = event;
  }

  pop(): Scheduled | null {
    const heap = this.#heap;
    const head = heap[0];
    const last = heap.pop();
    if (head === undefined || last === undefined) return null;
    if (heap.length > 0) this.#sink(last);
    return head;
  }

  #sink(event: Scheduled): void {
    const heap = this.#heap;
    let parent = 0;
    for (;;) {
      let at = 2 * parent + 1;
      let child = heap[at];
      const right = heap[at + 1];
      if (child === undefined) break;
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        at++;
      }
      if (!isBefore(child, event)) break;
      heap[parent] = child;
      parent = at;
    }
    heap[parent] = event;
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.at < b.at || (a.at === b.at && a.n < b.n);
}
