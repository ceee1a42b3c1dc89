/** Asks the other end of one connection for receipts: at most one question at a time, for all that was written before it. */
import type { Millis } from '../../protocol/machine.js';
import type { ReceiptEvent } from '../../trace/event.js';
import type { Clock } from '../runtime/ports.js';
import type { Transport } from './transport.js';

/** A receipt as it came; `covers` holds the numbers that `wrote` was given. */
export interface Receipt {
  readonly by: ReceiptEvent['by'];
  readonly covers: readonly number[];
  readonly askedAt: Millis;
}

export class Receipts {
  #written: number[] = [];
  #isPending = false;
  #waiting: (() => void)[] = [];

  constructor(
    readonly transport: Transport,
    readonly clock: Pick<Clock, 'now'>,
    readonly received: (receipt: Receipt) => void,
  ) {}

  /** A message was written: its receipt is asked for. */
  wrote(n: number): void {
    this.#written.push(n);
    this.#question();
  }

  /** Asks also where nothing was written since; false where the other end cannot be asked. */
  ask(answered: () => void): boolean {
    if (this.transport.ask === undefined || !this.transport.isOpen()) return false;
    this.#waiting.push(answered);
    this.#question();
    return true;
  }

  #question(): void {
    if (this.#isPending || this.transport.ask === undefined) return;
    this.#isPending = true;
    const askedAt = this.clock.now();
    const covers = this.#written.splice(0);
    const waiting = this.#waiting.splice(0);
    this.transport.ask((by) => {
      this.#isPending = false;
      this.received({ by, covers, askedAt });
      for (const answered of waiting) answered();
      if (this.#written.length > 0 || this.#waiting.length > 0) this.#question();
    });
  }
}
