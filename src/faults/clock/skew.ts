/** The clocks of a device run too fast or too slow. */
import type { FaultKind } from '../fault.js';

export const skew: FaultKind = {
  name: 'skew',
  doc: 'Both clocks of the device, wall and monotonic, run faster, or with - slower, by this many parts per million. Real clocks are off by up to 200ppm.',
  layer: 'clock',
  needs: null,
  absence: null,
  parameters: [
    { name: 'skew', doc: 'by how much', type: { type: 'number', unit: 'ppm', min: -100_000, max: 100_000 }, default: null },
  ],
  example: 'fault: { clock: alice, skew: 200ppm }',
};
