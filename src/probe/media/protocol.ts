/** The messages between the probe and a media process: two closed unions, checked for shape where they arrive. */

import type { MediaReport } from '../../client/ports.js';
import { type Impairment, type ImpairmentCounters, impairmentProblem } from '../../faults/media/impairment.js';
import { type CounterName, DIRECTIONS } from '../../faults/media/media-fault.js';
import { LIMITS } from '../../protocol/limits.js';
import type { Millis } from '../../protocol/machine.js';
import type { IceCandidate, SessionDescription } from '../../protocol/media.js';

/** Settings of a media process; sent once, before anything else. */
export interface MediaSettings {
  /** Address of the peers and of the relay. */
  readonly bindAddress: string;
  /** One-way delay of the relay. */
  readonly relayDelayMs: Millis;
  /** Limit from the exchanged descriptions to RTP. */
  readonly setupMs: Millis;
  /** Limit from the offer to its answer. Longer than a phone rings. */
  readonly answerMs: Millis;
}

/** From the probe to the media process. The probe chooses the number `session`. */
export type Command =
  | { readonly type: 'start'; readonly settings: MediaSettings }
  | { readonly type: 'open'; readonly session: number; readonly device: string; readonly call: string }
  | { readonly type: 'offer'; readonly session: number }
  | { readonly type: 'description'; readonly session: number; readonly description: SessionDescription }
  | { readonly type: 'candidate'; readonly session: number; readonly candidate: IceCandidate }
  | { readonly type: 'close'; readonly session: number }
  /** Both are answered by `counters` with the same number, of the previous or the current impairment. */
  | { readonly type: 'impair'; readonly number: number; readonly device: string; readonly impairment: Impairment | null }
  | { readonly type: 'count'; readonly number: number; readonly device: string }
  | { readonly type: 'ping'; readonly number: number }
  | { readonly type: 'stop' };

/** From the media process to the probe. `fault` or `stopped` is the last message before it ends itself. */
export type Answer =
  | { readonly type: 'ready' }
  | { readonly type: 'report'; readonly session: number; readonly report: MediaReport }
  | { readonly type: 'counters'; readonly number: number; readonly counters: ImpairmentCounters }
  | { readonly type: 'pong'; readonly number: number }
  | { readonly type: 'stopped' }
  | { readonly type: 'fault'; readonly message: string };

type Check = (value: unknown) => boolean;
type Shape = { readonly [field: string]: Check };

const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isText =
  (charsMax: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= charsMax;
const isOneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const isShape =
  (shape: Shape): Check =>
  (value) =>
    hasShape(value, shape);

const MESSAGE_CHARS_MAX = 4_096;
const NAME_CHARS_MAX = 2 * LIMITS.nameCharsMax + 1;
const description = isShape({ type: isOneOf('offer', 'answer'), sdp: isText(LIMITS.sdpCharsMax) });
const candidate = isShape({ candidate: isText(LIMITS.candidateCharsMax), sdpMid: isText(LIMITS.nameCharsMax) });
const isNumberOrNull: Check = (value) => value === null || isNumber(value);
const stats = isShape({
  packetsSent: isNumber,
  packetsReceived: isNumber,
  packetsLost: isNumber,
  duplicates: isNumber,
  reordered: isNumber,
  jitterMs: isNumber,
  delayMsP50: isNumberOrNull,
  delayMsMax: isNumberOrNull,
});
const stage = isOneOf('ice', 'dtls', 'rtp');
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const COUNTERS: { readonly [N in CounterName]: Check } = {
  passed: isNumber,
  dropped: isNumber,
  overflowed: isNumber,
  delayed: isNumber,
  duplicated: isNumber,
  reordered: isNumber,
  corrupted: isNumber,
  rebound: isNumber,
};
const faultCounters = isShape({
  id: isText(MESSAGE_CHARS_MAX),
  fault: isText(MESSAGE_CHARS_MAX),
  direction: isOneOf(...DIRECTIONS),
  counters: isShape(COUNTERS),
});

const COMMANDS: { readonly [T in Command['type']]: Shape } = {
  start: { settings: isShape({ bindAddress: isText(64), relayDelayMs: isNumber, setupMs: isNumber, answerMs: isNumber }) },
  open: { session: isNumber, device: isText(NAME_CHARS_MAX), call: isText(LIMITS.idCharsMax) },
  offer: { session: isNumber },
  description: { session: isNumber, description },
  candidate: { session: isNumber, candidate },
  close: { session: isNumber },
  impair: {
    number: isNumber,
    device: isText(NAME_CHARS_MAX),
    impairment: (value) => value === null || impairmentProblem(value) === null,
  },
  count: { number: isNumber, device: isText(NAME_CHARS_MAX) },
  ping: { number: isNumber },
  stop: {},
};

const REPORTS: { readonly [K in MediaReport['kind']]: Shape } = {
  description: { at: isNumber, description },
  candidate: { at: isNumber, candidate },
  progress: { at: isNumber, stage, setupStalled: isOneOf(true, false) },
  stalled: { at: isNumber, stats },
  resumed: { at: isNumber, stats },
  stats: { at: isNumber, stats },
  failed: { at: isNumber, stage, message: isText(MESSAGE_CHARS_MAX) },
  closed: { at: isNumber, stats },
};

const ANSWERS: { readonly [T in Answer['type']]: Shape } = {
  ready: {},
  report: { session: isNumber, report: (value) => hasShapeOf(value, 'kind', REPORTS) },
  counters: { number: isNumber, counters: isShape({ faults: isListOf(faultCounters), overflowed: isNumber }) },
  pong: { number: isNumber },
  stopped: {},
  fault: { message: isText(MESSAGE_CHARS_MAX) },
};

/** Whether a message from the probe is a command. Never throws. */
export function isCommand(message: unknown): message is Command {
  return hasShapeOf(message, 'type', COMMANDS);
}

/** Whether a message from a media process is an answer. Never throws. */
export function isAnswer(message: unknown): message is Answer {
  return hasShapeOf(message, 'type', ANSWERS);
}

/** Cuts a text so that a `failed` report or a `fault` can carry it. */
export function messageText(text: string): string {
  return text.length <= MESSAGE_CHARS_MAX ? text : `${text.slice(0, MESSAGE_CHARS_MAX - 1)}…`;
}

function hasShapeOf(value: unknown, tag: string, shapes: Readonly<Record<string, Shape>>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const name = (value as Record<string, unknown>)[tag];
  return typeof name === 'string' && Object.hasOwn(shapes, name) && hasShape(value, shapes[name] ?? {});
}

function hasShape(value: unknown, shape: Shape): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  for (const field in shape) if (!shape[field]?.(fields[field])) return false;
  return true;
}
