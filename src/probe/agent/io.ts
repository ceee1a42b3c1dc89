/** What goes into an agent and what comes out: plain values, so that sockets, tests and the simulator drive the same machine. */
import type { CallRecord } from '../../protocol/call.js';
import type { ClientFrame, Op, ServerFrame } from '../../protocol/frames.js';
import type { MediaEvent, OpEvent } from '../../trace/event.js';
import type { IceCandidate, MediaReport, SessionDescription } from '../ports.js';
import type { Shown } from './replica.js';

export type Verb = OpEvent['op'];

/** Commands that actions of the user stand for; the others are about being there. */
export const OPS: Partial<Record<Verb, Op>> = {
  call: 'invite',
  accept: 'accept',
  reject: 'reject',
  cancel: 'cancel',
  'hang up': 'hangup',
};

export type AgentInput =
  /** An action of the user. `media: false` makes a call without media, as the probe's own check calls are. */
  | { readonly type: 'act'; readonly verb: Verb; readonly callee?: string; readonly media?: boolean }
  | { readonly type: 'opened'; readonly conn: number }
  | { readonly type: 'closed'; readonly conn: number; readonly code: number; readonly reason: string }
  | { readonly type: 'frame'; readonly conn: number; readonly frame: ServerFrame }
  | { readonly type: 'bad-frame'; readonly conn: number; readonly message: string }
  | { readonly type: 'media'; readonly call: string; readonly report: MediaReport }
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
  | { readonly type: 'violation'; readonly code: string; readonly message: string; readonly call: string | null }
  | {
      readonly type: 'log';
      readonly level: 'info' | 'warn';
      readonly message: string;
      readonly data: Readonly<Record<string, unknown>>;
    }
  | ({ readonly type: 'media'; readonly call: string } & MediaCommand)
  | { readonly type: 'media-state'; readonly event: MediaEvent };
