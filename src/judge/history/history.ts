/** The one index of a trace, built in one pass: calls, what each device showed and applied, who was online, events by type. */

import { presenceOf } from '../../protocol/actions.js';
import type { Address } from '../../protocol/address.js';
import type { View } from '../../protocol/call.js';
import type { Millis } from '../../protocol/machine.js';
import {
  beginOf,
  type EventOf,
  type MarkEvent,
  type RunBegin,
  type RunEnd,
  roleOf,
  type Stamp,
  type TraceEvent,
} from '../../trace/event.js';
import { groupBy, listIn } from '../../trace/grouping.js';
import { indexUpTo, lastUpTo } from './by-number.js';
import { cutIntervals, type Interval, intervalAt, offlineIntervals, outside, overlaps, united } from './intervals.js';

/** The name that stands for the server where the trace names none. */
export const SERVER = 'server';

/** One call as its nodes saw it. Lists are in the order of the trace; maps are keyed by device (`alice/phone`). */
export interface CallHistory {
  readonly call: string;
  /** The device that called, or null when the trace does not say. */
  readonly caller: string | null;
  /** The user that was called, or null when the trace does not say. */
  readonly callee: string | null;
  /** Everybody who may answer: the callee, or the users of the group that was called in his place. */
  readonly callees: readonly string[];
  /** The changes of the record at the server that holds the call; empty for a black box. */
  readonly server: readonly EventOf<'record'>[];
  readonly applied: ReadonlyMap<string, readonly EventOf<'record'>[]>;
  readonly shown: ReadonlyMap<string, readonly EventOf<'state'>[]>;
}

export interface History {
  readonly trace: readonly TraceEvent[];
  readonly begin: (Stamp & RunBegin) | null;
  /** The last event of a complete run; null when the trace was cut. */
  readonly end: (Stamp & RunEnd) | null;
  readonly last: TraceEvent | null;
  /** Whether the server's own events are in the trace. */
  readonly serverVisible: boolean;
  /** Whether an adapter speaks to the target: then apps start their timers and ring by themselves. */
  readonly isForeign: boolean;
  /** Devices in the order of the scenario, then any others that the trace names. */
  readonly devices: readonly string[];
  readonly devicesByUser: ReadonlyMap<string, readonly string[]>;
  /** Calls in the order in which the trace first names them. */
  readonly calls: readonly CallHistory[];
  readonly callsById: ReadonlyMap<string, CallHistory>;
  /** What users did; what an app refused to do is left out. */
  readonly actions: readonly EventOf<'action'>[];
  /** What an app refused to do. */
  readonly refusedActions: readonly EventOf<'action'>[];
  /** The actions by which devices leave and return. */
  readonly presenceActions: readonly EventOf<'action'>[];
  /** By device, everything that it showed, of whatever call: it shows one at a time. */
  readonly states: ReadonlyMap<string, readonly EventOf<'state'>[]>;
  readonly records: readonly EventOf<'record'>[];
  readonly wires: readonly EventOf<'wire'>[];
  readonly unsent: readonly EventOf<'unsent'>[];
  readonly conns: readonly EventOf<'conn'>[];
  readonly sessions: readonly EventOf<'session'>[];
  readonly receipts: readonly EventOf<'receipt'>[];
  readonly marks: readonly EventOf<'mark'>[];
  readonly faults: readonly EventOf<'fault'>[];
  /** Faults that took effect. */
  readonly hits: readonly EventOf<'fault'>[];
  readonly lags: readonly EventOf<'lag'>[];
  readonly violations: readonly EventOf<'violation'>[];
  /** By call. */
  readonly media: ReadonlyMap<string, readonly EventOf<'media'>[]>;
  /** Readings of call timers, by call. */
  readonly timers: ReadonlyMap<string, readonly EventOf<'timer'>[]>;
  /** By device, when it was offline by its user's own actions. */
  readonly offline: ReadonlyMap<string, readonly Interval[]>;
  /** By device, when it was offline or a fault cut it off; intervals do not overlap. */
  readonly absent: ReadonlyMap<string, readonly Interval[]>;
  /** Numbers of the events at which a fault ended a server's process. */
  readonly serverRestarts: readonly number[];
  /** By device, numbers of the events at which it started anew and forgot what it had applied. */
  readonly restarts: ReadonlyMap<string, readonly number[]>;
  isServer(node: string): boolean;
  /** The server at the other end of a device's link. */
  serverOf(device: string): string;
}

