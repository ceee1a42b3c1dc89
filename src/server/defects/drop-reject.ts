/** The decline ends the call, and the caller is never told. */
import { sameAddress } from '../../protocol/address.js';
import type { ServerDefect } from './defect.js';
import { hiding } from './hiding.js';

export const dropReject: ServerDefect = {
  side: 'server',
  name: 'drop-reject',
  doc: 'The server takes the decline and never tells the caller of it: the callee is done, the caller goes on ringing.',
  seenIn: 'Azure/Communication #303',
  wrap: (policy) => hiding(policy, ({ reason, caller }, device) => reason === 'rejected' && sameAddress(device, caller)),
};
