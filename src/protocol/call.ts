/** The record of a call, the table of its legal moves, and what a device shows of it. */
import { type Address, sameAddress } from './address.js';
import type { Millis } from './machine.js';
import type { EndReason, Refusal, ViewEndReason } from './reasons.js';

export const PHASES = ['inviting', 'ringing', 'connected', 'ended'] as const;
export type Phase = (typeof PHASES)[number];

/**
 * The whole truth about one call. Only the server changes it; every change raises `version` by one. Times are the
 * server's, in milliseconds. `callee.device` is the device that answered, or null before that.
 */
export interface CallRecord {
  readonly id: string;
  readonly version: number;
  readonly phase: Phase;
  readonly caller: Address;
  readonly callee: { readonly user: string; readonly device: string | null };
  readonly invitedAt: Millis;
  readonly ringingAt: Millis | null;
  readonly answeredAt: Millis | null;
  readonly endedAt: Millis | null;
  readonly reason: EndReason | null;
  /** The device whose command ended the call; null when the server did. */
  readonly endedBy: Address | null;
}

/** Who makes a move: a side of the call, or the server itself. */
export type Mover = 'caller' | 'callee' | 'server';

/**
 * Moves on a record. The first five are commands of devices; the rest the server makes by itself: a deadline passed
 * (`no-ring`, `no-answer`), a side is `busy`, or all devices of a side are gone for longer than their grace.
 */
export const MOVES = ['ring', 'accept', 'reject', 'cancel', 'hangup', 'no-ring', 'no-answer', 'busy', 'lost', 'fail'] as const;
export type Move = (typeof MOVES)[number];

/** Commands of a device: to start a call, and the moves that belong to callers and callees. */
export const COMMANDS = ['invite', 'ring', 'accept', 'reject', 'cancel', 'hangup'] as const;
export type CommandName = (typeof COMMANDS)[number];

/** What the table says of a move: the next phase with its end reason, nothing to do, or why not. */
export type Cell =
  | { readonly to: Exclude<Phase, 'ended'> }
  | { readonly to: 'ended'; readonly reason: EndReason }
  | { readonly same: true }
  | { readonly refuse: Refusal };

const ended = (reason: EndReason): Cell => ({ to: 'ended', reason });
const refuse = (why: Refusal): Cell => ({ refuse: why });
const same: Cell = { same: true };
const over = refuse('already-ended');

/** The table of legal moves, phase by move. Documents, diagram and the exhaustive test are made from it. */
export const LEGAL_MOVES: { readonly [P in Phase]: { readonly [M in Move]: Cell } } = {
  inviting: {
    ring: { to: 'ringing' },
    accept: { to: 'connected' },
    reject: ended('rejected'),
    cancel: ended('cancelled'),
    hangup: refuse('not-connected'),
    'no-ring': ended('unreachable'),
    'no-answer': ended('missed'),
    busy: ended('busy'),
    lost: ended('peer-lost'),
    fail: ended('server-error'),
  },
  ringing: {
    ring: same,
    accept: { to: 'connected' },
    reject: ended('rejected'),
    cancel: ended('cancelled'),
    hangup: refuse('not-connected'),
    'no-ring': same,
    'no-answer': ended('missed'),
    busy: ended('busy'),
    lost: ended('peer-lost'),
    fail: ended('server-error'),
  },
  connected: {
    ring: same,
    accept: same,
    reject: refuse('already-connected'),
    cancel: refuse('already-connected'),
    hangup: ended('hangup'),
    'no-ring': same,
    'no-answer': same,
    busy: same,
    lost: ended('peer-lost'),
    fail: ended('server-error'),
  },
  ended: {
    ring: over,
    accept: over,
    reject: over,
    cancel: over,
    hangup: over,
    'no-ring': same,
    'no-answer': same,
    busy: same,
    lost: same,
    fail: same,
  },
};

/** Which side may make a move; the server's own moves are the server's alone. */
export const MOVER: { readonly [M in Move]: readonly Mover[] } = {
  ring: ['callee'],
  accept: ['callee'],
  reject: ['callee'],
  cancel: ['caller'],
  hangup: ['caller', 'callee'],
  'no-ring': ['server'],
  'no-answer': ['server'],
  busy: ['server'],
  lost: ['server'],
  fail: ['server'],
};

/** The outcome of a move: a record one version higher, the same record, or the same record and why it was refused. */
export interface Moved {
  readonly record: CallRecord;
  readonly changed: boolean;
  readonly refused: Refusal | null;
}

