/** `expect: { bob receives hang up: 1 }`: how often a device has sent or received a message since the repetition began. */
import { formatTrigger } from '../../faults/trigger.js';
import type { StepContext } from './context.js';
import { sentence } from './context.js';
import { formatDuration } from './duration.js';
import { triggerAt } from './fault-moment.js';
import { readTrigger } from './fault-words.js';
import { validate } from './issues.js';
import type { CountExpectation, Step } from './plan.js';
import { type Path, quote } from './problem.js';
import { countSchema } from './schema.js';
import type { PlainMap } from './tree.js';

/** Whether a name in an `expect` is a message: `bob receives hang up`. */
export function namesMessage(name: string): boolean {
  return /\s/.test(name.trim());
}

export function resolveExpectCounts(
  context: StepContext,
  value: PlainMap,
  names: readonly string[],
  withinMs: number | null,
  path: Path,
): Step | null {
  const { report } = context;
  const at = [...path, 'expect'];
  const counts = names.flatMap((name): CountExpectation[] => {
    const where = [...at, name];
    if (!namesMessage(name)) {
      report(where, 'key', 'states and counts in one "expect"', `write ${quote(name)} as a separate step`);
      return [];
    }
    const read = readTrigger(name);
    if (!read.ok) report(where, 'key', read.message, read.hint);
    const times = validate(countSchema, value[name], where, report);
    const trigger = read.ok ? triggerAt(context, read.value, where, 'key') : null;
    return trigger === null || times === null ? [] : [{ trigger, times }];
  });
  if (withinMs === null || counts.length < names.length) return null;
  const text = counts.map(({ trigger, times }) => `${formatTrigger(trigger)}: ${times}`).join(', ');
  return { ...sentence(path, `${text} within ${formatDuration(withinMs)}`), kind: 'expect-count', counts, withinMs };
}
