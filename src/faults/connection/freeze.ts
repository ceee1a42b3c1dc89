/** An open connection stalls, then the same user reconnects on a new one. */
import { numberOf } from '../fault.js';
import type { ConnectionFault } from './connection-fault.js';

export const freeze: ConnectionFault = {
  name: 'freeze',
  doc: 'Nothing passes on the connection for a time. Then the device abandons it and reconnects on a new one. The old socket stays open at both ends, frozen.',
  layer: 'connection',
  needs: null,
  absence: 'until-registered',
  parameters: [
    { name: 'freeze', doc: 'how long until the device reconnects', type: { type: 'duration', msMin: 1 }, default: null },
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
