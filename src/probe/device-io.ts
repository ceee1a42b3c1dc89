/** What goes into the machine of any device and what comes out: plain values, whatever its target speaks. */
import type { MediaEvent, OpEvent } from '../trace/event.js';
import type { IceCandidate, MediaReport, SessionDescription } from './ports.js';

export type Verb = OpEvent['op'];

export type DeviceInput =
  /** An action of the user. `media: false` makes a call without media, as the probe's own check calls are. */
  | { readonly type: 'act'; readonly verb: Verb; readonly callee?: string; readonly media?: boolean }
  | { readonly type: 'opened'; readonly conn: number }
  | { readonly type: 'closed'; readonly conn: number; readonly code: number; readonly reason: string }
  | { readonly type: 'media'; readonly call: string; readonly report: MediaReport }
  | { readonly type: 'tick' };

export type MediaCommand =
  | { readonly do: 'open' | 'offer' | 'close' }
  | { readonly do: 'describe'; readonly description: SessionDescription }
  | { readonly do: 'candidate'; readonly candidate: IceCandidate };

export type DeviceEffect =
  | { readonly type: 'op'; readonly op: Verb; readonly peer: string | null; readonly call: string | null }
  | { readonly type: 'connect'; readonly conn: number }
  /** Ends a connection, with a close frame or by breaking it. */
  | { readonly type: 'disconnect'; readonly conn: number; readonly how: 'close' | 'break' }
  | { readonly type: 'violation'; readonly code: string; readonly message: string; readonly call: string | null }
  | {
      readonly type: 'log';
      readonly level: 'info' | 'warn';
      readonly message: string;
      readonly data: Readonly<Record<string, unknown>>;
    }
  | ({ readonly type: 'media'; readonly call: string } & MediaCommand)
  | { readonly type: 'media-state'; readonly event: MediaEvent };
