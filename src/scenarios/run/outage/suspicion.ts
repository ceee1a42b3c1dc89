/** When to ask whether the target is still there: decided from the events of the trace alone. Pure. */

import { presenceOf } from '../../../protocol/actions.js';
import type { LiveEvent } from '../../../trace/bus.js';
import type { ConnEvent, Stamp } from '../../../trace/event.js';

/** From here on a close code is the application's own word: somebody is there to say it. */
const APPLICATION_CODE_MIN = 3_000;
const NORMAL_CLOSE = 1_000;

export class Suspicion {
  /** Faults at work by their `hit`, with what they act on. */
  readonly #atWork = new Map<number, string>();
  /** Devices whose users took them off the net. */
  readonly #away = new Set<string>();

  /**
   * Takes the next event; says whether it makes one doubt that the target is there: a connection that ended although
   * nobody here ended it, or one that could not be had although no fault of the link was in the way.
   */
  look(event: LiveEvent): boolean {
    switch (event.type) {
      case 'fault':
        if (event.act === 'hit' && (event.absence !== null || event.node === 'server')) this.#atWork.set(event.n, event.node);
        if (event.act === 'healed' && event.cause !== null) this.#atWork.delete(event.cause);
        return false;
      case 'action':
        if (presenceOf(event.action) === 'off') this.#away.add(event.node);
        if (presenceOf(event.action) === 'on') this.#away.delete(event.node);
        return false;
      case 'conn':
        return this.#connection(event);
      default:
        return false;
    }
  }

  /** Whether the scenario itself has stopped the server or let it end: then its absence is no news. */
  get isExpected(): boolean {
    return [...this.#atWork.values()].includes('server');
  }

  #connection({ node, state, code, error, by }: Stamp & ConnEvent): boolean {
    if (state === 'opened' || by === 'fault') return false;
    if (state === 'refused') return error !== null;
    const isOrdinary = code === NORMAL_CLOSE || (code ?? 0) >= APPLICATION_CODE_MIN || this.#away.has(node);
    return !isOrdinary && ![...this.#atWork.values()].includes(node);
  }
}
