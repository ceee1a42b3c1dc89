/** Another device answers, and the handler matches only states in which this one has answered itself. */

import { isSibling } from '../../protocol/call.js';
import type { ClientDefect } from './defect.js';

export const siblingRingsOn: ClientDefect = {
  side: 'client',
  name: 'sibling-rings-on',
  doc: 'A ringing device receives that another device of its user has answered, ignores it and keeps ringing.',
  seenIn: 'RocketChat/Rocket.Chat.ReactNative #7145',
  wrap: (policy) => ({
    ...policy,
    takes: (current, incoming, device) =>
      !(incoming.phase === 'connected' && isSibling(incoming, device)) && policy.takes(current, incoming, device),
  }),
};
