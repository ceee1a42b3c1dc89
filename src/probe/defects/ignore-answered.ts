/** The caller's client gets the answer, and a guard that is too narrow drops it. */

import { sideOf } from '../../protocol/call.js';
import type { ClientDefect } from './defect.js';

export const ignoreAnswered: ClientDefect = {
  side: 'client',
  name: 'ignore-answered',
  doc: 'The client handles an answer only while the call is still inviting; one that comes after ringing is received and ignored.',
  seenIn: 'team-telnyx/webrtc #754',
  wrap: (policy) => ({
    ...policy,
    takes: (current, incoming, device) => {
      const isLateAnswer =
        incoming.phase === 'connected' && current?.phase === 'ringing' && sideOf(incoming, device) === 'caller';
      return !isLateAnswer && policy.takes(current, incoming, device);
    },
  }),
};
