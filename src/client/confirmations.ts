/** Whether the other side applied what this device did: a receipt confirms it; without one for a bounded time it counts as not applied. */
import { ACTIONS, CALL_ACTIONS } from '../protocol/actions.js';
import { type Address, sameAddress } from '../protocol/address.js';
import type { CallRecord, CommandName } from '../protocol/call.js';
import type { Deadlines } from '../protocol/deadlines.js';
import type { Millis } from '../protocol/machine.js';

/** Moves of users: their sender wants to know that the other side applied them. */
const CONFIRMED: readonly (CommandName | null)[] = CALL_ACTIONS.map((action) => ACTIONS[action].move);

/** A version that this device made and that no device of the other side is known to have applied. */
export interface Unconfirmed {
  readonly call: string;
  readonly version: number;
  readonly side: 'caller' | 'callee';
}

interface Expected extends Unconfirmed {
  /** The other side; without a device any of the user's counts. */
  readonly of: { readonly user: string; readonly device: string | null };
}

const KEY = 'applied:';

export class Confirmations {
  readonly #self: Address;
  readonly #waitMs: Millis;
  readonly #deadlines: Deadlines;
  /** Calls in which this device made a move that may have changed the record. */
  readonly #moved = new Set<string>();
  /** By call, the last version that this device made. */
  readonly #expected = new Map<string, Expected>();

  /** Shares the deadlines of its agent, under keys that begin with `applied:`. */
  constructor(self: Address, waitMs: Millis, deadlines: Deadlines) {
    this.#self = self;
    this.#waitMs = waitMs;
    this.#deadlines = deadlines;
  }

  get size(): number {
    return this.#expected.size;
  }

  /** A command of this device goes out. */
  sent(op: CommandName, call: string): void {
    if (CONFIRMED.includes(op)) this.#moved.add(call);
  }

  /** This device took on a record: where it made that version itself, the other side's receipt is waited for. */
  applied(record: CallRecord, now: Millis): void {
    const { id, version, phase } = record;
    // Whoever made a newer version had applied the one before it, or has ended the call for everybody.
    this.#forget(id);
    if (this.#moved.has(id) && this.#isOwn(record)) {
      const isCaller = record.caller.user === this.#self.user;
      const of = isCaller ? record.callee : record.caller;
      this.#expected.set(id, { call: id, version, side: isCaller ? 'callee' : 'caller', of });
      this.#deadlines.set(`${KEY}${id}`, now + this.#waitMs);
    }
    if (phase === 'ended') this.#moved.delete(id);
  }

  /** A device applied a version; with it, whatever came before. */
  received(call: string, version: number, device: Address): void {
    const expected = this.#expected.get(call);
    if (expected === undefined || version < expected.version || device.user !== expected.of.user) return;
    if (expected.of.device === null || expected.of.device === device.device) this.#forget(call);
  }

  /** The version whose time is up, when the key is that of one: it is not waited for any longer. */
  due(key: string): Unconfirmed | undefined {
    if (!key.startsWith(KEY)) return undefined;
    const expected = this.#expected.get(key.slice(KEY.length));
    if (expected === undefined) return undefined;
    this.#forget(expected.call);
    const { call, version, side } = expected;
    return { call, version, side };
  }

  /** The process of the device died. */
  clear(): void {
    for (const call of [...this.#expected.keys()]) this.#forget(call);
    this.#moved.clear();
  }

  #forget(call: string): void {
    if (this.#expected.delete(call)) this.#deadlines.clear(`${KEY}${call}`);
  }

  #isOwn({ phase, endedBy, callee }: CallRecord): boolean {
    if (phase === 'ended') return endedBy !== null && sameAddress(endedBy, this.#self);
    return phase === 'connected' && callee.user === this.#self.user && callee.device === this.#self.device;
  }
}
