/** The hang-up ends the call, and the other side is never notified. */
import type { ServerDefect } from './defect.js';
import { hiding } from './hiding.js';

export const dropEnd: ServerDefect = {
  side: 'server',
  name: 'drop-end',
  doc: 'The server ends the call for the side that hangs up and never notifies the other side, which stays connected alone.',
  seenIn: 'WebTrit/webtrit_phone #1115',
  wrap: (policy) =>
    hiding(policy, ({ reason, endedBy }, device) => reason === 'hangup' && endedBy !== null && endedBy.user !== device.user),
};
