/** The server takes long to handle each frame. */
import type { FaultKind } from '../fault.js';

export const slowHandler: FaultKind = {
  name: 'slow-handler',
  doc: 'The server handles each frame only after a delay, in order: a slow database.',
  layer: 'server',
  needs: 'slow-handler',
  absence: null,
  parameters: [
    { name: 'delay', doc: 'how long each frame waits', type: { type: 'duration', msMin: 1, msMax: 60_000 }, default: '250ms' },
  ],
  example: 'fault: { server: slow-handler, delay: 400ms, for: 3s }',
};
