/** The connection of a device breaks without a word, and none can be made for a while. */
import type { Address } from '../protocol/address.js';
import type { Millis } from '../protocol/machine.js';
import { DISCONNECT } from '../trace/absence.js';
import type { FaultKind } from './fault.js';

export const disconnect: FaultKind = {
  name: DISCONNECT,
  doc: 'The signaling connection of a device breaks without a close frame, and none can be made until the time is over; the application is not told, and comes back by itself.',
  layer: 'connection',
  needs: null,
  parameters: [
    { name: 'disconnect', doc: 'for how long no connection can be made', type: { type: 'duration', msMin: 1 }, default: null },
  ],
  example: 'fault: { link: alice.signaling, disconnect: 1s, on: bob sends accept }',
};

/** One disconnect of a scenario. */
export interface Disconnect {
  readonly fault: typeof DISCONNECT;
  readonly device: Address;
  readonly ms: Millis;
}