interface GrowingCall {
  /** The server that holds the call. */
  holder: string | null;
  readonly server: EventOf<'record'>[];
  readonly applied: Map<string, EventOf<'record'>[]>;
  readonly shown: Map<string, EventOf<'state'>[]>;
}

const list = <T extends TraceEvent['type']>(): EventOf<T>[] => [];

/** Indexes a trace. Linear in its length; keeps references, copies nothing. */
export function historyOf(trace: readonly TraceEvent[]): History {
  const begin = beginOf(trace);
  const servers = new Set(Object.keys(begin?.roles ?? {}).filter((node) => roleOf(begin, node) === 'server'));
  const [server = SERVER] = servers;
  const isServer = (node: string): boolean => servers.has(node);
  const devices = new Set<string>(begin?.devices ?? []);
  const calls = new Map<string, GrowingCall>();
  const serverOf = new Map<string, string>();
  const welcomes = new Map<string, EventOf<'wire'>[]>();
  const lists = {
    ...{ actions: list<'action'>(), presenceActions: list<'action'>(), records: list<'record'>(), wires: list<'wire'>() },
    ...{ unsent: list<'unsent'>(), conns: list<'conn'>(), sessions: list<'session'>(), marks: list<'mark'>() },
    receipts: list<'receipt'>(),
    refusedActions: list<'action'>(),
    ...{ faults: list<'fault'>(), hits: list<'fault'>(), lags: list<'lag'>(), violations: list<'violation'>() },
    states: new Map<string, EventOf<'state'>[]>(),
    media: new Map<string, EventOf<'media'>[]>(),
    timers: new Map<string, EventOf<'timer'>[]>(),
    restarts: new Map<string, number[]>(),
  };
  const callNamed = (call: string): GrowingCall => {
    const known = calls.get(call) ?? { holder: null, server: [], applied: new Map(), shown: new Map() };
    calls.set(call, known);
    return known;
  };
  let end: History['end'] = null;
  for (const event of trace) {
    switch (event.type) {
      case 'run':
        if (event.phase === 'end') end = event;
        break;
      case 'mark':
        lists.marks.push(event);
        break;
      case 'action':
        devices.add(event.node);
        if (event.refused !== undefined) {
          lists.refusedActions.push(event);
          break;
        }
        lists.actions.push(event);
        if (presenceOf(event.action) !== null) lists.presenceActions.push(event);
        if (event.action === 'crash' || event.action === 'open') listIn(lists.restarts, event.node).push(event.n);
        break;
      case 'record': {
        lists.records.push(event);
        const call = callNamed(event.call);
        if (!isServer(event.node)) listIn(call.applied, event.node).push(event);
        else {
          call.holder ??= event.node;
          if (call.holder === event.node) call.server.push(event);
        }
        break;
      }
      case 'state':
        devices.add(event.node);
        listIn(lists.states, event.node).push(event);
        if (event.call !== null) listIn(callNamed(event.call).shown, event.node).push(event);
        break;
      case 'wire':
        lists.wires.push(event);
        if (isServer(event.node)) serverOf.set(deviceOf(event), event.node);
        else if (event.dir === 'in' && event.kind === 'welcome') listIn(welcomes, event.node).push(event);
        break;
      case 'fault':
        lists.faults.push(event);
        if (event.act === 'hit') lists.hits.push(event);
        break;
      case 'media':
        listIn(lists.media, event.call).push(event);
        break;
      case 'timer':
        listIn(lists.timers, event.call).push(event);
        break;
      case 'unsent':
        lists.unsent.push(event);
        break;
      case 'conn':
        lists.conns.push(event);
        break;
      case 'receipt':
        lists.receipts.push(event);
        break;
      case 'session':
        lists.sessions.push(event);
        break;
      case 'lag':
        lists.lags.push(event);
        break;
      case 'violation':
        lists.violations.push(event);
        break;
    }
  }
  const offline = new Map(
    [...groupBy(lists.presenceActions, ({ node }) => node)].map(([device, own]) => [device, offlineIntervals(own)]),
  );
  const cuts = cutIntervals({
    faults: lists.faults,
    welcomes,
    reachedBy: (node) => (isServer(node) ? [...devices].filter((device) => (serverOf.get(device) ?? server) === node) : [node]),
  });
  const all = callsOf(calls, lists.actions);
  return {
    ...lists,
    ...{ trace, begin, end, last: trace.at(-1) ?? null, offline, isServer },
    serverVisible: begin?.serverVisible ?? false,
    isForeign: begin?.adapter !== undefined,
    devices: [...devices],
    devicesByUser: groupBy(devices, userOf),
    calls: all,
    callsById: new Map(all.map((call) => [call.call, call])),
    absent: new Map(
      [...devices].map((device) => [device, united([...(offline.get(device) ?? []), ...(cuts.get(device) ?? [])])]),
    ),
    serverRestarts: lists.hits.filter(isRestart).map(({ n }) => n),
    serverOf: (device) => serverOf.get(device) ?? server,
  };
}

