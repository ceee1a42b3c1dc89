/** What goes into an agent and what comes out: plain values, so that sockets, tests and the simulator drive the same machine. */
import type { Address } from '../../protocol/address.js';
import type { CallRecord } from '../../protocol/call.js';
import type { ClientFrame, Op, ServerFrame } from '../../protocol/frames.js';
import type { Waits } from '../../protocol/limits.js';
import type { Millis } from '../../protocol/machine.js';
import type { Rng } from '../../protocol/rng.js';
import type { MediaEvent, OpEvent } from '../../trace/event.js';
import type { IceCandidate, MediaReport, SessionDescription } from '../ports.js';
import type { AgentDecisions } from './decisions.js';
import type { ReplicaPolicy, Shown } from './replica.js';

export type Verb = OpEvent['op'];

/** Commands that actions of the user stand for; the others are about being there. */
export const OPS: Partial<Record<Verb, Op>> = {
  call: 'invite',
  accept: 'accept',
  reject: 'reject',
  cancel: 'cancel',
  'hang up': 'hangup',
};

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

export type AgentInput =
  /** An action of the user. `media: false` makes a call without media, as the probe's own check calls are. */
  | { readonly type: 'act'; readonly verb: Verb; readonly callee?: string; readonly media?: boolean }
  | { readonly type: 'opened'; readonly conn: number }
  | { readonly type: 'closed'; readonly conn: number; readonly code: number; readonly reason: string }
  | { readonly type: 'frame'; readonly conn: number; readonly frame: ServerFrame }
  | { readonly type: 'bad-frame'; readonly conn: number; readonly message: string }
  | { readonly type: 'media'; readonly call: string; readonly report: MediaReport }
  /** The answer to a `fetch-call`: the record, null where the server says that there is no such call. */
  | { readonly type: 'fetched'; readonly request: number; readonly call: string; readonly answer: CallRecord | null | 'failed' }
  | { readonly type: 'tick' };

export type MediaCommand =
  | { readonly do: 'open' | 'offer' | 'close' }
  | { readonly do: 'describe'; readonly description: SessionDescription }
  | { readonly do: 'candidate'; readonly candidate: IceCandidate };

export type AgentEffect =
  | { readonly type: 'op'; readonly op: Verb; readonly peer: string | null; readonly call: string | null }
  | { readonly type: 'connect'; readonly conn: number }
  /** Ends a connection, with a close frame or by breaking it. */
  | { readonly type: 'disconnect'; readonly conn: number; readonly how: 'close' | 'break' }
  | { readonly type: 'transmit'; readonly conn: number; readonly frame: ClientFrame }
  | { readonly type: 'applied'; readonly record: CallRecord }
  | { readonly type: 'shown'; readonly shown: Shown }
  | { readonly type: 'receipt'; readonly call: string; readonly version: number; readonly device: string }
  /** Nobody on the other side is known to have applied a version that this device made, `afterMs` after it was made. */
  | {
      readonly type: 'not-applied';
      readonly call: string;
      readonly version: number;
      readonly side: 'caller' | 'callee';
      readonly afterMs: Millis;
    }
  /** Asks `GET /v1/calls/:id` for a call; the answer, or that there is none, comes as `fetched` within `fetchMs`. */
  | { readonly type: 'fetch-call'; readonly call: string; readonly request: number }
  | { readonly type: 'violation'; readonly code: string; readonly message: string; readonly call: string | null }
  | {
      readonly type: 'log';
      readonly level: 'info' | 'warn';
      readonly message: string;
      readonly data: Readonly<Record<string, unknown>>;
    }
  | ({ readonly type: 'media'; readonly call: string } & MediaCommand)
  | { readonly type: 'media-state'; readonly event: MediaEvent };
