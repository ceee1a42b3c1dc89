/** The probe's kinds for the messages of a foreign target, by their meanings in the dialect. */
import { ACTIONS, type CallAction } from '../../protocol/actions.js';
import type { DialectAction, Meaning } from './schema.js';

/** By action: the kind of its message. A description is named by its type. */
export const OUTGOING_KIND: Readonly<Record<DialectAction, readonly string[]>> = {
  call: commandOf('call'),
  accept: commandOf('accept'),
  reject: commandOf('reject'),
  cancel: commandOf('cancel'),
  'hang up': commandOf('hang up'),
  ring: ['command.ring'],
  describe: ['signal.offer', 'signal.answer'],
  candidate: ['signal.candidate'],
};

function commandOf(action: CallAction): readonly string[] {
  return [`command.${ACTIONS[action].command}`];
}

/** By meaning; all end reasons are `event.ended`. */
export const INCOMING_KIND: Readonly<Record<Meaning, readonly string[]>> = {
  incoming: ['event.inviting'],
  'still-ringing': ['event.inviting.again'],
  ringing: ['event.ringing'],
  accepted: ['event.connected'],
  ended: ['event.ended'],
  description: ['signal.offer', 'signal.answer'],
  candidate: ['signal.candidate'],
  'call-id': ['result.ok'],
  ping: ['pong'],
  error: ['error'],
  nothing: [],
};
