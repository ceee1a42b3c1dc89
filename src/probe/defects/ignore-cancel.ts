/** A cancel for a call that the client has no object of yet is dropped. */

import { sideOf } from '../../protocol/call.js';
import type { ClientDefect } from './defect.js';

export const ignoreCancel: ClientDefect = {
  side: 'client',
  name: 'ignore-cancel',
  doc: 'The client of the callee ignores the cancel: it keeps ringing although the caller has given up.',
  seenIn: 'team-telnyx/telnyx-webrtc-ios #132',
  wrap: (policy) => ({
    ...policy,
    takes: (current, incoming, device) =>
      !(incoming.reason === 'cancelled' && sideOf(incoming, device) === 'callee') && policy.takes(current, incoming, device),
  }),
};
