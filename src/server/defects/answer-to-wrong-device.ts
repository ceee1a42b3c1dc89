/** The answer is routed by a stale address: it goes to another device of the call instead of the caller's. */
import { sameAddress } from '../../protocol/address.js';
import type { ServerDefect } from './defect.js';
import { hiding } from './hiding.js';

export const answerToWrongDevice: ServerDefect = {
  side: 'server',
  name: 'answer-to-wrong-device',
  doc: 'The server sends the answer to another device instead of the calling one, as after a look-up by a stale socket.',
  seenIn: 'movim/movim #982',
  wrap: (policy) => {
    const hidden = hiding(policy, ({ phase, caller }, device) => phase === 'connected' && sameAddress(device, caller));
    return {
      ...hidden,
      recipients: (change, devices) => {
        const recipients = hidden.recipients(change, devices);
        const wrong = change.cause.move === 'accept' ? recipients[0] : undefined;
        return wrong === undefined ? recipients : [...recipients, wrong];
      },
    };
  },
};
