/** How a hostile agent speaks to its target: the port, and its implementation for `callsync.v1`. */

import { ACTIONS, type CallAction } from '../../protocol/actions.js';
import { decodeClientFrame, decodeServerFrame, encodeFrame } from '../../protocol/codec.js';
import { callOf, SUBPROTOCOL } from '../../protocol/frames.js';
import { kindOf } from '../../protocol/message-kinds.js';
import { drawId, type Rng } from '../../protocol/rng.js';
import type { LiveWire } from '../../trace/bus.js';
import type { Transport, TransportSink } from '../links/transport.js';
import { openTransport } from '../links/ws-transport.js';
import type { Passing } from './device-shell.js';

/** For a connection, in milliseconds. */
export const HOSTILE_CONNECT_MS = 5_000;

/** A message of a hostile agent: its text, and what the trace says of it. */
export interface HostileMessage {
  readonly text: string;
  readonly wire: Passing['wire'];
}

/** An action that a message is forged for: `ring` reports the ringing. */
export type ForgedAction = CallAction | 'ring';

/** A call as a hostile agent knows it. */
export interface OverheardCall {
  /** The id in the trace. */
  readonly id: string;
  readonly caller: string | null;
  /** The messages that announced it to its callee, as they arrived. */
  readonly announcements: readonly string[];
}

export interface Forgery {
  readonly action: ForgedAction;
  /** For `call` a call whose id is used again, or a new one without announcements. */
  readonly call: OverheardCall;
  /** The user that is called. */
  readonly callee: string | null;
}

/** Messages, or why there are none: the target has no such action, or the call is not known yet. */
export type Forged =
  | { readonly messages: readonly HostileMessage[] }
  | { readonly missing: 'action' | 'call'; readonly why: string };

export interface HostileProtocol {
  /** Opens a connection. Rejects with a sentence if what comes before it fails. */
  connect(sink: TransportSink): Promise<Transport>;
  /** The connection is open: what has to be sent at once. */
  opened(): readonly HostileMessage[];
  /** A message arrived: what it is, and what has to be sent in return. */
  arrived(text: string, bytes: number): { readonly wire: Passing['wire']; readonly replies: readonly HostileMessage[] };
  /** A message was sent. */
  sent(text: string): void;
  /** The messages of a log-in on the open connection. */
  logIn(): readonly HostileMessage[];
  /** Since the last log-in: whether the target has answered, and why it was refused. */
  readonly login: { readonly isOver: boolean; readonly failure: string | null };
  /** How long a log-in may take, in milliseconds. */
  readonly loginMs: number;
  /** The next number of its session, where messages are numbered. */
  readonly nextSeq: number;
  /** A text that nobody has written before. */
  raw(text: string): HostileMessage;
  /** A message of another agent as this one sends it: without secrets. Null if that is not possible. */
  again(message: LiveWire): HostileMessage | null;
  /** The same message once more, with the next number where messages are numbered. */
  numbered(message: HostileMessage): HostileMessage;
  /** A message after something in it was broken. */
  broken(message: HostileMessage, text: string, summary: string): HostileMessage;
  /** The id of a new call of this agent. */
  newCall(callee: string): string;
  forge(forgery: Forgery): Forged;
  /** Whether the target has such messages at all; null if unknown. */
  has(dir: 'in' | 'out', kind: string): boolean | null;
  /** Whether the target ends a connection after an error. */
  readonly endsWithError: boolean;
  stop(): void;
}

export interface CallsyncOptions {
  readonly url: string;
  readonly token: string;
  readonly device: string;
  readonly rng: Rng;
}

/** A hostile agent at a target that speaks `callsync.v1`. */
export function callsyncProtocol({ url, token, device, rng }: CallsyncOptions): HostileProtocol {
  let nextSeq = 1;
  let isAnswered = false;
  const raw = (text: string): HostileMessage => ({ text, wire: described('out', text, Buffer.byteLength(text)) });
  return {
    connect: async (sink) => openTransport(url, SUBPROTOCOL, HOSTILE_CONNECT_MS, sink),
    opened() {
      nextSeq = 1;
      return [];
    },
    arrived(text, bytes) {
      isAnswered = true;
      return { wire: described('in', text, bytes), replies: [] };
    },
    sent(text) {
      if (seqOf(text) === nextSeq) nextSeq += 1;
    },
    logIn() {
      isAnswered = false;
      return [raw(encodeFrame({ type: 'hello', token, device }))];
    },
    get login() {
      return { isOver: isAnswered, failure: null };
    },
    loginMs: 2_000,
    get nextSeq() {
      return nextSeq;
    },
    raw,
    again({ text }) {
      const frame = withoutSecrets(text);
      if (typeof frame !== 'object' || frame === null) return null;
      return raw(JSON.stringify('seq' in frame ? { ...frame, seq: nextSeq } : frame));
    },
    numbered({ text }) {
      const frame: unknown = JSON.parse(text);
      return raw(JSON.stringify({ ...Object(frame), seq: nextSeq }));
    },
    broken: (_message, text) => raw(text),
    newCall: () => `x-${drawId(rng, 2)}`,
    forge({ action, call, callee }) {
      const op = action === 'ring' ? 'ring' : ACTIONS[action].command;
      const to = action === 'call' ? { to: callee ?? '' } : {};
      const command = { type: 'command', seq: nextSeq, id: `x-${drawId(rng, 2)}`, op, call: call.id, ...to };
      return { messages: [raw(JSON.stringify(command))] };
    },
    has: () => null,
    endsWithError: true,
    stop: () => undefined,
  };
}

function described(dir: 'in' | 'out', text: string, bytes: number): Passing['wire'] {
  const decoded = dir === 'out' ? decodeClientFrame(text, bytes) : decodeServerFrame(text, bytes);
  // An unreadable message may contain a token: as a text without a name it is redacted completely.
  if (!decoded.ok) return { kind: 'unreadable', call: null, seq: null, frame: text };
  const { frame } = decoded;
  return { kind: kindOf(frame), call: callOf(frame), seq: 'seq' in frame ? frame.seq : null };
}

/** A message of another agent without its token and session; null if it is not JSON. */
function withoutSecrets(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => (key === 'token' || key === 'session' ? 'unknown' : value));
  } catch {
    return null;
  }
}

/** The number that a message gives itself, or null. */
function seqOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'seq' in value ? value.seq : null;
  } catch {
    return null;
  }
}
