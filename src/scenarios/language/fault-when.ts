/** Reads when a fault begins, how long it lasts and how often it happens, from the keys that all faults share. */
import type * as z from 'zod';
import type { StepContext } from './context.js';
import { triggerAt } from './fault-moment.js';
import { validate } from './issues.js';
import { AT_ONCE, type PlannedFault, type When } from './plan.js';
import type { Path } from './problem.js';
import { WHEN_SCHEMAS } from './schema-faults.js';
import type { PlainMap } from './tree.js';

/** How long the server is paused by default. */
const PAUSE_SERVER_MS = 1_000;

/** Resolves the keys `on`, `for` and so on. Null after a report. `fault` is null if it is unknown. */
export function resolveWhen(context: StepContext, value: PlainMap, at: Path, fault: PlannedFault | null): When | null {
  const { report } = context;
  let isWhole = true;
  /** The value of a key, or `otherwise` if it is absent. */
  const read = <T>(key: keyof typeof WHEN_SCHEMAS, otherwise: T): T => {
    if (!(key in value)) return otherwise;
    const schema: z.ZodType = WHEN_SCHEMAS[key];
    const got = validate(schema, value[key], [...at, key], report);
    if (got === null) isWhole = false;
    return (got ?? otherwise) as T;
  };
  const together = (one: string, other: string, hint: string): void => {
    if (!(one in value) || !(other in value)) return;
    report([...at, other], 'key', `"${one}" and "${other}" in one "fault"`, hint);
    isWhole = false;
  };
  together('between', 'on', '"between" already defines when it begins');
  together('between', 'for', '"between" already defines when it ends');
  together('at', 'on', '"at" counts from the first step, "on" waits for a moment: use one of them');
  together('at', 'after', '"at" counts from the first step, "after" from its own: use one of them');
  const [from, until] = read<readonly [When['on'], When['until']]>('between', [null, null]);
  const on = read('on', from);
  const isMessage = fault?.layer === 'message';
  const forMs = read<number | null>('for', null);
  const probability = read<number | null>('probability', null);
  // For message faults the duration is how long it strikes, for others how long one occurrence lasts.
  const isOpen = probability !== null || (isMessage ? forMs !== null || until !== null : 'every' in value);
  const when: When = {
    ...AT_ONCE,
    on: on === null ? null : triggerAt(context, on, [...at, 'between' in value ? 'between' : 'on']),
    until: until === null ? null : triggerAt(context, until, [...at, 'between', 1]),
    nth: read('nth', 1),
    afterMs: read('after', 0),
    atMs: read('at', null),
    forMs: forMs ?? defaultMs(fault, until),
    everyMs: read('every', null),
    times: read('times', isOpen ? null : 1),
    probability,
    heals: read<string | null>('heal', null) === null,
  };
  if (isMessage && when.everyMs !== null) {
    report([...at, 'every'], 'key', '"every" does not work for message faults', 'use times, or probability');
    return null;
  }
  if ('nth' in value && when.on === null && !isMessage && fault !== null) {
    report([...at, 'nth'], 'key', '"nth" counts moments, but this fault has no "on"', 'add on: and a moment');
    return null;
  }
  if (!isWhole || (on !== null && when.on === null) || (until !== null && when.until === null)) return null;
  return when;
}

function defaultMs(fault: PlannedFault | null, until: When['until']): number | null {
  return until === null && fault?.parts[0]?.name === 'pause-server' ? PAUSE_SERVER_MS : null;
}
