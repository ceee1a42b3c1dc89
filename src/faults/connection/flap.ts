/** The connection drops and recovers repeatedly. */
import { numberOf } from '../fault.js';
import type { ConnectionFault } from './connection-fault.js';

export const flap: ConnectionFault = {
  name: 'flap',
  doc: 'The connection drops, stays down for a time, may come up for a time, and drops again: a phone at the edge of a cell.',
  layer: 'connection',
  needs: null,
  absence: 'until-registered',
  parameters: [
    { name: 'flap', doc: 'how long it is down each time', type: { type: 'duration', msMin: 1 }, default: null },
    {
      name: 'up',
      doc: 'how long it stays up in between, from the moment at which the device is registered',
      type: { type: 'duration' },
      default: '500ms',
    },
    { name: 'cycles', doc: 'how often it goes down', type: { type: 'count', min: 1, max: 1_000 }, default: '5' },
  ],
  example: 'fault: { link: alice.signaling, flap: 200ms, up: 300ms, cycles: 4 }',
  script(values) {
    const down = [
      { do: 'refuse' },
      { do: 'break', how: 'silent' },
      { do: 'wait', ms: numberOf(values, 'flap') },
      { do: 'allow' },
    ] as const;
    const up = [{ do: 'wait-registered' }, { do: 'wait', ms: numberOf(values, 'up') }] as const;
    const cycles = Array.from({ length: numberOf(values, 'cycles') }, (_, cycle) => (cycle === 0 ? down : [...up, ...down]));
    return { acts: cycles.flat(), undo: [{ do: 'allow' }] };
  },
};
