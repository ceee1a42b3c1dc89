/** Substitutes for actions that a target does not have, and the messages that notify the other side of a call. */
import { ACTIONS, CALL_ACTIONS, type CallAction, type EndingAction } from '../../protocol/actions.js';

/** The substitute for a missing action: the nearest one that also ends the call. */
export const INSTEAD: Readonly<Record<EndingAction, readonly CallAction[]>> = {
  reject: ['reject', 'hang up', 'cancel'],
  cancel: ['cancel', 'hang up', 'reject'],
  'hang up': ['hang up', 'cancel', 'reject'],
};

/** Messages by which the other side is notified of a call, or of its answer. */
export const OPENING: readonly string[] = CALL_ACTIONS.filter((action) => ACTIONS[action].ends === null).map(
  (action) => `command.${ACTIONS[action].command}`,
);
