/** Collects the events of one repetition from all nodes and puts them into one order with one numbering. Bounded. */
import type { Millis } from '../protocol/machine.js';
import type { Stamp, TraceBody, TraceEvent, WireEvent } from './event.js';

export interface RecorderOptions {
  /** The clock's reading at which the run began; `at` counts from here. */
  readonly startedAt: Millis;
  /** Wall clock at the same instant, milliseconds since the epoch. */
  readonly wall: number;
  /** Events kept; samples (timers, media figures) are given up first, at nine tenths of it, the run's begin and end never. */
  readonly eventsMax?: number;
}

/** An event as it was recorded: its number is provisional until `finish`. */
export type Listener = (event: TraceEvent) => void;

export class Recorder {
  readonly #options: Required<RecorderOptions>;
  readonly #events: TraceEvent[] = [];
  readonly #listeners = new Set<Listener>();
  #dropped = 0;

  constructor(options: RecorderOptions) {
    this.#options = { eventsMax: 200_000, ...options };
  }

  /** Records one event that happened at `now` on the run's clock; returns its provisional number, for `cause`. */
  record(node: string, now: Millis, cause: number | null, body: TraceBody): number {
    const at = Math.max(0, now - this.#options.startedAt);
    const stamp: Stamp = { n: this.#events.length + 1, at, wall: this.#options.wall + at, node, cause };
    const isSample = body.type === 'timer' || (body.type === 'media' && body.stats !== null);
    const limit = this.#options.eventsMax * (isSample ? 0.9 : 1);
    if (this.#events.length >= limit && body.type !== 'run') {
      this.#dropped++;
      return cause ?? 0;
    }
    const event = { ...stamp, ...body } as TraceEvent;
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
    return event.n;
  }

  /** Calls `listener` for every event from now on; returns how to stop that. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get size(): number {
    return this.#events.length;
  }

  /**
   * All events in order of time, numbered from 1, causes and targets of faults renumbered to match. The reading of a frame without a cause
   * of its own gets the writing of the same frame at the other end of the link, so that causes run through the wire.
   */
  finish(): TraceEvent[] {
    const events = [...this.#events, ...this.#loss()]
      .map((event, index) => ({ event, index }))
      .sort((a, b) => rank(a.event) - rank(b.event) || a.event.at - b.event.at || a.index - b.index);
    const numbers = new Map(events.map(({ event }, index) => [event.n, index + 1]));
    const written = new Map<string, number[]>();
    return events.map(({ event }, index): TraceEvent => {
      let cause = event.cause === null ? null : (numbers.get(event.cause) ?? null);
      if (event.type === 'wire') {
        const key = `${event.link} ${event.digest} ${towards(event, event.node)}`;
        if (event.dir === 'out') written.set(key, [...(written.get(key) ?? []), index + 1]);
        else cause = cause ?? written.get(key)?.shift() ?? null;
      }
      if (event.type !== 'fault' || event.target === null) return { ...event, n: index + 1, cause };
      return { ...event, n: index + 1, cause, target: numbers.get(event.target) ?? null };
    });
  }

  /** What is said of events that were not kept: it comes after all others but the end of the run. */
  #loss(): TraceEvent[] {
    if (this.#dropped === 0) return [];
    const at = this.#events.reduce((latest, event) => Math.max(latest, event.at), 0);
    const message = `${this.#dropped} events over the limit of ${this.#options.eventsMax} were not kept`;
    const stamp: Stamp = { n: this.#events.length + 1, at, wall: this.#options.wall + at, node: 'probe', cause: null };
    return [{ ...stamp, type: 'log', level: 'warn', message, data: { dropped: this.#dropped } }];
  }
}

/** The beginning of the run stays first and its end last, whatever late news from other processes are stamped with. */
function rank(event: TraceEvent): number {
  if (event.type !== 'run') return 1;
  return event.phase === 'begin' ? 0 : 2;
}

/** Which way a frame goes on its link, seen from either end. */
function towards(event: WireEvent, node: string): 'up' | 'down' {
  return (node === 'server') === (event.dir === 'out') ? 'down' : 'up';
}
