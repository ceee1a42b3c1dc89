/** The wall clock of a device is set. */
import type { FaultKind } from '../fault.js';

export const jump: FaultKind = {
  name: 'jump',
  doc: 'The wall clock of the device jumps, as when its user or its network sets it. The monotonic clock does not (Jepsen: bump).',
  layer: 'clock',
  needs: null,
  absence: null,
  parameters: [
    { name: 'jump', doc: 'how far, forwards or with - backwards', type: { type: 'shift', msMax: 86_400_000 }, default: null },
  ],
  example: 'fault: { clock: alice, jump: -90s }',
};
