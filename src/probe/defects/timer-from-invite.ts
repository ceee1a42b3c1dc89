/** The call timer of the caller runs from the moment of the call. */

import { sideOf } from '../../protocol/call.js';
import type { ClientDefect } from './defect.js';

export const timerFromInvite: ClientDefect = {
  side: 'client',
  name: 'timer-from-invite',
  doc: 'The client of the caller starts its timer with the invitation: it is ahead of the other side by the ringing time.',
  seenIn: 'navid-farjad/yollochat #32',
  wrap: (policy) => ({
    ...policy,
    view: (record, device) => {
      const view = policy.view(record, device);
      return view.state === 'connected' && sideOf(record, device) === 'caller'
        ? { ...view, timerStartedAt: record.invitedAt }
        : view;
    },
  }),
};
