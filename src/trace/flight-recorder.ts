/** The flight recorder: keeps the last raw events of one call, and turns into an ordinary trace only if somebody asks. */
import { assemble } from './assemble.js';
import type { LiveEvent } from './bus.js';
import type { RunBegin, TraceEvent } from './event.js';

export interface FlightOptions {
  /** The devices of the call: what they do outside of any call belongs to it as well. */
  readonly devices: readonly string[];
  /** Events kept at most; the oldest are overwritten. */
  readonly eventsMax?: number;
}

export class FlightRecorder {
  readonly #devices: ReadonlySet<string>;
  readonly #ring: LiveEvent[] = [];
  readonly #eventsMax: number;
  #taken = 0;

  constructor({ devices, eventsMax = 512 }: FlightOptions) {
    this.#devices = new Set(devices);
    this.#eventsMax = eventsMax;
  }

  /** To be subscribed to a bus. Keeps a reference: nothing is copied, encoded or redacted. */
  readonly take = (event: LiveEvent): void => {
    if (!this.#concerns(event)) return;
    this.#ring[this.#taken++ % this.#eventsMax] = event;
  };

  get size(): number {
    return this.#ring.length;
  }

  /** Events that were overwritten. */
  get lost(): number {
    return this.#taken - this.#ring.length;
  }

  /** The kept events as a trace that begins as `begin` says. */
  toTrace(begin: RunBegin): TraceEvent[] {
    const oldest = this.#taken % this.#eventsMax;
    const kept = this.#taken > this.#ring.length ? [...this.#ring.slice(oldest), ...this.#ring.slice(0, oldest)] : this.#ring;
    const events = kept.filter((event) => event.type !== 'run' || event.phase === 'end');
    const [first] = events;
    const at = first?.at ?? 0;
    const wall = first?.wall ?? 0;
    return assemble([{ n: 0, at, wall, node: 'probe', cause: null, ...begin }, ...events, ...this.#note(at, wall)]);
  }

  #note(at: number, wall: number): LiveEvent[] {
    if (this.lost === 0) return [];
    const message = `${this.lost} events before this one were overwritten`;
    return [{ n: 0, at, wall, node: 'probe', cause: null, type: 'log', level: 'warn', message, data: { dropped: this.lost } }];
  }

  /** What the devices do, what a server does on their links, and what the run says of itself. */
  #concerns(event: LiveEvent): boolean {
    if (this.#devices.has(event.node)) return true;
    switch (event.type) {
      case 'wire':
        return this.#devices.has(event.link.slice(0, event.link.lastIndexOf('.')));
      case 'record':
        return this.#isOurs(event.record.caller) || this.#isOurs(event.record.callee);
      case 'applied':
      case 'session':
      case 'refused':
        return this.#devices.has(event.device);
      case 'run':
      case 'mark':
      case 'lag':
      case 'health':
      case 'fault':
        return true;
      default:
        return false;
    }
  }

  #isOurs({ user, device }: { readonly user: string; readonly device: string | null }): boolean {
    return device !== null && this.#devices.has(`${user}/${device}`);
  }
}
