/** An ended call keeps its callee busy. */
import type { ServerDefect } from './defect.js';

export const staleBusy: ServerDefect = {
  side: 'server',
  name: 'stale-busy',
  doc: 'The server considers the callee busy after the call has ended: the next caller receives busy.',
  seenIn: 'RestComm/webrtcomm #100',
  wrap: (policy) => ({
    ...policy,
    frees: (over, user) => user !== over.callee.user && policy.frees(over, user),
  }),
};
