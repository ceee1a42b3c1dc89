/** What happens to a call while a device is away is never told to it. */
import { forgettingTheUnsent } from '../../protocol/careless.js';
import type { ServerDefect } from './defect.js';

export const noReplayAfterReconnect: ServerDefect = {
  side: 'server',
  name: 'no-replay-after-reconnect',
  doc: 'The server tells a device that comes back nothing of what it missed: who was away during the answer goes on ringing.',
  seenIn: 'GetStream/stream-video-swift #1253',
  wrap: (policy) => ({
    ...policy,
    answersByHttp: false,
    machine: (waits) => forgettingTheUnsent(policy.machine(waits)),
    snapshot: () => [],
  }),
};
