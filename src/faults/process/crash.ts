/** The application of a device crashes and is started again. */
import type { FaultKind } from '../fault.js';

export const crash: FaultKind = {
  name: 'crash',
  doc: 'The application crashes, loses its state, and is started again when the time is over.',
  layer: 'process',
  needs: null,
  absence: 'until-registered',
  parameters: [{ name: 'crash', doc: 'how long until it is started again', type: { type: 'duration', msMin: 1 }, default: null }],
  example: 'fault: { agent: alice, crash: 500ms, on: alice receives ringing }',
};
