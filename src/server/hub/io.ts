/** What goes into the hub and what comes out: plain values, so that sockets and the simulator drive the same machine. */

import type { Address } from '../../protocol/address.js';
import type { CallRecord, CommandName } from '../../protocol/call.js';
import type { Cause, ClientFrame, HelloFrame, ServerFrame } from '../../protocol/frames.js';
import type { Millis } from '../../protocol/machine.js';
import type { CloseName, Refusal } from '../../protocol/reasons.js';
import type { StoredValue } from './stored.js';

export type HubInput =
  /** A socket was accepted; `conn` is the shell's name for it. */
  | { readonly type: 'open'; readonly conn: string }
  /** A hello whose token the shell has verified; the token is valid until `expiresAt` (server time), or without a limit. */
  | {
      readonly type: 'hello';
      readonly conn: string;
      readonly user: string;
      readonly hello: HelloFrame;
      readonly expiresAt?: Millis;
    }
  | { readonly type: 'frame'; readonly conn: string; readonly frame: Exclude<ClientFrame, HelloFrame> }
  /** The shell rejected what arrived: not a frame, or an invalid token. */
  | { readonly type: 'reject'; readonly conn: string; readonly close: CloseName; readonly message: string }
  | { readonly type: 'closed'; readonly conn: string }
  | { readonly type: 'tick' };

/** A change of a record and its cause. `seq` is the number of the frame with the command, or null. */
export interface Change {
  readonly record: CallRecord;
  readonly cause: Cause;
  readonly seq: number | null;
}

export type SessionChange = 'opened' | 'resumed' | 'lost' | 'expired' | 'replaced';

export type HubEffect =
  /** To be stored before any other effect of the same input is performed. Later entries of a key replace earlier ones. */
  | { readonly type: 'persist'; readonly entries: readonly { readonly key: string; readonly value: StoredValue | null }[] }
  | { readonly type: 'transmit'; readonly conn: string; readonly device: Address | null; readonly frame: ServerFrame }
  | { readonly type: 'close'; readonly conn: string; readonly close: CloseName; readonly message: string }
  | ({ readonly type: 'changed' } & Change)
  | {
      readonly type: 'refused';
      readonly device: Address;
      readonly call: string;
      readonly command: string;
      readonly op: string;
      readonly seq: number;
      readonly why: Refusal;
    }
  /** A command was answered for the first time; `refused` is null if it succeeded. */
  | { readonly type: 'answered'; readonly device: Address; readonly op: CommandName; readonly refused: Refusal | null }
  | { readonly type: 'session'; readonly change: SessionChange; readonly device: Address; readonly session: string }
  | { readonly type: 'applied'; readonly call: string; readonly version: number; readonly device: Address }
  | { readonly type: 'stray'; readonly device: Address | null; readonly call: string | null; readonly message: string };
