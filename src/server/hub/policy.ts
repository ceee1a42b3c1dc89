/** The decisions of the hub that a known bug changes. A defect replaces some of them and keeps the rest. */
import type { Address } from '../../protocol/address.js';
import { applyMove, type CallRecord, type Move, type Moved } from '../../protocol/call.js';
import type { HelloFrame, ServerPayload, Wire } from '../../protocol/frames.js';
import type { Waits } from '../../protocol/limits.js';
import type { Millis } from '../../protocol/machine.js';
import { type SessionMachine, sessionMachine } from '../../protocol/session.js';
import type { Change } from './io.js';

export interface HubPolicy {
  /** The devices that are notified of a change, out of all devices of both users. */
  recipients(change: Change, devices: readonly Address[]): readonly Address[];
  /** What is sent to a device instead of a payload. */
  outgoing(to: Address, payload: ServerPayload): readonly ServerPayload[];
  /** How long a payload waits before it is sent. */
  holdsBackMs(to: Address, payload: ServerPayload): Millis;
  /** The record after a move. */
  move(record: CallRecord, move: Move, by: Address | null, now: Millis): Moved;
  /** The server's move when the time of a live call in its phase is up; null if the call continues. */
  timeUp(record: CallRecord): Move | null;
  /** Whether the live call of a user prevents another one. */
  occupies(live: CallRecord): boolean;
  /** Whether an invitation answers a live call, because both users want the same call. */
  crosses(live: CallRecord, caller: Address, callee: string): boolean;
  /** Whether an invitation with the id of a known call counts as a repetition. */
  isSameInvitation(known: CallRecord): boolean;
  /** Whether a live call ends because a device is gone for good; `isLast` if its user has no other device. */
  endsWith(live: CallRecord, gone: Address, isLast: boolean): boolean;
  /** Whether a device that sends hello resumes its session. */
  resumes(session: string, hello: HelloFrame): boolean;
  /** Whether a device without a connection can read its call by HTTP. */
  readonly answersByHttp: boolean;
  /** The machine of sessions. */
  machine(waits: Waits): SessionMachine<Wire>;
  /** Whether a user of an ended call can have another one. */
  frees(over: CallRecord, user: string): boolean;
  /** Whether the time for ringing ends with the answer. */
  readonly stopsRingTimer: boolean;
  /** Whether a server that restarts restores its store. */
  readonly restores: boolean;
  /** Whether frames for a device use its newest connection. */
  readonly writesToNewest: boolean;
  /** Whether a device stays registered when one of its older connections ends. */
  readonly tellsSocketsApart: boolean;
  /** Whether a newer connection of a device ends the older one. */
  readonly fences: boolean;
  /** Whether the result of a command is stored for repetitions of the command. */
  readonly remembersResults: boolean;
  /** Whether the device that made a version is notified who applied it. */
  readonly passesReceipts: boolean;
  /** The calls in the snapshot for a device, out of its user's calls. */
  snapshot(calls: CallRecord[], device: Address): CallRecord[];
}

/** The correct policy: all devices of both users are notified. */
export const SOUND_POLICY: HubPolicy = {
  recipients: (_change, devices) => devices,
  outgoing: (_to, payload) => [payload],
  holdsBackMs: () => 0,
  move: applyMove,
  timeUp: ({ phase }) => (phase === 'inviting' ? 'no-ring' : phase === 'ringing' ? 'no-answer' : null),
  occupies: () => true,
  crosses: (live, caller, callee) =>
    live.callee.user === caller.user && live.caller.user === callee && live.callee.device === null,
  isSameInvitation: () => true,
  endsWith: ({ caller, callee }, gone, isLast) =>
    (caller.user === gone.user && caller.device === gone.device) ||
    (callee.user === gone.user && (callee.device === gone.device || isLast)),
  resumes: (session, hello) => hello.resume?.session === session,
  answersByHttp: true,
  machine: (waits) => sessionMachine<Wire>(waits),
  frees: () => true,
  stopsRingTimer: true,
  restores: true,
  writesToNewest: true,
  tellsSocketsApart: true,
  fences: true,
  remembersResults: true,
  passesReceipts: true,
  snapshot: (calls) => calls,
};
