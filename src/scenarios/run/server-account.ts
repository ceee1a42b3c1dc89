/** Publishes the server's own events of a repetition on the bus, with new numbers. */
import type { ServerTraceEvent } from '../../server/listen.js';
import type { Bus } from '../../trace/bus.js';

export class ServerAccount {
  readonly #numbers = new Map<number, number>();

  /** `node` is the server's name in the trace. */
  constructor(
    readonly bus: Bus,
    readonly node: string,
  ) {}

  /** A server numbers its events by itself; their causes are translated into the numbers of the bus. */
  take(events: readonly ServerTraceEvent[]): void {
    for (const { local, cause, at, body } of events) {
      const because = cause === null ? null : (this.#numbers.get(cause) ?? null);
      this.#numbers.set(local, this.bus.publish(this.node, at, because, body));
    }
  }
}
