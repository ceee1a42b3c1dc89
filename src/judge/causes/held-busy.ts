/** Calls that ended as busy although no call of that user was up: the server holds the user busy for nothing. Pure. */
import type { TraceEvent } from '../../trace/event.js';
import { allShown, type CallHistory, type History, isLive, recordAt, shownAt, userOf } from '../history/history.js';

export interface HeldBusy {
  readonly callee: string;
  /** The event that says busy. */
  readonly busy: Extract<TraceEvent, { type: 'state' | 'record' }>;
  /** The last call of the user before; null where he had none. */
  readonly before: CallHistory | null;
}

/** Null where the call did not end as busy, or the user was in another call. */
export function heldBusy(history: History, call: CallHistory): HeldBusy | null {
  const { callee } = call;
  const records = [...call.server, ...[...call.applied.values()].flat()];
  const busy = records.find(({ record }) => record.reason === 'busy') ?? allShown(call).find(({ reason }) => reason === 'busy');
  if (busy === undefined || callee === null) return null;
  // A user whose device rang for this very call was not held busy.
  const rang = allShown(call).some(({ node, state, n }) => userOf(node) === callee && n < busy.n && isLive(state));
  if (rang && !history.serverVisible) return null;
  const others = history.calls.filter((other) => other !== call && concerns(other, callee));
  if (others.some((other) => isLiveAt(history, other, busy.n))) return null;
  const before = others.findLast((other) => allShown(other).some(({ n }) => n < busy.n)) ?? null;
  return { callee, busy, before };
}

function concerns({ caller, callee }: CallHistory, user: string): boolean {
  return callee === user || (caller !== null && userOf(caller) === user);
}

function isLiveAt(history: History, call: CallHistory, n: number): boolean {
  if (history.serverVisible) return (recordAt(call, n)?.phase ?? 'ended') !== 'ended';
  return [...call.shown.keys()].some((device) => isLive(shownAt(history, call, device, n)?.state));
}
