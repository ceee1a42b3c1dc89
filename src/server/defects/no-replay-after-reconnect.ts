/** A device never learns what happened to a call while it was offline. */
import { forgettingTheUnsent } from '../../protocol/unhardened.js';
import type { ServerDefect } from './defect.js';

export const noReplayAfterReconnect: ServerDefect = {
  side: 'server',
  name: 'no-replay-after-reconnect',
  doc: 'The server sends a device that reconnects nothing of what it missed: a caller that was offline during the answer keeps ringing.',
  seenIn: 'GetStream/stream-video-swift #1253',
  wrap: (policy) => ({
    ...policy,
    answersByHttp: false,
    machine: (waits) => forgettingTheUnsent(policy.machine(waits)),
    snapshot: () => [],
  }),
};
