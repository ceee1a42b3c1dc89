/** A server that sends the calling device something else instead of the answer, and does not correct it in a snapshot. */
import type { Address } from '../../protocol/address.js';
import { sameAddress } from '../../protocol/address.js';
import type { ServerPayload } from '../../protocol/frames.js';
import type { HubPolicy } from '../hub/policy.js';

export type EventPayload = Extract<ServerPayload, { type: 'event' }>;

/** The policy that sends `altered(answer)` to the calling device instead of the answer. */
export function alteringAnswer(policy: HubPolicy, altered: (answer: EventPayload) => readonly ServerPayload[]): HubPolicy {
  return {
    ...policy,
    answersByHttp: false,
    outgoing: (to, payload) =>
      policy.outgoing(to, payload).flatMap((sent) => (sent.type === 'event' && isAnswerFor(sent, to) ? altered(sent) : [sent])),
    snapshot: (calls, device) =>
      policy.snapshot(calls, device).filter(({ phase, caller }) => phase !== 'connected' || !sameAddress(caller, device)),
  };
}

function isAnswerFor({ cause, record }: EventPayload, to: Address): boolean {
  return cause.move === 'accept' && sameAddress(record.caller, to);
}
