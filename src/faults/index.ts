/** The registry of faults, by layer from the message out to the server. */
import { CLOCK_FAULTS } from './clock/index.js';
import { CONNECTION_FAULTS } from './connection/index.js';
import type { FaultKind, Layer } from './fault.js';
import { LINK_FAULTS } from './link/index.js';
import { MEDIA_FAULTS } from './media/index.js';
import { MESSAGE_FAULTS } from './message/index.js';
import { PROCESS_FAULTS } from './process/index.js';
import { SERVER_FAULTS } from './server/index.js';

export const FAULTS: readonly FaultKind[] = [
  ...MESSAGE_FAULTS,
  ...CONNECTION_FAULTS,
  ...LINK_FAULTS,
  ...MEDIA_FAULTS,
  ...PROCESS_FAULTS,
  ...CLOCK_FAULTS,
  ...SERVER_FAULTS,
];

/** The fault of this name on a layer, or null. Some names, such as `loss`, exist on two layers. */
export function faultNamed(name: string, layer: Layer): FaultKind | null {
  return FAULTS.find((kind) => kind.name === name && kind.layer === layer) ?? null;
}