/** Whether a fault ended the process of a server, and another one took its place. */
function isRestart({ layer, absence }: EventOf<'fault'>): boolean {
  return layer === 'server' && absence === 'until-registered';
}

function callsOf(calls: ReadonlyMap<string, GrowingCall>, actions: readonly EventOf<'action'>[]): CallHistory[] {
  const made = new Map(actions.flatMap((event) => (event.action === 'call' && event.call !== null ? [[event.call, event]] : [])));
  return [...calls].map(([call, { server, applied, shown }]) => {
    const record = (server[0] ?? [...applied.values()][0]?.[0])?.record ?? null;
    const action = made.get(call) ?? null;
    const callee = record?.callee.user ?? (action === null || action.peer === null ? null : userOf(action.peer));
    return {
      call,
      caller: record !== null ? `${record.caller.user}/${record.caller.device}` : (action?.node ?? null),
      callee,
      callees: action?.group ?? (callee === null ? [] : [callee]),
      ...{ server, applied, shown },
    };
  });
}

/** What is derived from a history, made once for each. */
export function perHistory<T>(make: (history: History) => T): (history: History) => T {
  const known = new WeakMap<History, { readonly made: T }>();
  return (history) => {
    const before = known.get(history) ?? { made: make(history) };
    known.set(history, before);
    return before.made;
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

/** The device of a link: `alice/phone` of `alice/phone.signaling`. */
export function deviceOf({ link }: Pick<EventOf<'wire'>, 'link'>): string {
  const dot = link.lastIndexOf('.');
  return dot > 0 ? link.slice(0, dot) : link;
}

/** Whether a frame goes from a server to a device, seen from either end. */
export function isDown({ isServer }: History, { node, dir }: Pick<EventOf<'wire'>, 'node' | 'dir'>): boolean {
  return isServer(node) === (dir === 'out');
}

/** The event with this number; undefined where a cut trace lacks it. */
export function eventAt({ trace }: History, n: number | null): TraceEvent | undefined {
  if (n === null) return undefined;
  const direct = trace[n - (trace[0]?.n ?? 1)];
  const found = direct?.n === n ? direct : trace[indexUpTo(trace, n)];
  return found?.n === n ? found : undefined;
}

/** The event that led to another one; undefined without one. */
export function causeOf(history: History, { cause }: Pick<TraceEvent, 'cause'>): TraceEvent | undefined {
  return eventAt(history, cause);
}

/** The events that led to one, the nearest first; never those that come after it, whatever a broken trace says. */
export function* causesOf(history: History, event: TraceEvent): Generator<TraceEvent> {
  let before = event.n;
  for (let at = causeOf(history, event); at !== undefined && at.n < before; at = causeOf(history, at)) {
    yield at;
    before = at.n;
  }
}

/** The first mark of this name, or null. */
export function markOf({ marks }: History, name: MarkEvent['name']): EventOf<'mark'> | null {
  return marks.find((mark) => mark.name === name) ?? null;
}

/** The server's record of a call after event `n`, as the event that set it, or null before the first. */
export function recordAt({ server }: CallHistory, n: number): EventOf<'record'> | null {
  return lastUpTo(server, n) ?? null;
}

/** The last record that a device applied by event `n` since it last started anew, or null. */
export function appliedAt(history: History, { applied }: CallHistory, device: string, n: number): EventOf<'record'> | null {
  const last = lastUpTo(applied.get(device), n);
  return last !== undefined && last.n > startedAt(history, device, n) ? last : null;
}

/**
 * The state of a call that a device showed at event `n` since it last started anew; null when it never showed the call. A
 * device that shows another call, or none, by then is idle in this one.
 */
export function shownAt(history: History, { call, shown }: CallHistory, device: string, n: number): EventOf<'state'> | null {
  const own = lastUpTo(shown.get(device), n);
  if (own === undefined || own.n <= startedAt(history, device, n)) return null;
  const latest = screenAt(history, device, n);
  if (latest === null || latest.call === call) return own;
  return { ...latest, call: null, version: null, state: 'idle', reason: null, timerStartedAt: null };
}

/** The last state that a device showed by event `n`, of whatever call; null when it never showed any. */
export function screenAt({ states }: History, device: string, n: number): EventOf<'state'> | null {
  return lastUpTo(states.get(device), n) ?? null;
}

/** Whether a device was meant to be there at event `n`: neither gone offline nor crashed nor yet to be opened. */
export function onlineAt({ offline }: History, device: string, n: number): boolean {
  return intervalAt(offline.get(device), n) === null;
}

/** How long a device could be notified between two instants, in milliseconds: neither offline nor cut off. */
export function onlineMs({ absent }: History, device: string, fromAt: Millis, toAt: Millis): Millis {
  return outside(absent.get(device), fromAt, toAt);
}

/** Whether a device could be notified all the time between two events: neither offline nor cut off. */
export function onlineThroughout({ absent }: History, device: string, fromN: number, toN: number): boolean {
  return !overlaps(absent.get(device), fromN, toN);
}

/** Whether a device started anew between two events. */
export function hasRestarted({ restarts }: History, device: string, fromN: number, toN: number): boolean {
  return restarts.get(device)?.some((n) => fromN < n && n < toN) === true;
}

/** Whether two views look the same to the user. */
export function sameView(a: View, b: View): boolean {
  return a.state === b.state && a.reason === b.reason && a.timerStartedAt === b.timerStartedAt;
}

/** Whether a device shows a call that is not over. */
export function isLive(state: View['state'] | undefined): boolean {
  return state === 'inviting' || state === 'ringing' || state === 'connected';
}

/** Devices of the scenario that belong to a user. */
export function devicesOfUser({ devicesByUser }: History, user: string | null): readonly string[] {
  return user === null ? [] : (devicesByUser.get(user) ?? []);
}

/** Devices of whoever may answer a call. */
export function calleeDevices(history: History, { callees }: CallHistory): readonly string[] {
  return callees.flatMap((user) => devicesOfUser(history, user));
}

/** Every state that devices showed of a call, device by device. */
export function allShown({ shown }: CallHistory): EventOf<'state'>[] {
  return [...shown.values()].flat();
}

/** The first state of the given ones that a device showed of a call. */
export function firstShown({ shown }: CallHistory, device: string, ...states: View['state'][]): EventOf<'state'> | undefined {
  return shown.get(device)?.find(({ state }) => states.includes(state));
}

/**
 * The user's action whose own command led to an event, or null when it came from the server itself or from a device that
 * reacted to a message by itself.
 */
export function actionBehind(history: History, event: TraceEvent): EventOf<'action'> | null {
  for (const before of causesOf(history, event)) {
    if (before.type === 'action') return before;
    const isReaction = before.type === 'wire' && before.dir === 'in' && !history.isServer(before.node);
    if (before.type === 'record' || isReaction) return null;
  }
  return null;
}

function startedAt({ restarts }: History, device: string, n: number): number {
  return restarts.get(device)?.findLast((at) => at <= n) ?? 0;
}
