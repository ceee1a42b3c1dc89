/** What the server held, what each device showed and who was online, at any instant of a trace. */
import { presenceOf } from '../../protocol/actions.js';
import type { Address } from '../../protocol/address.js';
import type { View } from '../../protocol/call.js';
import type { Millis } from '../../protocol/machine.js';
import { beginOf, type EventOf, eventsOf, type MarkEvent, type TraceEvent } from '../../trace/event.js';
import { groupBy, listIn } from '../../trace/grouping.js';
import { cutSpells, ownSpells, RESTART_SERVER, type Spell, united } from './absence.js';

export const SERVER = 'server';

/** One call as its hops saw it. Lists are in the order of the trace; maps are keyed by device (`alice/phone`). */
export interface CallHistory {
  readonly call: string;
  /** The device that called, or null when the trace does not tell. */
  readonly caller: string | null;
  /** The user that was called, or null when the trace does not tell. */
  readonly callee: string | null;
  /** Everybody who may answer: the callee, or the users of the group that was called in his place. */
  readonly callees: readonly string[];
  /** The server's own changes of the record; empty for a black box. */
  readonly server: readonly EventOf<'record'>[];
  readonly applied: ReadonlyMap<string, readonly EventOf<'record'>[]>;
  readonly shown: ReadonlyMap<string, readonly EventOf<'state'>[]>;
}

export interface Replay {
  readonly trace: readonly TraceEvent[];
  readonly serverVisible: boolean;
  /** Devices in the order of the scenario, then any others that the trace names. */
  readonly devices: readonly string[];
  readonly devicesByUser: ReadonlyMap<string, readonly string[]>;
  /** Calls in the order in which the trace first names them. */
  readonly calls: readonly CallHistory[];
  readonly ops: readonly EventOf<'action'>[];
  /** The ops by which devices leave and return. */
  readonly turns: readonly EventOf<'action'>[];
  /** Everything that a device showed, of whatever call: it shows one at a time. */
  readonly views: ReadonlyMap<string, readonly EventOf<'state'>[]>;
  /** By device, when it was off by the user's own doing. */
  readonly offline: ReadonlyMap<string, readonly Spell[]>;
  /** By device, when it was off or a fault cut it off; spells do not overlap. */
  readonly absent: ReadonlyMap<string, readonly Spell[]>;
  /** Numbers of the events at which a fault ended the server's process. */
  readonly serverRestarts: readonly number[];
  /** Numbers of the events at which a device began anew and forgot what it had applied. */
  readonly restarts: ReadonlyMap<string, readonly number[]>;
}

/** Indexes a trace. Linear in its length; keeps references, copies nothing. */
export function replayOf(trace: readonly TraceEvent[]): Replay {
  const begin = beginOf(trace);
  const ops = eventsOf(trace, 'action');
  const devices = new Set<string>(begin?.devices ?? []);
  for (const event of trace) if (event.type === 'state' || event.type === 'action') devices.add(event.node);
  const turns = ops.filter(({ action }) => presenceOf(action) !== null);
  const restarts = new Map<string, number[]>();
  for (const op of ops) if (op.action === 'crash' || op.action === 'open') listIn(restarts, op.node).push(op.n);
  const offline = new Map([...groupBy(turns, ({ node }) => node)].map(([device, own]) => [device, ownSpells(own)]));
  const cuts = cutSpells(trace, [...devices]);
  const faults = eventsOf(trace, 'fault');
  return {
    trace,
    serverVisible: begin?.serverVisible ?? false,
    devices: [...devices],
    devicesByUser: groupBy(devices, userOf),
    calls: callsOf(trace, ops),
    ops,
    views: groupBy(eventsOf(trace, 'state'), (view) => view.node),
    turns,
    offline,
    absent: new Map(
      [...devices].map((device) => [device, united([...(offline.get(device) ?? []), ...(cuts.get(device) ?? [])])]),
    ),
    serverRestarts: faults.filter(({ act, fault }) => act === 'hit' && fault === RESTART_SERVER).map(({ n }) => n),
    restarts,
  };
}

/** The user of a device's text form: `alice` of `alice/phone`. */
export function userOf(device: string): string {
  const slash = device.indexOf('/');
  return slash < 0 ? device : device.slice(0, slash);
}

/** The address behind its text form. */
export function addressFrom(device: string): Address {
  return { user: userOf(device), device: device.slice(userOf(device).length + 1) };
}

/** The first mark of this name, or null. */
export function markOf(trace: readonly TraceEvent[], name: MarkEvent['name']): EventOf<'mark'> | null {
  return eventsOf(trace, 'mark').find((mark) => mark.name === name) ?? null;
}

/** The server's record of a call after event `n`, as the event that set it, or null before the first. */
export function recordAt(history: CallHistory, n: number): EventOf<'record'> | null {
  return history.server.findLast((event) => event.n <= n) ?? null;
}

/** The last record that a device applied by event `n` since it last began anew, or null. */
export function appliedAt(replay: Replay, history: CallHistory, device: string, n: number): EventOf<'record'> | null {
  const since = bornAt(replay, device, n);
  return history.applied.get(device)?.findLast((event) => event.n <= n && event.n > since) ?? null;
}

