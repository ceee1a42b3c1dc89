/** What goes into the machine of any device and what comes out: plain values, whatever its target speaks. */
import type { UserAction } from '../../protocol/actions.js';
import type { ActionEvent, LogEvent, MediaEvent, SessionEvent, UnsentEvent, ViolationEvent } from '../../trace/event.js';
import type { IceCandidate, MediaReport, SessionDescription } from './ports.js';

export type Verb = UserAction;

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

/** What a machine wants done. Events of the trace go into it as they are. */
export type DeviceEffect =
  | ActionEvent
  | ViolationEvent
  | LogEvent
  | SessionEvent
  | Omit<UnsentEvent, 'link'>
  | { readonly type: 'connect'; readonly conn: number }
  /** Ends a connection, with a close frame or by breaking it. */
  | { readonly type: 'disconnect'; readonly conn: number; readonly how: 'close' | 'break' }
  | ({ readonly type: 'media'; readonly call: string } & MediaCommand)
  | { readonly type: 'media-state'; readonly event: MediaEvent };
