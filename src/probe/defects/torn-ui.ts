/** Two state machines, one for the call and one for what is on the screen. */

import { sideOf } from '../../protocol/call.js';
import type { ClientDefect } from './defect.js';

export const tornUi: ClientDefect = {
  side: 'client',
  name: 'torn-ui',
  doc: 'The client of the caller applies the answer and starts the timer, and its screen goes on saying that it rings.',
  seenIn: 'element-hq/element-web #5619',
  wrap: (policy) => ({
    ...policy,
    view: (record, device) => {
      const view = policy.view(record, device);
      return view.state === 'connected' && sideOf(record, device) === 'caller' ? { ...view, state: 'ringing' } : view;
    },
  }),
};
