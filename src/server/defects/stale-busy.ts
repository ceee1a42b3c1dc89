/** A call that is over still keeps its callee. */
import type { ServerDefect } from './defect.js';

export const staleBusy: ServerDefect = {
  side: 'server',
  name: 'stale-busy',
  doc: 'The server goes on holding the callee for busy when the call is over: whoever calls next is told that he is talking.',
  seenIn: 'RestComm/webrtcomm #100',
  wrap: (policy) => ({
    ...policy,
    frees: (over, user) => user !== over.callee.user && policy.frees(over, user),
  }),
};
