/** Descriptions are relayed, candidates are not. */
import type { ServerDefect } from './defect.js';

export const candidatesDropped: ServerDefect = {
  side: 'server',
  name: 'candidates-dropped',
  doc: 'The server relays no ICE candidates: the call is connected and media finds no path.',
  seenIn: 'matrix-org/matrix-ios-sdk #814',
  wrap: (policy) => ({
    ...policy,
    outgoing: (to, payload) => (payload.type === 'signal' && payload.kind === 'candidate' ? [] : policy.outgoing(to, payload)),
  }),
};
