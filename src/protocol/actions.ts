/** The one table of what a user can do at a device. Whatever has to know an action reads it here. */
import type { CommandName, Move, Phase, ViewState } from './call.js';
import type { EndReason } from './reasons.js';

interface ActionRow {
  /** What the scenario language says of it. */
  readonly doc: string;
  /** The command of `callsync.v1`; null where the action is about being there, which is the connection's. */
  readonly command: CommandName | null;
  /** The move that the command makes in a call; null where it makes the call, or none. */
  readonly move: Move | null;
  /** The phase of the call that follows, for an end with its reason. */
  readonly leadsTo: Exclude<Phase, 'ringing'> | null;
  readonly ends: EndReason | null;
  /** Which side may do it, and which one is notified. */
  readonly by: 'caller' | 'callee' | 'either';
  readonly notifies: 'caller' | 'callee' | 'other' | null;
  /** Whether the device leaves with it, or returns. */
  readonly presence: 'off' | 'on' | null;
  /** The wait that is measured from it. */
  readonly timing: string | null;
}

/** Actions in calls first. `call.ts` says in which phases a move is legal. */
export const ACTIONS = {
  call: {
    doc: 'rings all devices of another user',
    command: 'invite',
    move: null,
    leadsTo: 'inviting',
    ends: null,
    by: 'caller',
    notifies: 'callee',
    presence: null,
    timing: 'invite-to-ringing',
  },
  accept: {
    doc: 'the callee answers on this device',
    command: 'accept',
    move: 'accept',
    leadsTo: 'connected',
    ends: null,
    by: 'callee',
    notifies: 'caller',
    presence: null,
    timing: 'accept-to-connected',
  },
  reject: {
    doc: 'the callee declines on this device',
    command: 'reject',
    move: 'reject',
    leadsTo: 'ended',
    ends: 'rejected',
    by: 'callee',
    notifies: 'caller',
    presence: null,
    timing: 'reject-to-ended',
  },
  cancel: {
    doc: 'the caller gives up before the answer',
    command: 'cancel',
    move: 'cancel',
    leadsTo: 'ended',
    ends: 'cancelled',
    by: 'caller',
    notifies: 'callee',
    presence: null,
    timing: 'cancel-to-ended',
  },
  'hang up': {
    doc: 'either side ends a connected call',
    command: 'hangup',
    move: 'hangup',
    leadsTo: 'ended',
    ends: 'hangup',
    by: 'either',
    notifies: 'other',
    presence: null,
    timing: 'hangup-to-ended',
  },
  'go offline': presence('off', 'the device loses its connection without a word; the application keeps running', null),
  'come back': presence('on', 'a device that went offline connects again and resumes', 'reconnect-to-synced'),
  open: presence('on', 'the device starts and joins: a further one, or one that crashed', null),
  crash: presence('off', 'the application on the device dies without a word and forgets everything', null),
} as const satisfies Readonly<Record<string, ActionRow>>;

export type UserAction = keyof typeof ACTIONS;
/** Actions in a call: those that are sent to the other side. */
export type CallAction = ActionsWith<'command'>;
/** Actions that end a call. */
export type EndingAction = ActionsWith<'ends'>;

type ActionsWith<K extends keyof ActionRow> = {
  [A in UserAction]: (typeof ACTIONS)[A][K] extends null ? never : A;
}[UserAction];

export function isUserAction(text: string): text is UserAction {
  return Object.hasOwn(ACTIONS, text);
}

export function isCallAction(text: string): text is CallAction {
  return isUserAction(text) && ACTIONS[text].command !== null;
}

export function isEndingAction(text: string): text is EndingAction {
  return isUserAction(text) && ACTIONS[text].ends !== null;
}

/** Whether a device leaves (`off`) or returns (`on`) with an action; null for what has nothing to do with it. */
export function presenceOf(text: string): 'off' | 'on' | null {
  return isUserAction(text) ? ACTIONS[text].presence : null;
}

/** How a user ends a live call, by what the device shows. */
export function endingFor(state: ViewState, side: 'caller' | 'callee' | null): EndingAction {
  return state === 'connected' ? 'hang up' : side === 'caller' ? 'cancel' : 'reject';
}

export const USER_ACTIONS: readonly UserAction[] = Object.keys(ACTIONS).filter(isUserAction);
export const CALL_ACTIONS: readonly CallAction[] = USER_ACTIONS.filter(isCallAction);
export const ENDING_ACTIONS: readonly EndingAction[] = CALL_ACTIONS.filter(isEndingAction);

function presence<const P extends 'off' | 'on', const T extends string | null>(turn: P, doc: string, timing: T) {
  return {
    doc,
    command: null,
    move: null,
    leadsTo: null,
    ends: null,
    by: 'either',
    notifies: null,
    presence: turn,
    timing,
  } as const;
}
