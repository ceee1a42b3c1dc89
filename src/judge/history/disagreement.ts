/** When the sides of a call showed different states, and for how long. */
import type { Millis } from '../../protocol/machine.js';
import type { TraceEvent } from '../../trace/event.js';
import { agreementAt, participants } from './agreement.js';
import { allShown, type CallHistory, type History } from './history.js';

type Instant = Pick<TraceEvent, 'n' | 'at'>;

/** A stretch in which the devices of a call disagreed: from the event that began it to the one that ended it. */
export interface Disagreement {
  readonly from: Instant;
  readonly to: Instant;
}

/** Events up to `end` after which agreement may be another one than before, in order. */
export function turningPoints(history: History, call: CallHistory, end: Instant): Instant[] {
  const devices = participants(history, call);
  const own = [...allShown(call), ...[...call.applied.values()].flat(), ...call.server];
  const turns = history.presenceActions.filter(({ node }) => devices.includes(node));
  const others = devices.flatMap((device) => (history.states.get(device) ?? []).filter((state) => state.call !== call.call));
  return [...own, ...turns, ...others].filter(({ n }) => n <= end.n).sort((a, b) => a.n - b.n);
}

/** The disagreements about a call that were over by `end` and lasted for `msMin` or longer. */
export function healedDisagreements(history: History, call: CallHistory, end: Instant, msMin: Millis): Disagreement[] {
  const events = turningPoints(history, call, end);
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined || last.at - first.at < msMin) return [];
  const found: Disagreement[] = [];
  let from: Instant | null = null;
  for (const event of events) {
    const { agrees } = agreementAt(history, call, event.n);
    if (!agrees) from ??= event;
    else {
      if (from !== null && event.at - from.at >= msMin) found.push({ from, to: event });
      from = null;
    }
  }
  return found;
}
