/** The stored parts of the hub: calls, sessions and results, one value per key. */
import type { Address } from '../../protocol/address.js';
import type { CallRecord } from '../../protocol/call.js';
import type { ServerPayload, Wire } from '../../protocol/frames.js';
import type { SessionState } from '../../protocol/session.js';

export type Result = Extract<ServerPayload, { type: 'result' }>;

/** A stored call. */
export interface StoredCall {
  readonly record: CallRecord;
  readonly movedBy: readonly (readonly [number, Address])[];
}

/** A stored session: everything except its socket, as if that was lost at that moment. */
export interface StoredSession {
  readonly id: string;
  readonly address: Address;
  readonly state: SessionState<Wire>;
}

/** A stored result of a command, separate from the session: there are many, and they never change. */
export interface StoredResult {
  readonly address: Address;
  /** Grows with every result of a device: the order in which they are removed. */
  readonly number: number;
  readonly result: Result;
}

/** A stored value under its key; null removes the key. */
export interface StoredEntry {
  readonly key: string;
  readonly value: StoredValue;
}
export type StoredValue =
  | { readonly kind: 'call'; readonly call: StoredCall }
  | { readonly kind: 'session'; readonly session: StoredSession }
  | { readonly kind: 'result'; readonly result: StoredResult };
