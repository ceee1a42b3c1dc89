/** Two session machines that face each other over one seeded link in virtual time: it loses, repeats, reorders and cuts. */
import type { Millis } from '../../src/protocol/machine.js';
import type { Rng } from '../../src/protocol/rng.js';
import { freshSession, renumbered, type SessionInput, type SessionState, sessionMachine } from '../../src/protocol/session.js';

export interface Weather {
  readonly drop: number;
  readonly duplicate: number;
  readonly reorder: number;
}

export interface End {
  state: SessionState<string>;
  readonly delivered: string[];
  duplicates: number;
  overflows: number;
}

interface Flight {
  readonly at: Millis;
  readonly order: number;
  readonly to: number;
  readonly input: SessionInput<string>;
}

const DELAY_MS = 40;
const LATE_MS = 300;
const STEPS_MAX = 50_000;

export class HostileLink {
  now: Millis = 0;
  weather: Weather = { drop: 0, duplicate: 0, reorder: 0 };
  readonly ends: readonly [End, End] = [newEnd(), newEnd()];
  readonly #rng: Rng;
  readonly #machine = sessionMachine<string>();
  #flights: Flight[] = [];
  #order = 0;

  constructor(rng: Rng) {
    this.#rng = rng;
    this.resume();
  }

  send(from: 0 | 1, payload: string): void {
    this.#step(from, { type: 'send', payload });
  }

  /** The connection breaks: what is under way is gone, both ends know. */
  cut(): void {
    this.#flights = [];
    for (const end of [0, 1] as const) this.#step(end, { type: 'down' });
  }

  /** A new connection of the same session: each end says how far it has come. */
  resume(): void {
    const [a, b] = [this.ends[0].state.received, this.ends[1].state.received];
    this.#step(0, { type: 'up', peerReceived: b });
    this.#step(1, { type: 'up', peerReceived: a });
  }

  /** A new connection with a server (end 1) that has forgotten the session; returns what it had not got through. */
  startOver(): string[] {
    this.cut();
    const lost = this.ends[1].state.outbox.map(({ payload }) => payload);
    this.ends[0].state = renumbered(this.ends[0].state);
    this.ends[1].state = freshSession();
    this.resume();
    return lost;
  }

  run(ms: Millis): void {
    const end = this.now + ms;
    for (let steps = 0; ; steps++) {
      if (steps > STEPS_MAX) throw new Error(`no end after ${STEPS_MAX} steps at ${this.now} ms`);
      const flight = this.#flights[0];
      const due = ([0, 1] as const)
        .map((to) => ({ to, at: this.#machine.deadline(this.ends[to].state) ?? Number.POSITIVE_INFINITY }))
        .sort((a, b) => a.at - b.at)[0];
      const at = Math.min(flight?.at ?? Number.POSITIVE_INFINITY, due?.at ?? Number.POSITIVE_INFINITY);
      if (at > end) break;
      this.now = Math.max(this.now, at);
      if (flight !== undefined && flight.at <= at) {
        this.#flights.shift();
        this.#step(flight.to as 0 | 1, flight.input);
      } else if (due !== undefined) this.#step(due.to, { type: 'tick' });
    }
    this.now = end;
  }

  get isDrained(): boolean {
    return this.ends.every(({ state }) => state.outbox.length === 0 && state.early.length === 0);
  }

  #step(who: 0 | 1, input: SessionInput<string>): void {
    const end = this.ends[who];
    const step = this.#machine.transition(end.state, input, this.now);
    end.state = step.state;
    for (const effect of step.effects) {
      if (effect.type === 'deliver') end.delivered.push(effect.payload);
      else if (effect.type === 'duplicate') end.duplicates++;
      else if (effect.type === 'overflow') end.overflows++;
      else if (effect.type === 'transmit-ack') this.#carry(1 - who, { type: 'ack', ack: effect.ack });
      else this.#carry(1 - who, { type: 'receive', seq: effect.seq, ack: effect.ack, payload: effect.payload });
    }
  }

  #carry(to: number, input: SessionInput<string>): void {
    const roll = (probability: number): boolean => this.#rng.next() < probability;
    if (roll(this.weather.drop)) return;
    for (let copies = roll(this.weather.duplicate) ? 2 : 1; copies > 0; copies--) {
      const lateMs = roll(this.weather.reorder) ? this.#rng.below(LATE_MS) : 0;
      this.#flights.push({ at: this.now + DELAY_MS + lateMs, order: this.#order++, to, input });
    }
    this.#flights.sort((a, b) => a.at - b.at || a.order - b.order);
  }
}

function newEnd(): End {
  return { state: freshSession(), delivered: [], duplicates: 0, overflows: 0 };
}
