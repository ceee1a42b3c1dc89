/** The original bug: the server never notifies the caller of the answer. */
import { sameAddress } from '../../protocol/address.js';
import type { ServerDefect } from './defect.js';
import { hiding } from './hiding.js';

export const dropAnswer: ServerDefect = {
  side: 'server',
  name: 'drop-answer',
  doc: 'The server accepts the answer and never notifies the caller: the callee is connected, the caller keeps ringing.',
  seenIn: 'GetStream/stream-video-js #2393',
  wrap: (policy) => hiding(policy, ({ phase, caller }, device) => phase === 'connected' && sameAddress(device, caller)),
};
