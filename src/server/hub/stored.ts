/** What a store keeps of the hub: calls, sessions and results, one value under each key. */
import type { Address } from '../../protocol/address.js';
import type { CallRecord } from '../../protocol/call.js';
import type { ServerPayload, Wire } from '../../protocol/frames.js';
import type { SessionState } from '../../protocol/session.js';

export type Result = Extract<ServerPayload, { type: 'result' }>;

/** What a store keeps of a call. */
export interface StoredCall {
  readonly record: CallRecord;
  readonly movedBy: readonly (readonly [number, Address])[];
}

/** What a store keeps of a session: all but its socket, as if it was lost at that moment. */
export interface StoredSession {
  readonly id: string;
  readonly address: Address;
  readonly state: SessionState<Wire>;
}

/** What a store keeps of an answered command, apart from the session: there are many, and they never change. */
export interface StoredResult {
  readonly address: Address;
  /** Grows with every result of a device: the order in which they are forgotten. */
  readonly number: number;
  readonly result: Result;
}

/** What a store keeps under one key; null takes the key out. */
export interface StoredEntry {
  readonly key: string;
  readonly value: StoredValue;
}
export type StoredValue =
  | { readonly kind: 'call'; readonly call: StoredCall }
  | { readonly kind: 'session'; readonly session: StoredSession }
  | { readonly kind: 'result'; readonly result: StoredResult };
