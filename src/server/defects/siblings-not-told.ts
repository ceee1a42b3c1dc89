/** Only the device that answers learns that the call is taken. */
import type { ServerDefect } from './defect.js';
import { hiding } from './hiding.js';

export const siblingsNotTold: ServerDefect = {
  side: 'server',
  name: 'siblings-not-told',
  doc: 'The server notifies only the two connected devices of the answer: the other devices of the callee keep ringing.',
  seenIn: 'element-hq/element-ios #6614',
  wrap: (policy) =>
    hiding(
      policy,
      ({ phase, callee }, device) => phase === 'connected' && device.user === callee.user && device.device !== callee.device,
    ),
};
