/** How long the faults of a plan are active, as far as it is known before anything runs. */

import { scriptMs } from '../../faults/connection/connection-fault.js';
import { CONNECTION_FAULTS } from '../../faults/connection/index.js';
import { numberOf, type ParameterValues } from '../../faults/fault.js';
import { delay } from '../../faults/message/delay.js';
import { PROCESS_FAULTS } from '../../faults/process/index.js';
import type { FaultStep, PlannedFault } from './plan.js';

/** How long a fault lasts by its own parameters, in milliseconds; null if only `for` or healing ends it. */
export function ownMs({ layer, parts, stream }: PlannedFault): number | null {
  const [part] = parts;
  if (part === undefined) return null;
  if (layer === 'connection') {
    const kind = CONNECTION_FAULTS.find(({ name }) => name === part.name);
    return kind === undefined ? null : scriptMs(kind.script(part.values, stream));
  }
  if (layer === 'message') return part.name === delay.name ? lateMs(part.values) : null;
  const value = PROCESS_FAULTS.some(({ name }) => name === part.name) ? part.values[part.name] : undefined;
  return typeof value === 'number' ? value : null;
}

/** From its step to its end, in milliseconds, without the wait for a moment; 0 for a fault that only healing ends. */
export function lastsMs({ fault, when }: FaultStep): number {
  const ms = when.forMs ?? ownMs(fault);
  return ms === null ? 0 : ms + when.afterMs + (when.atMs ?? 0);
}

/** How late a delayed message arrives at most. */
function lateMs(values: ParameterValues): number {
  return numberOf(values, 'by') + numberOf(values, 'jitter');
}
