/** What became of each call, step by step, as far as the trace knows: every step is news that devices have to be told. */
import type { CallRecord, Phase } from '../../protocol/call.js';
import type { Millis } from '../../protocol/machine.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { type CallHistory, commandOf, type Replay } from './replay.js';

/** A step of a call: a change of its record, or with a black box the first sight of one at any device. */
export interface News {
  readonly call: string;
  /** Null where there are no records: a foreign server. */
  readonly version: number | null;
  readonly phase: Phase;
  readonly record: CallRecord | null;
  /** Where it is seen first: the change at the server, or a device that knows of it. */
  readonly event: EventOf<'record'> | EventOf<'state'>;
  /** The user's action behind it, or null when nobody acted or the trace does not tell. */
  readonly op: EventOf<'action'> | null;
  readonly n: number;
  readonly at: Millis;
}

const OP_OF: Readonly<Record<Phase, readonly EventOf<'action'>['action'][]>> = {
  inviting: ['call'],
  ringing: [],
  connected: ['accept'],
  ended: ['reject', 'cancel', 'hang up'],
};

/** The news of one call, in the order in which they came about. */
export function newsOf(replay: Replay, index: ReadonlyMap<number, TraceEvent>, history: CallHistory): News[] {
  const seen = new Set<number>();
  const changes = replay.serverVisible ? history.server : [...history.applied.values()].flat().sort((a, b) => a.n - b.n);
  const news = changes.flatMap((event): News[] => {
    if (seen.has(event.version)) return [];
    seen.add(event.version);
    const { call, version, phase, record, n, at } = event;
    return [{ call, version, phase, record, event, op: opBehind(replay, index, history, event), n, at }];
  });
  return news.length > 0 || replay.serverVisible ? news : newsFromViews(replay, index, history);
}

/** Without records: the first device that shows a phase knows of it. */
function newsFromViews(replay: Replay, index: ReadonlyMap<number, TraceEvent>, history: CallHistory): News[] {
  const views = [...history.shown.values()].flat().sort((a, b) => a.n - b.n);
  const phases = new Set<string>();
  return views.flatMap((event): News[] => {
    const { state, n, at } = event;
    const isAside = event.reason === 'answered-elsewhere' || event.reason === 'rejected-elsewhere';
    if (state === 'idle' || isAside || phases.has(state)) return [];
    phases.add(state);
    return [
      {
        call: history.call,
        version: null,
        phase: state,
        record: null,
        event,
        op: opBehind(replay, index, history, event),
        n,
        at,
      },
    ];
  });
}

/** The op that led to it: by the chain of causes where it is whole, else the last that could have before it. */
function opBehind(
  replay: Replay,
  index: ReadonlyMap<number, TraceEvent>,
  history: CallHistory,
  event: EventOf<'record'> | EventOf<'state'>,
): EventOf<'action'> | null {
  const chained = commandOf(index, event);
  if (chained !== null && (chained.call === null || chained.call === history.call)) return chained;
  const phase = event.type === 'record' ? event.phase : event.state;
  if (phase === 'idle') return null;
  const by = event.type === 'record' ? moverOf(event) : null;
  return (
    replay.ops.findLast(
      (op) => OP_OF[phase].includes(op.action) && op.call === history.call && op.n < event.n && (by === null || op.node === by),
    ) ?? null
  );
}

/** The device that a record names as the one that answered or ended the call. */
function moverOf({ record }: EventOf<'record'>): string | null {
  if (record.phase === 'ended') return record.endedBy === null ? null : `${record.endedBy.user}/${record.endedBy.device}`;
  if (record.phase === 'connected' && record.callee.device !== null) return `${record.callee.user}/${record.callee.device}`;
  return null;
}
