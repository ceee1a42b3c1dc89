/** The registry of media faults, in the order in which packets pass them. */
import { blackout } from './blackout.js';
import { blockUdp } from './block-udp.js';
import { corrupt } from './corrupt.js';
import { duplicate } from './duplicate.js';
import { gemodel } from './gemodel.js';
import { latency } from './latency.js';
import { loss } from './loss.js';
import type { MediaFault } from './media-fault.js';
import { natRebind } from './nat-rebind.js';
import { rate } from './rate.js';
import { reorder } from './reorder.js';

/**
 * Dropping comes first, so that dropped packets take no room in a queue. Copies are made before the queue, and have their own
 * latency. Reordering removes latency, so it comes after it; the NAT is last, before the open network.
 */
export const MEDIA_FAULTS: readonly MediaFault[] = [
  blockUdp,
  blackout,
  loss,
  gemodel,
  corrupt,
  duplicate,
  rate,
  latency,
  reorder,
  natRebind,
];
