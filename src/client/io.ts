/** What goes into an agent and what comes out: plain values, so that sockets, tests and the simulator drive the same machine. */
import type { Address } from '../protocol/address.js';
import type { CallRecord } from '../protocol/call.js';
import type { ClientFrame, ServerFrame } from '../protocol/frames.js';
import type { Waits } from '../protocol/limits.js';
import type { Millis } from '../protocol/machine.js';
import type { Rng } from '../protocol/rng.js';
import type { Unconfirmed } from './confirmations.js';
import type { AgentDecisions } from './decisions.js';
import type { DeviceEffect, DeviceInput } from './ports.js';
import type { ReplicaPolicy, Shown } from './replica.js';

/** Who a device is, and what it is made of. */
export interface AgentOptions {
  readonly address: Address;
  readonly token: string;
  readonly waits: Waits;
  readonly policy: ReplicaPolicy;
  readonly rng: Rng;
  readonly media: boolean;
  /** Left out, nothing is decided wrongly. */
  readonly decisions?: AgentDecisions;
}

/** What goes into an agent beyond what goes into every device. */
export type OwnInput =
  | { readonly type: 'frame'; readonly conn: number; readonly frame: ServerFrame }
  | { readonly type: 'bad-frame'; readonly conn: number; readonly message: string }
  /** The answer to a `fetch-call`: the record, null where the server says that there is no such call. */
  | { readonly type: 'fetched'; readonly request: number; readonly call: string; readonly answer: CallRecord | null | 'failed' };

export type AgentInput = DeviceInput | OwnInput;

export type AgentEffect =
  | DeviceEffect
  | { readonly type: 'transmit'; readonly conn: number; readonly frame: ClientFrame }
  | { readonly type: 'record'; readonly record: CallRecord }
  | { readonly type: 'shown'; readonly shown: Shown }
  /** A device applied a version of a call. */
  | { readonly type: 'applied'; readonly call: string; readonly version: number; readonly device: string }
  /** Within `afterMs` no device of that side was known to have applied a version that this device made. */
  | ({ readonly type: 'not-applied'; readonly afterMs: Millis } & Unconfirmed)
  /** Asks `GET /v1/calls/:id` for a call; the answer, or that there is none, comes as `fetched` within `fetchMs`. */
  | { readonly type: 'fetch-call'; readonly call: string; readonly request: number };
