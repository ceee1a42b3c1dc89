/** The original bug: the server never forwards the answer to the caller. */
import { sameAddress } from '../../protocol/address.js';
import type { ServerDefect } from '../hub/policy.js';

export const dropAnswer: ServerDefect = {
  side: 'server',
  name: 'drop-answer',
  doc: 'The server takes the answer and never forwards it to the caller: the callee is connected, the caller goes on ringing.',
  wrap: (policy) => ({
    ...policy,
    recipients: (change, devices) => {
      const told = policy.recipients(change, devices);
      return change.cause.move === 'accept' ? told.filter((device) => !sameAddress(device, change.record.caller)) : told;
    },
  }),
};
