/** The session of a device: numbers, acknowledges and resends, over as many connections as it takes. It knows no calls. */
import type { Deadlines } from '../protocol/deadlines.js';
import type { Wire } from '../protocol/frames.js';
import type { Waits } from '../protocol/limits.js';
import type { Millis } from '../protocol/machine.js';
import { freshSession, type SessionEffect, type SessionInput, type SessionState } from '../protocol/session.js';
import type { AgentDecisions } from './decisions.js';

export type DeliveryInput = SessionInput<Wire>;

export class Delivery {
  /** The server's name for it; null before the first welcome. */
  id: string | null = null;
  readonly #waits: Waits;
  readonly #decisions: AgentDecisions;
  readonly #deadlines: Deadlines;
  #machine;
  #state: SessionState<Wire> = freshSession();

  /** Shares the deadlines of its agent, under the key `session`. */
  constructor(waits: Waits, decisions: AgentDecisions, deadlines: Deadlines) {
    this.#waits = waits;
    this.#decisions = decisions;
    this.#deadlines = deadlines;
    this.#machine = decisions.machine(waits);
  }

  get isUp(): boolean {
    return this.#state.up;
  }

  /** The highest number that was received in order. */
  get received(): number {
    return this.#state.received;
  }

  /** What the server has not acknowledged. */
  get outbox(): SessionState<Wire>['outbox'] {
    return this.#state.outbox;
  }

  step(input: DeliveryInput, now: Millis): readonly SessionEffect<Wire>[] {
    const { state, effects } = this.#machine.transition(this.#state, input, now);
    this.#state = state;
    return effects;
  }

  /** Sets the next tick, when all that an input led to has been done. */
  arm(): void {
    const at = this.#machine.deadline(this.#state);
    if (at === null) this.#deadlines.clear('session');
    else this.#deadlines.set('session', at);
  }

  /** The server has lost the session: the next one delivers `outbox`. */
  startOver(outbox: SessionState<Wire>['outbox']): void {
    this.#state = this.#decisions.carryOver({ ...this.#state, outbox });
    this.#machine = this.#decisions.machine(this.#waits);
  }

  /** The process of the device died. */
  clear(): void {
    this.#state = freshSession();
    this.#machine = this.#decisions.machine(this.#waits);
    this.id = null;
  }
}
