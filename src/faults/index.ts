/** The registry of faults, and any one of them as a scenario asks for it. */
import { type Disconnect, disconnect } from './disconnect.js';
import type { FaultKind } from './fault.js';
import { type RestartServer, restartServer } from './restart-server.js';

export const FAULTS: readonly FaultKind[] = [disconnect, restartServer];

export type Fault = Disconnect | RestartServer;

/** What a fault needs of a target, or null. */
export function needOf(fault: Fault): string | null {
  return FAULTS.find(({ name }) => name === fault.fault)?.needs ?? null;
}
