/** What became of each call, change by change, as far as the trace knows: each one has to be delivered to the devices. */
import { ACTIONS, USER_ACTIONS, type UserAction } from '../../protocol/actions.js';
import { type CallRecord, PHASES, type Phase } from '../../protocol/call.js';
import type { Millis } from '../../protocol/machine.js';
import type { EventOf } from '../../trace/event.js';
import { actionBehind, allShown, type CallHistory, type History } from './history.js';

/** A change of a call: of its record, or with a black box the first sight of a phase at any device. */
export interface Change {
  readonly call: string;
  /** Null where there are no records: a foreign server. */
  readonly version: number | null;
  readonly phase: Phase;
  readonly record: CallRecord | null;
  /** Where it is seen first: the change at the server, or a device that knows of it. */
  readonly event: EventOf<'record'> | EventOf<'state'>;
  /** The user's action behind it, or null when nobody acted or the trace does not say. */
  readonly action: EventOf<'action'> | null;
  readonly n: number;
  readonly at: Millis;
}

/** The actions that lead to a phase. */
const LEADING_TO: ReadonlyMap<Phase, readonly UserAction[]> = new Map(
  PHASES.map((phase) => [phase, USER_ACTIONS.filter((action) => ACTIONS[action].leadsTo === phase)]),
);

/** The changes of one call, in the order in which they came about. */
export function changesOf(history: History, call: CallHistory): Change[] {
  const seen = new Set<string | number>();
  const isFirst = (key: string | number): boolean => !seen.has(key) && seen.add(key) !== undefined;
  const inOrder = <E extends { readonly n: number }>(events: E[]): E[] => events.sort((a, b) => a.n - b.n);
  const records = history.serverVisible ? call.server : inOrder([...call.applied.values()].flat());
  const changes = records.flatMap((event): Change[] => {
    const { version, phase, record } = event;
    return isFirst(version) ? [changeOf(history, call, event, { version, phase, record })] : [];
  });
  if (changes.length > 0 || history.serverVisible) return changes;
  // Without records, the first device that shows a phase knows of it.
  return inOrder(allShown(call)).flatMap((event): Change[] => {
    const { state, reason } = event;
    const isAside = reason === 'answered-elsewhere' || reason === 'rejected-elsewhere';
    if (state === 'idle' || isAside || !isFirst(state)) return [];
    return [changeOf(history, call, event, { version: null, phase: state, record: null })];
  });
}

function changeOf(
  history: History,
  call: CallHistory,
  event: Change['event'],
  what: Pick<Change, 'version' | 'phase' | 'record'>,
): Change {
  const { n, at } = event;
  return { call: call.call, ...what, event, action: actionOf(history, call, event, what.phase), n, at };
}

/** The action that led to it: by the chain of causes where it is whole, else the last that could have before it. */
function actionOf(history: History, { call }: CallHistory, event: Change['event'], phase: Phase): EventOf<'action'> | null {
  const chained = actionBehind(history, event);
  if (chained !== null && (chained.call === null || chained.call === call)) return chained;
  const able = LEADING_TO.get(phase) ?? [];
  const by = event.type === 'record' ? moverOf(event) : null;
  return (
    history.actions.findLast(
      (one) => able.includes(one.action) && one.call === call && one.n < event.n && (by === null || one.node === by),
    ) ?? null
  );
}

/** The device that a record names as the one that answered or ended the call. */
function moverOf({ record }: EventOf<'record'>): string | null {
  if (record.phase === 'ended') return record.endedBy === null ? null : `${record.endedBy.user}/${record.endedBy.device}`;
  if (record.phase === 'connected' && record.callee.device !== null) return `${record.callee.user}/${record.callee.device}`;
  return null;
}
