/** The connection of a device is reset (TCP RST), as by a NAT or a load balancer that dropped its state. */
import { numberOf } from '../fault.js';
import type { ConnectionFault } from './connection-fault.js';

export const abort: ConnectionFault = {
  name: 'abort',
  doc: 'The signaling connection is aborted by a TCP RST. Both ends get an error, and data in transit is lost. No connection can be opened until the time is over.',
  layer: 'connection',
  needs: null,
  absence: 'until-registered',
  parameters: [
    {
      name: 'abort',
      doc: 'how long no connection can be opened; with 0ms the device can reconnect at once',
      type: { type: 'duration' },
      default: null,
    },
  ],
  example: 'fault: { link: bob.signaling, abort: 0ms, on: bob sends accept }',
  script: (values) => ({
    acts: [{ do: 'refuse' }, { do: 'break', how: 'reset' }, { do: 'wait', ms: numberOf(values, 'abort') }],
    undo: [{ do: 'allow' }],
  }),
};
