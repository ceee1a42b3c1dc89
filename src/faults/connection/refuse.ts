/** No connection can be made for a while; one that is there goes on. */
import { numberOf } from '../fault.js';
import type { ConnectionFault } from './connection-fault.js';

export const refuse: ConnectionFault = {
  name: 'refuse',
  doc: 'Attempts to connect are refused until the time is over; a connection that is there goes on. It takes effect with the first attempt.',
  layer: 'connection',
  needs: null,
  absence: 'until-registered',
  parameters: [{ name: 'refuse', doc: 'for how long', type: { type: 'duration', msMin: 1 }, default: null }],
  example: 'fault: { link: alice.signaling, refuse: 2s }',
  script: (values) => ({
    acts: [{ do: 'refuse' }, { do: 'wait', ms: numberOf(values, 'refuse') }],
    undo: [{ do: 'allow' }],
  }),
};
