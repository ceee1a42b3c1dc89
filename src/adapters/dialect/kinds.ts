/** The tool's own words for the messages of a foreign target, by what the dialect says of them. */
import { ACTIONS, type CallAction } from '../../protocol/actions.js';
import type { DeedName, Meaning } from './schema.js';

/** By what is done: the kind of the message that says it. A description is named by its type. */
export const OUTGOING_KIND: Readonly<Record<DeedName, readonly string[]>> = {
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

/** By what a message means; end reasons are all `event.ended`. */
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
