/** The caller's client receives the answer, and a guard that is too strict drops it. */

import { sideOf } from '../../protocol/call.js';
import type { ClientDefect } from './defect.js';

export const ignoreAnswered: ClientDefect = {
  side: 'client',
  name: 'ignore-answered',
  doc: 'The client handles an answer only while the call is inviting; an answer after ringing is received and ignored.',
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
