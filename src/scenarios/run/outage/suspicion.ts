/** When to ask whether the target is still there: decided from the events of the trace alone. Pure. */

import { LINK_CUT } from '../../../judge/history/outage.js';
import type { EventOf, TraceEvent } from '../../../trace/event.js';

/** From here on a close code is the application's own word: somebody is there to say it. */
const APPLICATION_CODE_MIN = 3_000;
const NORMAL_CLOSE = 1_000;

export class Suspicion {
  readonly #opened = new Set<string>();
  /** Faults at work by their `hit`, with what they act on. */
  readonly #atWork = new Map<number, string>();
  /** Devices whose users took them off the net. */
  readonly #away = new Set<string>();

  /**
   * Takes the next event; says whether it makes one doubt that the target is there: a connection that ended although
   * nobody here ended it, or one that could not be had although no fault of the link was in the way.
   */
  look(event: TraceEvent): boolean {
    switch (event.type) {
      case 'fault':
        if (event.act === 'hit' && (event.absence !== null || event.node === 'server')) this.#atWork.set(event.n, event.node);
        if (event.act === 'healed' && event.cause !== null) this.#atWork.delete(event.cause);
        return false;
      case 'action':
        if (event.action === 'go offline' || event.action === 'crash') this.#away.add(event.node);
        if (event.action === 'come back' || event.action === 'open') this.#away.delete(event.node);
        return false;
      case 'log':
        return event.node !== 'server' && event.node !== 'probe' && this.#connection(event);
      default:
        return false;
    }
  }

  /** Whether the scenario itself has stopped the server or let it end: then its absence is no news. */
  get isExpected(): boolean {
    return [...this.#atWork.values()].includes('server');
  }

  #connection({ node, message, data }: EventOf<'log'>): boolean {
    const connection = `${node} ${String(data['conn'])}`;
    if (message === 'connection opened') this.#opened.add(connection);
    if (message !== 'connection closed') return false;
    const code = Number(data['code']);
    if (!this.#opened.delete(connection)) return data['error'] !== null && data['error'] !== LINK_CUT;
    if (code === NORMAL_CLOSE || code >= APPLICATION_CODE_MIN || this.#away.has(node)) return false;
    return ![...this.#atWork.values()].includes(node);
  }
}
