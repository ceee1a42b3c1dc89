/** What a device does while it shows a live call and has no connection: it asks by HTTP, and gives up after a bounded time. */
import { delayBefore, refetchBackoff } from '../protocol/backoff.js';
import type { Deadlines } from '../protocol/deadlines.js';
import type { Waits } from '../protocol/limits.js';
import type { Millis } from '../protocol/machine.js';
import type { Rng } from '../protocol/rng.js';
import type { AgentEffect, AgentInput } from './io.js';

export class Fallback {
  readonly #waits: Waits;
  readonly #rng: Rng;
  readonly #deadlines: Deadlines;
  readonly #emit: (effect: AgentEffect) => void;
  /** The live call that the device shows without a connection, or null. */
  #call: string | null = null;
  /** Numbers requests through all lives of the device, so that no late answer is taken for another. */
  #requests = 0;
  #open: number | null = null;
  #failed = 0;
  #isGivingUp = false;
  /** Since when the device has no connection, or null while it has one. */
  #lostAt: Millis | null = null;

  /** Shares the deadlines of its agent, under the keys `ask` and `give-up`. */
  constructor(waits: Waits, rng: Rng, deadlines: Deadlines, emit: (effect: AgentEffect) => void) {
    this.#waits = waits;
    this.#rng = rng;
    this.#deadlines = deadlines;
    this.#emit = emit;
  }

  /** The connection is gone; it may have been for a while. */
  lost(now: Millis): void {
    this.#lostAt ??= now;
  }

  /** The connection is back; returns for how long there was none. */
  back(now: Millis): Millis {
    const awayMs = this.awayMs(now);
    this.#lostAt = null;
    return awayMs;
  }

  awayMs(now: Millis): Millis {
    return this.#lostAt === null ? 0 : now - this.#lostAt;
  }

  /**
   * Follows what the device shows: `call` is live there without a connection that would report its end; null when there is
   * none or a connection is up. `isBounded` when no other limit ends the wait.
   */
  follow(call: string | null, isBounded: boolean, now: Millis): void {
    if (call === null) {
      if (this.#call !== null) this.#stop();
      return;
    }
    if (call !== this.#call) {
      this.#stop();
      this.#call = call;
      this.#deadlines.set('ask', now + this.#waits.fallbackMs);
    }
    if (isBounded && !this.#isGivingUp) this.#received(now);
  }

  /** Time to ask, or the last request took too long. `isAllowed` is false while the user wants no connection. */
  ask(isAllowed: boolean, now: Millis): void {
    if (this.#call === null) return;
    if (this.#open !== null || !isAllowed) return this.#again(now);
    this.#open = ++this.#requests;
    this.#emit({ type: 'fetch-call', call: this.#call, request: this.#open });
    this.#deadlines.set('ask', now + this.#waits.fetchMs);
  }

  /** An answer arrived; false if it does not belong to the open request. An answer with a call counts as a message of the server. */
  takes({ request, answer }: Extract<AgentInput, { type: 'fetched' }>, now: Millis): boolean {
    if (request !== this.#open) return false;
    if (answer === 'failed') this.#again(now);
    else {
      this.#open = null;
      this.#failed = 0;
      this.#deadlines.set('ask', now + this.#waits.refetchMs);
      if (this.#isGivingUp) this.#received(now);
    }
    return true;
  }

  #again(now: Millis): void {
    this.#open = null;
    const wait = delayBefore(this.#failed++, this.#rng.fork(`refetch-${this.#requests}`), refetchBackoff(this.#waits));
    this.#deadlines.set('ask', now + (wait ?? this.#waits.refetchMsMax));
  }

  #received(now: Millis): void {
    this.#isGivingUp = true;
    this.#deadlines.set('give-up', now + this.#waits.giveUpMs);
  }

  #stop(): void {
    this.#call = null;
    this.#open = null;
    this.#failed = 0;
    this.#isGivingUp = false;
    this.#deadlines.clear('ask');
    this.#deadlines.clear('give-up');
  }
}
