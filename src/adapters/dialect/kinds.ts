/** The tool's own words for the messages of a foreign target, by what the dialect says of them. */
import type { DeedName, Meaning } from './schema.js';

/** By what is done: the kind of the message that says it. A description is named by its type. */
export const OUTGOING_KIND: Readonly<Record<DeedName, readonly string[]>> = {
  call: ['command.invite'],
  accept: ['command.accept'],
  reject: ['command.reject'],
  cancel: ['command.cancel'],
  'hang up': ['command.hangup'],
  ring: ['command.ring'],
  describe: ['signal.offer', 'signal.answer'],
  candidate: ['signal.candidate'],
};

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
