/** The decisions of the hub that a known bug gets wrong. A defect replaces some of them and leaves the rest alone. */
import type { Address } from '../../protocol/address.js';
import { applyMove, type CallRecord, type Move, type Moved } from '../../protocol/call.js';
import type { HelloFrame, ServerPayload, Wire } from '../../protocol/frames.js';
import type { Waits } from '../../protocol/limits.js';
import type { Millis } from '../../protocol/machine.js';
import { type SessionMachine, sessionMachine } from '../../protocol/session.js';
import type { Change } from './io.js';

export interface HubPolicy {
  /** Which devices are told of a change, of all devices of both users. */
  recipients(change: Change, devices: readonly Address[]): readonly Address[];
  /** What goes to a device in place of a payload for it. */
  outgoing(to: Address, payload: ServerPayload): readonly ServerPayload[];
  /** How long a payload lies before it goes out. */
  holdsBackMs(to: Address, payload: ServerPayload): Millis;
  /** What a move makes of a record. */
  move(record: CallRecord, move: Move, by: Address | null, now: Millis): Moved;
  /** The move of the server that follows when the time of a live call in its phase is up; null lets it go on. */
  timeUp(record: CallRecord): Move | null;
  /** Of the live call of a user, whether it keeps the user from another one. */
  occupies(live: CallRecord): boolean;
  /** Whether an invitation answers the live call of its sender, because both want the same call. */
  crosses(live: CallRecord, caller: Address, callee: string): boolean;
  /** Whether an invitation with the id of a known call is taken for the same one, come again. */
  isSameInvitation(known: CallRecord): boolean;
  /** Whether a live call ends because a device is gone for good; `isLast` when no other device of its user is left. */
  endsWith(live: CallRecord, gone: Address, isLast: boolean): boolean;
  /** Whether a device that says hello goes on with the session that the hub has of it. */
  resumes(session: string, hello: HelloFrame): boolean;
  /** Whether a device without a connection can ask for its call by HTTP. */
  readonly answersByHttp: boolean;
  /** The machine of sessions. */
  machine(waits: Waits): SessionMachine<Wire>;
  /** Whether a user of a call that is over can have another one. */
  frees(over: CallRecord, user: string): boolean;
  /** Whether the time for ringing ends with the answer. */
  readonly stopsRingTimer: boolean;
  /** Whether a server that starts again goes on with what its store kept. */
  readonly restores: boolean;
  /** Whether a device is written to over its newest connection. */
  readonly writesToNewest: boolean;
  /** Whether a device stays when one of its older connections ends. */
  readonly tellsSocketsApart: boolean;
  /** Whether a newer connection of a device ends the older one. */
  readonly fences: boolean;
  /** Whether the answer to a command is remembered for when the command comes again. */
  readonly remembersResults: boolean;
  /** Whether the device that made a version is told who applied it. */
  readonly passesReceipts: boolean;
  /** The calls that a device is told when it is greeted, of those that its user has a part in. */
  snapshot(calls: CallRecord[], device: Address): CallRecord[];
}

/** The policy without bugs: everybody with a part in the call is told. */
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
