/** The connection is a black hole: it stays open at both ends and nothing passes. */
import { numberOf } from '../fault.js';
import type { ConnectionFault } from './connection-fault.js';

export const halfOpen: ConnectionFault = {
  name: 'half-open',
  doc: 'Nothing passes on the signaling connection although it stays open at both ends: a black hole, in both directions or with `stream` in one. When the time is over it breaks. Data written in the meantime is lost.',
  layer: 'connection',
  needs: null,
  absence: 'until-registered',
  parameters: [{ name: 'half-open', doc: 'for how long', type: { type: 'duration', msMin: 1 }, default: null }],
  example: 'fault: { link: alice.signaling, half-open: 2s, stream: downstream, on: alice receives ringing }',
  script: (values, stream) => ({
    acts: [
      { do: 'swallow', stream },
      { do: 'wait', ms: numberOf(values, 'half-open') },
    ],
    undo: [{ do: 'break', how: 'silent' }],
  }),
};
