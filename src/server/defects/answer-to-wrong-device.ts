/** The answer is routed by a stale address: it goes to another device of the call in place of the caller's. */
import { sameAddress } from '../../protocol/address.js';
import type { ServerDefect } from '../hub/policy.js';

export const answerToWrongDevice: ServerDefect = {
  side: 'server',
  name: 'answer-to-wrong-device',
  doc: 'The server sends the answer to another device in place of the calling one, as after a look-up by a stale socket.',
  wrap: (policy) => ({
    ...policy,
    recipients: (change, devices) => {
      const told = policy.recipients(change, devices);
      if (change.cause.move !== 'accept') return told;
      const others = told.filter((device) => !sameAddress(device, change.record.caller));
      const wrong = others[0];
      return wrong === undefined ? others : [...others, wrong];
    },
  }),
};
