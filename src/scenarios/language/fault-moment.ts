/** A message that a fault waits for or strikes, checked against the agents of the scenario. */
import type { Trigger } from '../../faults/trigger.js';
import { namedUser } from './cast.js';
import type { StepContext } from './context.js';
import type { Path } from './problem.js';

/** The message if its agent and device exist. Null after a report, or if the agents are unknown. */
export function triggerAt(
  { cast, report }: StepContext,
  trigger: Trigger | null,
  at: Path,
  stands: 'key' | 'value' = 'value',
): Trigger | null {
  if (trigger === null || cast === null) return null;
  const { user, device } = trigger;
  return namedUser(cast, device === null ? user : `${user}.${device}`, at, report, stands) === null ? null : trigger;
}
