/** Two queues towards the caller: the ringing leaves its queue after the answer, and counts as newer. */
import { sameAddress } from '../../protocol/address.js';
import type { EventPayload } from './altered-answer.js';
import type { ServerDefect } from './defect.js';

export const answerBeforeRinging: ServerDefect = {
  side: 'server',
  name: 'answer-before-ringing',
  doc: 'The server sends the ringing to the caller after the answer and with a higher version: the caller falls back from connected to ringing.',
  seenIn: 'team-telnyx/webrtc #754',
  wrap: (policy) => {
    const ringing = new Map<string, EventPayload>();
    return {
      ...policy,
      answersByHttp: false,
      outgoing: (to, payload) =>
        policy.outgoing(to, payload).flatMap((sent) => {
          if (sent.type !== 'event' || !sameAddress(sent.record.caller, to)) return [sent];
          const { record, cause } = sent;
          if (cause.move === 'ring') {
            ringing.set(record.id, sent);
            return [];
          }
          const late = ringing.get(record.id);
          ringing.delete(record.id);
          if (late === undefined || cause.move !== 'accept') return [sent];
          return [sent, { ...late, record: { ...late.record, version: record.version + 1 } }];
        }),
      snapshot: () => [],
    };
  },
};
