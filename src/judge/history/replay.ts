/** Former names of the history and its lookups, for reporters that have not moved to `history.ts` yet. */
import { type EventOf, eventsOf, type MarkEvent, type TraceEvent } from '../../trace/event.js';
import { type History, historyOf } from './history.js';

export { addressFrom, appliedAt, type CallHistory, recordAt, SERVER, screenAt, shownAt, userOf } from './history.js';

export interface Replay extends History {
  readonly ops: History['actions'];
  readonly turns: History['presenceActions'];
}

export function replayOf(trace: readonly TraceEvent[]): Replay {
  const history = historyOf(trace);
  return { ...history, ops: history.actions, turns: history.presenceActions };
}

/** The first mark of this name, or null. */
export function markOf(trace: readonly TraceEvent[], name: MarkEvent['name']): EventOf<'mark'> | null {
  return eventsOf(trace, 'mark').find((mark) => mark.name === name) ?? null;
}

/** Finds events by their number; an event that a cut trace lacks is undefined. */
export function byNumber(trace: readonly TraceEvent[]): ReadonlyMap<number, TraceEvent> {
  return new Map(trace.map((event) => [event.n, event]));
}
