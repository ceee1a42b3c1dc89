/** The original bug: the server never tells the caller of the answer. */
import { sameAddress } from '../../protocol/address.js';
import type { ServerDefect } from './defect.js';
import { hiding } from './hiding.js';

export const dropAnswer: ServerDefect = {
  side: 'server',
  name: 'drop-answer',
  doc: 'The server takes the answer and never tells the caller of it: the callee is connected, the caller goes on ringing.',
  seenIn: 'GetStream/stream-video-js #2393',
  wrap: (policy) => hiding(policy, ({ phase, caller }, device) => phase === 'connected' && sameAddress(device, caller)),
};
