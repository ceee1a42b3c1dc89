/** The connection of a device is reset (TCP RST), as by a NAT or a load balancer that forgot it. */
import { numberOf } from '../fault.js';
import type { ConnectionFault } from './connection-fault.js';

export const abort: ConnectionFault = {
  name: 'abort',
  doc: 'The signaling connection is aborted by a TCP RST: both ends get an error instead of an end, and what was under way is lost. None can be made until the time is over.',
  layer: 'connection',
  needs: null,
  absence: 'until-registered',
  parameters: [
    {
      name: 'abort',
      doc: 'for how long no connection can be made; 0ms lets the device come back at once',
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
