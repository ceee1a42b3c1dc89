/** Everything stands still on an open connection, then the same user comes back on a new one. */
import { numberOf } from '../fault.js';
import type { ConnectionFault } from './connection-fault.js';

export const freeze: ConnectionFault = {
  name: 'freeze',
  doc: 'Nothing passes on the connection for a time, then the device gives it up and comes back on a new one; the old socket stays open at both ends, frozen.',
  layer: 'connection',
  needs: null,
  absence: 'until-registered',
  parameters: [
    { name: 'freeze', doc: 'how long until the device comes back', type: { type: 'duration', msMin: 1 }, default: null },
  ],
  example: 'fault: { link: alice.signaling, freeze: 1s, on: bob sends accept }',
  script: (values) => ({
    acts: [
      { do: 'swallow', stream: 'both' },
      { do: 'wait', ms: numberOf(values, 'freeze') },
    ],
    undo: [{ do: 'abandon' }],
  }),
};
