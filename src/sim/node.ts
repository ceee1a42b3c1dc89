/** A process of the simulated world: one machine with its own clock and a queue of inputs; it can pause and crash. */
import type { Millis } from '../protocol/machine.js';
import type { EventQueue } from './queue.js';

/** What the hub and the agent have in common. */
export interface Machinery<I, E> {
  handle(input: I | { readonly type: 'tick' }, now: Millis): readonly E[];
  deadline(): Millis | null;
}

export interface NodePorts<I, E> {
  readonly queue: EventQueue;
  now(): Millis;
  /** Performs the effects of one input. */
  perform(effects: readonly E[], input: I | { readonly type: 'tick' }): void;
}

export class SimNode<I, E> {
  #machine: Machinery<I, E> | null;
  readonly #skewMs: Millis;
  readonly #ports: NodePorts<I, E>;
  #mailbox: I[] = [];
  #pausedUntil: Millis = 0;
  /** The earliest wake-up in the queue. */
  #wakeAt: Millis = Infinity;

  constructor(machine: Machinery<I, E>, skewMs: Millis, ports: NodePorts<I, E>) {
    this.#machine = machine;
    this.#skewMs = skewMs;
    this.#ports = ports;
  }

  get isUp(): boolean {
    return this.#machine !== null;
  }

  get isPaused(): boolean {
    return this.#pausedUntil > this.#ports.now();
  }

  /** The node's own clock. */
  get time(): Millis {
    return this.#ports.now() + this.#skewMs;
  }

  /** Delivers one input: now, when the pause is over, or not at all if the process is dead. */
  feed(input: I): void {
    if (this.#machine === null) return;
    if (this.isPaused || this.#mailbox.length > 0) this.#mailbox.push(input);
    else this.#handle(this.#machine, input, this.time);
  }

  /** The process handles nothing for `forMs`; a longer pause is kept. */
  pause(forMs: Millis): void {
    const until = this.#ports.now() + forMs;
    if (until <= this.#pausedUntil) return;
    this.#pausedUntil = until;
    this.#ports.queue.push(until, () => this.#resume());
  }

  endPause(): void {
    if (!this.isPaused) return;
    this.#pausedUntil = this.#ports.now();
    this.#resume();
  }

  /** Queued inputs are lost and the pause ends, since the process is about to crash and restart. */
  drop(): void {
    this.#mailbox = [];
    this.endPause();
  }

  /** The process crashes; queued inputs are lost. */
  kill(): void {
    this.#machine = null;
    this.#mailbox = [];
  }

  start(machine: Machinery<I, E>): void {
    this.#machine = machine;
    this.#pausedUntil = 0;
    this.#arm();
  }

  #resume(): void {
    if (this.isPaused) return;
    const waiting = this.#mailbox;
    this.#mailbox = [];
    for (const input of waiting) this.feed(input);
    this.#wake();
  }

  #handle(machine: Machinery<I, E>, input: I | { readonly type: 'tick' }, now: Millis): void {
    this.#ports.perform(machine.handle(input, now), input);
    this.#arm();
  }

  /** Queues a wake-up unless an early enough one is queued; one that fires too early queues another. */
  #arm(): void {
    const at = this.#machine?.deadline() ?? null;
    if (at === null || at - this.#skewMs >= this.#wakeAt) return;
    const wakeAt = Math.max(this.#ports.now(), at - this.#skewMs);
    this.#wakeAt = wakeAt;
    this.#ports.queue.push(wakeAt, () => {
      if (this.#wakeAt !== wakeAt) return;
      this.#wake();
    });
  }

  #wake(): void {
    this.#wakeAt = Infinity;
    if (this.isPaused) return;
    const at = this.#machine?.deadline() ?? null;
    if (this.#machine === null || at === null) return;
    // The machine's own time: the sum of skew and time may round to just before it.
    if (at - this.#skewMs <= this.#ports.now()) this.#handle(this.#machine, { type: 'tick' }, Math.max(at, this.time));
    else this.#arm();
  }
}
