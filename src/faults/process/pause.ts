/** The process of a device is paused: the phone in a pocket. */
import type { FaultKind } from '../fault.js';

export const pause: FaultKind = {
  name: 'pause',
  doc: 'The device is paused, as by SIGSTOP: it reads, writes and shows nothing, its timers do not fire, and its media is silent. Then it continues where it was (SIGCONT).',
  layer: 'process',
  needs: null,
  absence: 'until-healed',
  parameters: [{ name: 'pause', doc: 'for how long', type: { type: 'duration', msMin: 1 }, default: null }],
  example: 'fault: { agent: bob, pause: 2s, on: bob receives call }',
};
