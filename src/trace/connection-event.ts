/** What happens to the connections of devices: they open and end, messages cannot leave, and the other end proves what it has read. */
import type { Millis } from '../protocol/machine.js';
import type { MessageKind } from '../protocol/message-kinds.js';

/** Why a message could not be written. */
export const UNSENT_REASONS = ['no-connection', 'awaits-confirmation'] as const;

/** A message that the app wanted to write and could not. */
export interface UnsentEvent {
  readonly type: 'unsent';
  readonly link: string;
  /** Connection number of this device; 0 where there is none. */
  readonly conn: number;
  readonly kind: MessageKind;
  readonly call: string | null;
  readonly why: (typeof UNSENT_REASONS)[number];
}

export const RECEIPT_MEANS = ['pong', 'answered-post'] as const;

/**
 * Proof that the other end of a connection has read something: it answered what was sent after it, and a connection delivers in
 * order. A pong (RFC 6455 section 5.5.3) also proves that all that the other end had written before it came first. The other end
 * of a connection may be a proxy in front of the server.
 */
export interface ReceiptEvent {
  readonly type: 'receipt';
  readonly link: string;
  readonly conn: number;
  readonly by: (typeof RECEIPT_MEANS)[number];
  /** Numbers of the messages that were written before the question and had no receipt yet. */
  readonly covers: readonly number[];
  /** When the question left, in milliseconds since the run began. */
  readonly askedAt: Millis;
}

export const CONN_STATES = ['opened', 'refused', 'closed'] as const;

/** A connection of a link opened, could not be had, or ended. */
export interface ConnEvent {
  readonly type: 'conn';
  readonly link: string;
  readonly conn: number;
  readonly state: (typeof CONN_STATES)[number];
  /** Close code of the WebSocket (RFC 6455 section 7.4); null for `opened`, 1006 where no close frame was read. */
  readonly code: number | null;
  readonly reason: string;
  /** What the socket reported, such as `ECONNREFUSED`; null without an error. */
  readonly error: string | null;
  /** Who ended it: this node, the other end, or the probe's own fault of the link; null where nobody knows. */
  readonly by: 'self' | 'peer' | 'fault' | null;
}
