/** Two state machines, one for the call and one for the screen. */

import { sideOf } from '../../protocol/call.js';
import type { ClientDefect } from './defect.js';

export const tornUi: ClientDefect = {
  side: 'client',
  name: 'torn-ui',
  doc: 'The client of the caller applies the answer and starts the timer, but its screen keeps showing ringing.',
  seenIn: 'element-hq/element-web #5619',
  wrap: (policy) => ({
    ...policy,
    view: (record, device) => {
      const view = policy.view(record, device);
      return view.state === 'connected' && sideOf(record, device) === 'caller' ? { ...view, state: 'ringing' } : view;
    },
  }),
};
