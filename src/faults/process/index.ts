/** The registry of faults of a device's process. */
import type { FaultKind } from '../fault.js';
import { crash } from './crash.js';
import { pause } from './pause.js';
import { restart } from './restart.js';

export const PROCESS_FAULTS: readonly FaultKind[] = [pause, crash, restart];
