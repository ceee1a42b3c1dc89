/** Which call of the trace a message of one device is about. */
import { type Address, addressOf } from '../../protocol/address.js';
import type { CallBook } from './call-book.js';
import type { ClientCalls } from './calls.js';

/** What of a message says which call it is about. */
export interface NamedMessage {
  readonly kind: string;
  readonly key: string | null;
  readonly wire: string | null;
  readonly from?: string | null;
}

export class CallNames {
  /** Calls that came in, by key of the session, as soon as their first message was seen. */
  readonly #arrivals = new Map<string, string>();

  constructor(
    readonly address: Address,
    readonly book: CallBook,
    readonly calls: ClientCalls,
  ) {}

  /** The id in the trace; null where a message is about no call. The first word of a call that comes in gives it its name. */
  of({ kind, key, wire, from }: NamedMessage): string | null {
    const known = key === null ? null : this.calls.find(key);
    if (known !== null) return known.id;
    if (kind === 'event.inviting') return this.#arriving(key ?? '', wire, from ?? null, false);
    if (kind === 'event.inviting.again') return this.#arriving(key ?? '', wire, from ?? null, true);
    if (wire !== null) return this.book.byWire(wire);
    return /^(command|event|signal)\./.test(kind) ? (this.calls.current?.id ?? null) : null;
  }

  /** The app starts anew and knows of nothing. */
  clear(): void {
    this.#arrivals.clear();
    this.book.forget(addressOf(this.address));
  }

  #arriving(key: string, wire: string | null, from: string | null, isAgain: boolean): string {
    const { user } = this.address;
    const caller = from === null ? null : this.book.userAt(from);
    const id = this.#arrivals.get(key) ?? this.book.arriving(addressOf(this.address), user, wire, caller, isAgain);
    this.#arrivals.set(key, id);
    return id;
  }
}
