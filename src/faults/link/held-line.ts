/** A stage that only holds things back: a queue that keeps the order, and the rule that fills it. */
import type { Millis } from '../../protocol/machine.js';
import type { LinkFlow, LinkStage } from './link-fault.js';

interface Held {
  readonly flow: LinkFlow;
  readonly due: Millis;
}

/** First in, first out: nothing leaves before it is due, nor before earlier entries. */
export class HeldLine {
  #held: Held[] = [];
  #first = 0;
  #bytes = 0;
  #lastDue = Number.NEGATIVE_INFINITY;

  put(flow: LinkFlow, due: Millis): void {
    this.#lastDue = Math.max(this.#lastDue, due);
    this.#held.push({ flow, due: this.#lastDue });
    this.#bytes += bytesOf(flow);
  }

  /** Removes what is due. */
  release(now: Millis): LinkFlow[] {
    const released: LinkFlow[] = [];
    for (let held = this.#held[this.#first]; held !== undefined && held.due <= now; held = this.#held[this.#first]) {
      this.#first += 1;
      this.#bytes -= bytesOf(held.flow);
      released.push(held.flow);
    }
    if (this.#first === this.#held.length || this.#first > 1_024) {
      this.#held = this.#held.slice(this.#first);
      this.#first = 0;
    }
    return released;
  }

  /** When its first entry leaves. */
  get deadline(): Millis | null {
    return this.#held[this.#first]?.due ?? null;
  }

  get bytes(): number {
    return this.#bytes;
  }
}

/** A stage that queues everything by a rule of its own. */
export function heldStage(put: (flow: LinkFlow, now: Millis, line: HeldLine) => void): LinkStage {
  const line = new HeldLine();
  return {
    handle(flow, now) {
      put(flow, now, line);
      return line.release(now);
    },
    tick: (now) => line.release(now),
    remove: () => line.release(Number.POSITIVE_INFINITY),
    deadline: () => line.deadline,
    heldBytes: () => line.bytes,
  };
}

function bytesOf(flow: LinkFlow): number {
  return flow.type === 'data' ? flow.bytes.byteLength : 0;
}
