/** What goes into the machine of a device and what comes out: plain values, the same whatever its server speaks. The shell carries them out. */
import type { UserAction } from '../protocol/actions.js';
import type { Millis } from '../protocol/machine.js';
import type { IceCandidate, MediaStage, MediaState, MediaStats, SessionDescription } from '../protocol/media.js';
import type { MessageKind } from '../protocol/message-kinds.js';

/** What the media of one device report, with the instant on the probe's clock at which it happened. */
export type MediaReport =
  | { readonly kind: 'description'; readonly at: Millis; readonly description: SessionDescription }
  | { readonly kind: 'candidate'; readonly at: Millis; readonly candidate: IceCandidate }
  /** ICE or DTLS came up, or RTP began to arrive (at least 5 packets: `flowing`). */
  | { readonly kind: 'progress'; readonly at: Millis; readonly stage: MediaStage; readonly setupStalled: boolean }
  /** No packet for 1 s although it was flowing, or packets again after that. */
  | { readonly kind: 'stalled' | 'resumed'; readonly at: Millis; readonly stats: MediaStats }
  | { readonly kind: 'stats'; readonly at: Millis; readonly stats: MediaStats }
  | { readonly kind: 'failed'; readonly at: Millis; readonly stage: MediaStage; readonly message: string }
  | { readonly kind: 'closed'; readonly at: Millis; readonly stats: MediaStats };

export type DeviceInput =
  /**
   * An action of the user. `media: false` makes a call without media, as the probe's own check calls are. A forced action is sent
   * although the app would refuse it, and changes nothing that the app shows.
   */
  | {
      readonly type: 'act';
      readonly verb: UserAction;
      readonly callee?: string;
      readonly media?: boolean;
      readonly isForced?: boolean;
    }
  | { readonly type: 'opened'; readonly conn: number }
  | { readonly type: 'closed'; readonly conn: number; readonly code: number; readonly reason: string }
  | { readonly type: 'media'; readonly call: string; readonly report: MediaReport }
  | { readonly type: 'tick' };

export type MediaCommand =
  | { readonly do: 'open' | 'offer' | 'close' }
  | { readonly do: 'describe'; readonly description: SessionDescription }
  | { readonly do: 'candidate'; readonly candidate: IceCandidate };

/** The state of a call's media at this device, or a sample of it (`state` unchanged, `stats` present). */
export interface MediaChange {
  readonly type: 'media';
  readonly call: string;
  readonly state: MediaState;
  /** The stage reached or failed; null when idle. */
  readonly stage: MediaStage | null;
  readonly setupStalled: boolean;
  readonly stats: MediaStats | null;
  readonly message: string | null;
}

/** What a machine wants done, and what it reports: the user's actions, and what its protocol forbids. */
export type DeviceEffect =
  | {
      readonly type: 'action';
      readonly action: UserAction;
      readonly peer: string | null;
      readonly call: string | null;
      readonly group?: readonly string[];
      /** Why the app did not carry it out, in a sentence; absent where it did. */
      readonly refused?: string;
    }
  /** The server refused the log-in, or ended the connection with an error frame. */
  | { readonly type: 'session'; readonly device: string; readonly state: 'refused'; readonly text: string }
  | { readonly type: 'violation'; readonly code: string; readonly message: string; readonly call: string | null }
  | {
      readonly type: 'log';
      readonly level: 'info' | 'warn';
      readonly message: string;
      readonly data: Readonly<Record<string, unknown>>;
    }
  /** A message that the app wanted to write and could not. */
  | {
      readonly type: 'unsent';
      readonly conn: number;
      readonly kind: MessageKind;
      readonly call: string | null;
      readonly why: 'no-connection' | 'awaits-confirmation';
    }
  | { readonly type: 'connect'; readonly conn: number }
  /** Ends a connection, with a close frame or by breaking it. */
  | { readonly type: 'disconnect'; readonly conn: number; readonly how: 'close' | 'break' }
  | ({ readonly type: 'media'; readonly call: string } & MediaCommand)
  | { readonly type: 'media-state'; readonly event: MediaChange };
