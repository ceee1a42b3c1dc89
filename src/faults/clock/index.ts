/** The registry of faults of a device's clocks. */
import type { FaultKind } from '../fault.js';
import { jump } from './jump.js';
import { skew } from './skew.js';

export const CLOCK_FAULTS: readonly FaultKind[] = [jump, skew];
