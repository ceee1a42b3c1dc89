/** Hands typed events from the shells to whoever subscribed, each with a number and an instant. Keeps nothing. */
import type { Millis } from '../protocol/machine.js';
import type { CarriedDigest, Stamp, TraceBody, WireEvent } from './event.js';

/** A message as a shell publishes it: whole. Digests and redaction are made only for a trace that somebody asks for. */
export interface LiveWire extends Omit<WireEvent, 'digest' | 'frame' | 'carries'> {
  /** The message as it is on the wire. */
  readonly text: string;
  /** Its content, where the text alone does not say it. */
  readonly frame?: unknown;
  readonly carries?: readonly Carried[];
}

/** A description or candidate that a message relays, by its text. */
export interface Carried {
  readonly what: CarriedDigest['what'];
  readonly text: string;
}

export type LiveBody = Exclude<TraceBody, WireEvent> | LiveWire;

/** An event as it happens: its number is provisional, since other nodes may report what happened before. */
export type LiveEvent = Stamp & LiveBody;
export type Subscriber = (event: LiveEvent) => void;

export interface BusOptions {
  /** The clock's reading at which the run began; `at` counts from here. */
  readonly startedAt: Millis;
  /** Wall clock at the same instant, milliseconds since the epoch. */
  readonly wall: number;
}

export class Bus {
  readonly #options: BusOptions;
  #subscribers: Subscriber[] = [];
  #count = 0;

  constructor(options: BusOptions) {
    this.#options = options;
  }

  /** Publishes one event that happened at `now` on the run's clock; returns its provisional number, for `cause`. */
  publish(node: string, now: Millis, cause: number | null, body: LiveBody): number {
    const n = ++this.#count;
    // As fine as a file has it: whoever reads the trace again sees the same instants.
    const at = this.atOf(now);
    // Twenty times as fast as a second spread, and most of what a run costs beside its sockets.
    const event = Object.assign({ n, at, wall: this.#options.wall + at, node, cause }, body);
    for (const subscriber of this.#subscribers) subscriber(event);
    return n;
  }

  /** The `at` of an event at `now` on the run's clock. */
  atOf(now: Millis): Millis {
    return Math.max(0, Math.round((now - this.#options.startedAt) * 1_000) / 1_000);
  }

  /** Calls `subscriber` for every event from now on, in the order of subscription; returns how to stop that. */
  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers = [...this.#subscribers, subscriber];
    return () => {
      this.#subscribers = this.#subscribers.filter((one) => one !== subscriber);
    };
  }
}
