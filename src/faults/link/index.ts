/** The registry of link faults: toxiproxy's toxics, and loss as TCP has it. */
import { bandwidth } from './bandwidth.js';
import { down } from './down.js';
import { latency } from './latency.js';
import { limitData } from './limit-data.js';
import type { LinkFault } from './link-fault.js';
import { loss } from './loss.js';
import { resetPeer } from './reset-peer.js';
import { slicer } from './slicer.js';
import { slowClose } from './slow-close.js';
import { timeout } from './timeout.js';

export const LINK_FAULTS: readonly LinkFault[] = [
  latency,
  bandwidth,
  slowClose,
  timeout,
  resetPeer,
  slicer,
  limitData,
  loss,
  down,
];
