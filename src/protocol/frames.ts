/** The frames of `callsync.v1` as types, without the schemas that read them: what an app that speaks the protocol imports. */
import type { Address } from './address.js';
import type { CallRecord, CommandName, Move } from './call.js';
import type { IceCandidate, SessionDescription } from './media.js';
import type { Refusal } from './reasons.js';

/** The WebSocket subprotocol that both sides must name (RFC 6455 section 1.9). */
export const SUBPROTOCOL = 'callsync.v1';

/** Numbered frames carry `seq`; `ack` is cumulative and rides on whatever is sent next. */
interface Numbered {
  readonly seq: number;
  readonly ack?: number | undefined;
}

export interface HelloFrame {
  readonly type: 'hello';
  readonly token: string;
  readonly device: string;
  readonly resume?: { readonly session: string; readonly ack: number } | undefined;
}

export interface CommandFrame extends Numbered {
  readonly type: 'command';
  readonly id: string;
  readonly op: CommandName;
  readonly call: string;
  readonly to?: string | undefined;
}

interface SignalFrame extends Numbered {
  readonly type: 'signal';
  readonly call: string;
  readonly kind: 'description' | 'candidate';
  readonly data: SessionDescription | IceCandidate;
}

interface ReceiptFrame extends Numbered {
  readonly type: 'receipt';
  readonly call: string;
  readonly version: number;
}

interface AckFrame {
  readonly type: 'ack';
  readonly ack: number;
}

interface PingFrame {
  readonly type: 'ping';
  readonly at: number;
  readonly ack?: number | undefined;
}

export interface WelcomeFrame {
  readonly type: 'welcome';
  readonly session: string;
  readonly resumed: boolean;
  readonly ack: number;
  readonly time: number;
  readonly heartbeatMs: number;
  readonly calls: readonly CallRecord[];
}

interface ResultFrame extends Numbered {
  readonly type: 'result';
  readonly id: string;
  readonly ok: boolean;
  readonly refused: Refusal | null;
  readonly record: CallRecord | null;
}

/** What a change of a record came from. */
export interface Cause {
  readonly move: 'invite' | Move;
  readonly by: Address | null;
  readonly command: string | null;
}

interface EventFrame extends Numbered {
  readonly type: 'event';
  readonly record: CallRecord;
  readonly cause: Cause;
}

interface ServerSignalFrame extends SignalFrame {
  readonly from: Address;
}

interface ServerReceiptFrame extends ReceiptFrame {
  readonly device: Address;
}

interface PongFrame {
  readonly type: 'pong';
  readonly at: number;
  readonly time: number;
  readonly ack?: number | undefined;
}

interface ErrorFrame {
  readonly type: 'error';
  readonly code: number;
  readonly message: string;
}

export type ClientFrame = HelloFrame | CommandFrame | SignalFrame | ReceiptFrame | AckFrame | PingFrame;
export type ServerFrame =
  | WelcomeFrame
  | ResultFrame
  | EventFrame
  | ServerSignalFrame
  | ServerReceiptFrame
  | AckFrame
  | PongFrame
  | ErrorFrame;
export type Frame = ClientFrame | ServerFrame;

type Unnumbered<F> = F extends { seq: number } ? Omit<F, 'seq' | 'ack'> : never;
/** What a client, or the server, hands to its session to be numbered and delivered. */
export type ClientPayload = Unnumbered<ClientFrame>;
export type ServerPayload = Unnumbered<ServerFrame>;
/** Whatever one of the two ends hands over. */
export type Wire = ClientPayload | ServerPayload;

/** The id of the call that a frame is about, or null. */
export function callOf(frame: Frame): string | null {
  switch (frame.type) {
    case 'command':
    case 'signal':
    case 'receipt':
      return frame.call;
    case 'event':
      return frame.record.id;
    case 'result':
      return frame.record?.id ?? null;
    default:
      return null;
  }
}
