/** The decline ends the call, and the caller is never notified. */
import { sameAddress } from '../../protocol/address.js';
import type { ServerDefect } from './defect.js';
import { hiding } from './hiding.js';

export const dropReject: ServerDefect = {
  side: 'server',
  name: 'drop-reject',
  doc: 'The server accepts the decline and never notifies the caller: the call is over for the callee, the caller keeps ringing.',
  seenIn: 'Azure/Communication #303',
  wrap: (policy) => hiding(policy, ({ reason, caller }, device) => reason === 'rejected' && sameAddress(device, caller)),
};
