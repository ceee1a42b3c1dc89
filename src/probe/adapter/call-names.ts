/** Finds the call of the trace for a message of one device. */
import { type Address, addressOf } from '../../protocol/address.js';
import type { CallBook } from './call-book.js';
import type { ClientCalls } from './calls.js';

/** The fields of a message that identify its call. */
export interface NamedMessage {
  readonly kind: string;
  readonly key: string | null;
  readonly wire: string | null;
  readonly from?: string | null;
}

export class CallNames {
  /** Incoming calls by key of the session, from their first message on. */
  readonly #arrivals = new Map<string, string>();

  constructor(
    readonly address: Address,
    readonly book: CallBook,
    readonly calls: ClientCalls,
  ) {}

  /** The id in the trace; null for a message without a call. The first message of an incoming call names it. */
  of({ kind, key, wire, from }: NamedMessage): string | null {
    const known = key === null ? null : this.calls.find(key);
    if (known !== null) return known.id;
    if (kind === 'event.inviting') return this.#arriving(key ?? '', wire, from ?? null, false);
    if (kind === 'event.inviting.again') return this.#arriving(key ?? '', wire, from ?? null, true);
    if (wire !== null) return this.book.byWire(wire);
    return /^(command|event|signal)\./.test(kind) ? (this.calls.current?.id ?? null) : null;
  }

  /** The app restarts and has lost its state. */
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
