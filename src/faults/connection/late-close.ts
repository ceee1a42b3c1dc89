/** The server learns of the end of the old socket only after the device is there again on a new one. */
import { numberOf } from '../fault.js';
import type { ConnectionFault } from './connection-fault.js';

export const lateClose: ConnectionFault = {
  name: 'late-close',
  doc: 'The device loses its connection and comes back on a new one; the old socket closes only after the new one was greeted. A server that cleans up by user and not by socket throws the new one out.',
  layer: 'connection',
  needs: null,
  absence: 'until-registered',
  parameters: [
    { name: 'late-close', doc: 'how long after the greeting the old socket closes', type: { type: 'duration' }, default: null },
  ],
  example: 'fault: { link: alice.signaling, late-close: 200ms, on: alice receives ringing }',
  script: (values) => ({
    acts: [{ do: 'abandon' }, { do: 'wait-greeted' }, { do: 'wait', ms: numberOf(values, 'late-close') }],
    undo: [{ do: 'close-abandoned' }],
  }),
};
