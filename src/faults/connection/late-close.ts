/** The old socket closes only after the device has reconnected on a new one. */
import { numberOf } from '../fault.js';
import type { ConnectionFault } from './connection-fault.js';

export const lateClose: ConnectionFault = {
  name: 'late-close',
  doc: 'The device loses its connection and reconnects on a new one. The old socket closes only after the device is registered on the new one. A server that cleans up by user instead of by socket then removes the new one.',
  layer: 'connection',
  needs: null,
  absence: 'until-registered',
  parameters: [
    {
      name: 'late-close',
      doc: 'how long after the new registration the old socket closes',
      type: { type: 'duration' },
      default: null,
    },
  ],
  example: 'fault: { link: alice.signaling, late-close: 200ms, on: alice receives ringing }',
  script: (values) => ({
    acts: [{ do: 'abandon' }, { do: 'wait-registered' }, { do: 'wait', ms: numberOf(values, 'late-close') }],
    undo: [{ do: 'close-abandoned' }],
  }),
};
