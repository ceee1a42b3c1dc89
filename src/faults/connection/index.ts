/** The registry of faults of the signaling connection. */
import { abort } from './abort.js';
import type { ConnectionFault } from './connection-fault.js';
import { disconnect } from './disconnect.js';
import { flap } from './flap.js';
import { freeze } from './freeze.js';
import { halfOpen } from './half-open.js';
import { lateClose } from './late-close.js';
import { networkSwitch } from './network-switch.js';
import { refuse } from './refuse.js';
import { slowHandshake } from './slow-handshake.js';

export const CONNECTION_FAULTS: readonly ConnectionFault[] = [
  disconnect,
  abort,
  halfOpen,
  refuse,
  slowHandshake,
  flap,
  networkSwitch,
  freeze,
  lateClose,
];
