/** The full recorder: keeps every event of a run, within a limit, until a trace is made of them. */
import { assemble } from './assemble.js';
import type { LiveEvent } from './bus.js';
import type { TraceEvent } from './event.js';

/** Events kept by default. */
const EVENTS_MAX = 200_000;
/** The share of the limit from which on samples are given up: timers and media figures are the most and say the least. */
const SAMPLES_SHARE = 0.9;

export class Recorder {
  readonly #events: LiveEvent[] = [];
  #dropped = 0;

  /** `eventsMax`: events kept; the run's begin and end always are. */
  constructor(readonly eventsMax = EVENTS_MAX) {}

  /** To be subscribed to a bus. */
  readonly take = (event: LiveEvent): void => {
    const isSample = event.type === 'timer' || (event.type === 'media' && event.stats !== null);
    const limit = this.eventsMax * (isSample ? SAMPLES_SHARE : 1);
    if (this.#events.length < limit || event.type === 'run') this.#events.push(event);
    else this.#dropped++;
  };

  get size(): number {
    return this.#events.length;
  }

  /** The trace so far. */
  finish(): TraceEvent[] {
    return assemble([...this.#events, ...this.#loss()]);
  }

  /** A note on events that were not kept: it comes after all others but the end of the run. */
  #loss(): LiveEvent[] {
    if (this.#dropped === 0) return [];
    const last = this.#events.reduce((latest, event) => (event.at > latest.at ? event : latest));
    const message = `${this.#dropped} events over the limit of ${this.eventsMax} were not kept`;
    const stamp = { n: Number.MAX_SAFE_INTEGER, at: last.at, wall: last.wall, node: 'probe', cause: null };
    return [{ ...stamp, type: 'log', level: 'warn', message, data: { dropped: this.#dropped } }];
  }
}
