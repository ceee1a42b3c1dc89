/** No connection can be opened for a while; an existing one continues. */
import { numberOf } from '../fault.js';
import type { ConnectionFault } from './connection-fault.js';

export const refuse: ConnectionFault = {
  name: 'refuse',
  doc: 'Connection attempts are refused until the time is over; an existing connection continues. It takes effect with the first attempt.',
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
