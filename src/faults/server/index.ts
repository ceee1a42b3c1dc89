/** The registry of faults of the server's process; scenarios name them without `-server`. */
import type { FaultKind } from '../fault.js';
import { pauseServer } from './pause-server.js';
import { restartServer } from './restart-server.js';
import { slowHandler } from './slow-handler.js';

export const SERVER_FAULTS: readonly FaultKind[] = [restartServer, pauseServer, slowHandler];

/** The value of `server:` for a fault: `restart` for `restart-server`. */
export function serverWord({ name }: FaultKind): string {
  return name.replace(/-server$/, '');
}