/** A new call in its first phase, version 1. */
export function invite(id: string, caller: Address, callee: string, now: Millis): CallRecord {
  return {
    id,
    version: 1,
    phase: 'inviting',
    caller,
    callee: { user: callee, device: null },
    invitedAt: now,
    ringingAt: null,
    answeredAt: null,
    endedAt: null,
    reason: null,
    endedBy: null,
  };
}

/**
 * Makes a move on a record. `by` is the device whose command it is, or null for the server. Never throws; the same
 * move by the same device twice changes nothing the second time.
 */
export function applyMove(record: CallRecord, move: Move, by: Address | null, now: Millis): Moved {
  const keep = (refused: Refusal | null): Moved => ({ record, changed: false, refused });
  const side = by === null ? 'server' : sideOf(record, by);
  if (side === null) return keep('not-a-participant');
  if (!MOVER[move].includes(side)) return keep('not-your-move');
  if (by !== null && record.phase !== 'ended' && isSibling(record, by)) return keep(siblingRefusal(record, by));
  const cell = LEGAL_MOVES[record.phase][move];
  if ('refuse' in cell) return keep(record.phase === 'ended' && isRepeat(record, move, by) ? null : cell.refuse);
  if ('same' in cell) return keep(null);
  const next = { ...record, version: record.version + 1, phase: cell.to };
  switch (cell.to) {
    case 'inviting':
      return keep(null);
    case 'ringing':
      return { record: { ...next, ringingAt: now }, changed: true, refused: null };
    case 'connected':
      return {
        record: { ...next, answeredAt: now, callee: { user: record.callee.user, device: by?.device ?? null } },
        changed: true,
        refused: null,
      };
    case 'ended':
      return { record: { ...next, endedAt: now, reason: cell.reason, endedBy: by }, changed: true, refused: null };
  }
}

/** The side of the call that a device belongs to, by its user; null for a stranger. */
export function sideOf(record: CallRecord, device: Address): 'caller' | 'callee' | null {
  if (device.user === record.caller.user) return 'caller';
  if (device.user === record.callee.user) return 'callee';
  return null;
}

/** Whether a device belongs to a user of the call but is not the device that calls or answered. */
export function isSibling(record: CallRecord, device: Address): boolean {
  if (device.user === record.caller.user) return device.device !== record.caller.device;
  return device.user === record.callee.user && record.callee.device !== null && record.callee.device !== device.device;
}

function siblingRefusal(record: CallRecord, by: Address): Refusal {
  return by.user === record.callee.user ? 'answered-elsewhere' : 'not-your-move';
}

/** A hang-up, cancel or reject by the device that already ended the call in that way is a repetition, not an error. */
function isRepeat(record: CallRecord, move: Move, by: Address | null): boolean {
  const isCause = Object.values(LEGAL_MOVES).some(({ [move]: cell }) => 'reason' in cell && cell.reason === record.reason);
  return by !== null && record.endedBy !== null && sameAddress(by, record.endedBy) && isCause;
}

/** States that a device can show. `idle` means: no part in any call. */
export const VIEW_STATES = ['idle', 'inviting', 'ringing', 'connected', 'ended'] as const;
export type ViewState = (typeof VIEW_STATES)[number];

/** What a device shows of a call. `timerStartedAt` is server time, null while no timer runs. */
export interface View {
  readonly state: ViewState;
  readonly reason: ViewEndReason | null;
  readonly timerStartedAt: Millis | null;
}

export const IDLE: View = { state: 'idle', reason: null, timerStartedAt: null };

/** What `device` shows of `record`: a function of the two and of nothing else, so that it cannot tear. */
export function viewOf(record: CallRecord, device: Address): View {
  const side = sideOf(record, device);
  if (side === null) return IDLE;
  if (side === 'caller' && isSibling(record, device)) return IDLE;
  if (side === 'callee' && isSibling(record, device)) {
    return { state: 'ended', reason: 'answered-elsewhere', timerStartedAt: null };
  }
  if (record.phase !== 'ended') {
    return { state: record.phase, reason: null, timerStartedAt: record.phase === 'connected' ? record.answeredAt : null };
  }
  const elsewhere =
    record.reason === 'rejected' && side === 'callee' && record.endedBy !== null && !sameAddress(record.endedBy, device);
  return { state: 'ended', reason: elsewhere ? 'rejected-elsewhere' : record.reason, timerStartedAt: null };
}