/**
 * The view of a call that a device had at event `n` since it last began anew; null when it never showed the call. A
 * device that shows another call, or none, by then is idle in this one.
 */
export function shownAt(replay: Replay, history: CallHistory, device: string, n: number): EventOf<'state'> | null {
  const since = bornAt(replay, device, n);
  const shown = history.shown.get(device)?.findLast((event) => event.n <= n && event.n > since) ?? null;
  const latest = screenAt(replay, device, n);
  if (shown === null || latest === null || latest.call === history.call) return shown;
  return { ...latest, call: null, version: null, state: 'idle', reason: null, timerStartedAt: null };
}

/** The last view of a device by event `n`, of whatever call; null when it never showed any. */
export function screenAt(replay: Replay, device: string, n: number): EventOf<'state'> | null {
  const views = replay.views.get(device) ?? [];
  let low = 0;
  let high = views.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((views[middle]?.n ?? Infinity) <= n) low = middle + 1;
    else high = middle;
  }
  return views[low - 1] ?? null;
}

/** Whether a device was meant to be there at event `n`: neither gone offline nor crashed nor yet to be opened. */
export function onlineAt(replay: Replay, device: string, n: number): boolean {
  return !(replay.offline.get(device) ?? []).some((spell) => spell.fromN <= n && n < spell.toN);
}

/** How long a device could be told of things between two instants, in milliseconds: neither off nor cut off. */
export function onlineMs(replay: Replay, device: string, fromAt: Millis, toAt: Millis): Millis {
  let online = Math.max(0, toAt - fromAt);
  for (const spell of replay.absent.get(device) ?? []) {
    online -= Math.max(0, Math.min(toAt, spell.toAt) - Math.max(fromAt, spell.fromAt));
  }
  return online;
}

/** Whether a device could be told of things all the time between two events: neither off nor cut off. */
export function onlineThroughout(replay: Replay, device: string, fromN: number, toN: number): boolean {
  return !(replay.absent.get(device) ?? []).some((spell) => spell.fromN <= toN && fromN < spell.toN);
}

/** Whether two views look the same to the user. */
export function sameView(a: View, b: View): boolean {
  return a.state === b.state && a.reason === b.reason && a.timerStartedAt === b.timerStartedAt;
}

/** Devices of the scenario that belong to a user. */
export function devicesOfUser(replay: Replay, user: string | null): readonly string[] {
  return user === null ? [] : (replay.devicesByUser.get(user) ?? []);
}

/** Devices of whoever may answer a call. */
export function calleeDevices(replay: Replay, { callees }: CallHistory): readonly string[] {
  return callees.flatMap((user) => devicesOfUser(replay, user));
}

/** Finds events by their number; an event that a cut trace lacks is undefined. */
export function byNumber(trace: readonly TraceEvent[]): ReadonlyMap<number, TraceEvent> {
  return new Map(trace.map((event) => [event.n, event]));
}

/**
 * The user's action whose own command made the server change a record, or null when the change came from the server
 * itself or from a device that reacted to a message by itself.
 */
export function commandOf(index: ReadonlyMap<number, TraceEvent>, change: TraceEvent): EventOf<'action'> | null {
  let at = change.cause === null ? undefined : index.get(change.cause);
  for (let before = change.n; at !== undefined && at.n < before; ) {
    if (at.type === 'action') return at;
    if (at.type === 'record' || (at.type === 'wire' && at.dir === 'in' && at.node !== SERVER)) return null;
    before = at.n;
    at = at.cause === null ? undefined : index.get(at.cause);
  }
  return null;
}

function bornAt(replay: Replay, device: string, n: number): number {
  return replay.restarts.get(device)?.findLast((at) => at <= n) ?? 0;
}

function callsOf(trace: readonly TraceEvent[], ops: readonly EventOf<'action'>[]): CallHistory[] {
  interface Growing {
    server: EventOf<'record'>[];
    applied: Map<string, EventOf<'record'>[]>;
    shown: Map<string, EventOf<'state'>[]>;
  }
  const calls = new Map<string, Growing>();
  const callNamed = (call: string): Growing => {
    const found = calls.get(call) ?? { server: [], applied: new Map(), shown: new Map() };
    calls.set(call, found);
    return found;
  };
  for (const event of trace) {
    if (event.type === 'record') {
      const { server, applied } = callNamed(event.call);
      (event.node === SERVER ? server : listIn(applied, event.node)).push(event);
    } else if (event.type === 'state' && event.call !== null) {
      listIn(callNamed(event.call).shown, event.node).push(event);
    }
  }
  const callOps = new Map(ops.filter((op) => op.action === 'call' && op.call !== null).map((op) => [op.call, op]));
  return [...calls].map(([call, history]) => {
    const record = (history.server[0] ?? [...history.applied.values()][0]?.[0])?.record ?? null;
    const op = callOps.get(call) ?? null;
    const callee = record?.callee.user ?? (op === null || op.peer === null ? null : userOf(op.peer));
    return {
      call,
      caller: record !== null ? `${record.caller.user}/${record.caller.device}` : (op?.node ?? null),
      callee,
      callees: op?.group ?? (callee === null ? [] : [callee]),
      ...history,
    };
  });
}
