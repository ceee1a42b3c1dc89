/** The application of a device is closed properly and started again. */
import type { FaultKind } from '../fault.js';

export const restart: FaultKind = {
  name: 'restart',
  doc: 'The application closes its connection with a close frame, loses its state, and is started again when the time is over: a page that is reloaded.',
  layer: 'process',
  needs: null,
  absence: 'until-registered',
  parameters: [
    { name: 'restart', doc: 'how long until it is started again', type: { type: 'duration', msMin: 1 }, default: null },
  ],
  example: 'fault: { agent: alice, restart: 300ms, on: alice receives connected }',
};
