/** Decides when to make a health check, from the events of the run alone. Pure. */

import { presenceOf } from '../../../protocol/actions.js';
import type { LiveEvent } from '../../../trace/bus.js';
import type { ConnEvent, Stamp } from '../../../trace/event.js';

/** From this close code on, the application itself sent it: the target is there. */
const APPLICATION_CODE_MIN = 3_000;
const NORMAL_CLOSE = 1_000;

export class HealthDoubt {
  /** Active faults by their `hit`, with their targets. */
  readonly #active = new Map<number, string>();
  /** Devices that their users took offline. */
  readonly #away = new Set<string>();

  /**
   * Takes the next event; returns whether it calls for a health check: a connection that ended although the probe did not end it, or
   * one that could not be opened although no fault of the link explains it.
   */
  take(event: LiveEvent): boolean {
    switch (event.type) {
      case 'fault':
        if (event.act === 'hit' && (event.absence !== null || event.node === 'server')) this.#active.set(event.n, event.node);
        if (event.act === 'healed' && event.cause !== null) this.#active.delete(event.cause);
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

  /** Whether the scenario itself has paused or ended the server: then its absence is expected. */
  get isExpected(): boolean {
    return [...this.#active.values()].includes('server');
  }

  #connection({ node, state, code, error, by }: Stamp & ConnEvent): boolean {
    if (state === 'opened' || by === 'fault') return false;
    if (state === 'refused') return error !== null;
    const isOrdinary = code === NORMAL_CLOSE || (code ?? 0) >= APPLICATION_CODE_MIN || this.#away.has(node);
    return !isOrdinary && ![...this.#active.values()].includes(node);
  }
}
