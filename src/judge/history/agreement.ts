/** Whether all devices of a call tell their users the same story at an instant, with and without sight of the server. */
import { type CallRecord, isSibling, type Phase, sideOf, viewOf } from '../../protocol/call.js';
import type { EventOf } from '../../trace/event.js';
import {
  addressFrom,
  appliedAt,
  type CallHistory,
  calleeDevices,
  devicesOfUser,
  onlineAt,
  onlineThroughout,
  type Replay,
  recordAt,
  sameView,
  shownAt,
  userOf,
} from './replay.js';
import { stateWords } from './wording.js';

/** How one device stands towards a call. `evidence` is what it showed and applied last. */
export interface Standing {
  readonly device: string;
  /** In the user's words, such as `ended(hangup)`. */
  readonly shows: string;
  /** What it should show instead, or null when it is right or cannot be told. */
  readonly wanted: string | null;
  /** The version it is at, where that is behind; else null. */
  readonly behindAt: number | null;
  /** Whether this device calls, rings or talks, and so belongs into every account of the call. */
  readonly main: boolean;
  readonly evidence: readonly number[];
}

export interface Agreement {
  readonly agrees: boolean;
  readonly standings: readonly Standing[];
  /** The server's record, or null with a black box or before the first. */
  readonly record: EventOf<'record'> | null;
}

/** How the devices that are online at event `n` stand towards a call. */
export function agreementAt(replay: Replay, history: CallHistory, n: number): Agreement {
  const devices = partakers(replay, history).filter((device) => onlineAt(replay, device, n));
  const record = recordAt(history, n);
  if (!replay.serverVisible) return amongDevices(replay, history, devices, n);
  const standings = devices.map((device) =>
    record === null ? withoutRecord(replay, history, device, n) : towardsRecord(replay, history, record, device, n),
  );
  return { agrees: standings.every((standing) => standing.wanted === null && standing.behindAt === null), standings, record };
}

/** Devices of both users, and any other that shows the call. */
export function partakers(replay: Replay, history: CallHistory): string[] {
  const caller = history.caller === null ? null : userOf(history.caller);
  return [...new Set([...devicesOfUser(replay, caller), ...calleeDevices(replay, history), ...history.shown.keys()])];
}

/** A device may show the end of a call that the server never took on, such as a refused one, but nothing live. */
function withoutRecord(replay: Replay, history: CallHistory, device: string, n: number): Standing {
  const shown = shownAt(replay, history, device, n);
  const live = shown !== null && isLive(shown.state);
  return {
    device,
    shows: stateWords(shown),
    wanted: live ? 'idle' : null,
    behindAt: null,
    main: live,
    evidence: shown === null ? [] : [shown.n],
  };
}

function towardsRecord(replay: Replay, history: CallHistory, set: EventOf<'record'>, device: string, n: number): Standing {
  const { record } = set;
  const address = addressFrom(device);
  const shown = shownAt(replay, history, device, n);
  const applied = appliedAt(replay, history, device, n);
  const wanted = viewOf(record, address);
  const main = sideOf(record, address) !== null && !isSibling(record, address);
  const right =
    shown === null
      ? mayBeUntold(replay, history, record, device, n)
      : sameView(wanted, shown) || (shown.state === 'idle' && !isLive(wanted.state));
  const untold = shown === null && applied === null;
  const behind = main && !untold && (applied?.version ?? 0) !== record.version;
  return {
    device,
    shows: stateWords(shown),
    wanted: right ? null : stateWords(wanted),
    behindAt: behind ? (applied?.version ?? 0) : null,
    main,
    evidence: [shown, applied].filter((event) => event !== null).map((event) => event.n),
  };
}

/**
 * Whether a device may rightly know nothing of a call: it has no part in it, the call is over and never rang anywhere
 * (busy, unreachable, cancelled at once), or the device was away at some time while it could have been told.
 */
function mayBeUntold(replay: Replay, history: CallHistory, record: CallRecord, device: string, n: number): boolean {
  const address = addressFrom(device);
  if (!isLive(viewOf(record, address).state) && viewOf(record, address).state !== 'ended') return true;
  const bornN = history.server[0]?.n ?? 0;
  const away = !onlineThroughout(replay, device, bornN, n);
  if (record.phase !== 'ended') return isSibling(record, address) && away;
  const neverRang = record.ringingAt === null && record.answeredAt === null;
  return neverRang || record.reason === 'busy' || record.reason === 'unreachable' || away;
}

/**
 * Without the server's record the devices are held against each other: each view allows some phases of a common
 * record, and together they must leave at least one, with one device at most talking on either side.
 */
function amongDevices(replay: Replay, history: CallHistory, devices: readonly string[], n: number): Agreement {
  const shown = devices.map((device) => ({ device, view: shownAt(replay, history, device, n) }));
  const anyLive = shown.some(({ view }) => view !== null && isLive(view.state));
  const allowed = shown.map(({ device, view }) => phasesBehind(replay, history, device, view, n));
  const common = COMMON.filter((phase) => allowed.every((phases) => phases.includes(phase)));
  const talking = shown.filter(({ view }) => view?.state === 'connected').map(({ device }) => device);
  // Whoever answered a call to a group talks for all of it.
  const perUser = new Set(talking.map((device) => (history.callees.includes(userOf(device)) ? history.callee : userOf(device))));
  const twoOnOneSide = perUser.size < talking.length;
  // An answered call needs somebody who answered, unless that device is away.
  const callerTalks = history.caller !== null && talking.includes(history.caller);
  const called = calleeDevices(replay, history);
  const calleeOnline = called.length > 0 && called.every((device) => onlineAt(replay, device, n));
  const nobodyAnswered = callerTalks && calleeOnline && !talking.some((device) => history.callees.includes(userOf(device)));
  const agrees = !anyLive || (common.length > 0 && !twoOnOneSide && !nobodyAnswered);
  const standings = shown.map(({ device, view }): Standing => {
    const elsewhere = view?.reason === 'answered-elsewhere' || view?.reason === 'rejected-elsewhere';
    const sibling = history.caller !== null && device !== history.caller && userOf(device) === userOf(history.caller);
    return {
      device,
      shows: stateWords(view),
      wanted: null,
      behindAt: null,
      main: !elsewhere && !(sibling && view === null),
      evidence: view === null ? [] : [view.n],
    };
  });
  return { agrees, standings, record: null };
}

type CommonPhase = Exclude<Phase, 'inviting'>;
/** `ringing` stands for everything before an answer: the two sides learn of the ringing one after the other. */
const COMMON: readonly CommonPhase[] = ['ringing', 'connected', 'ended'];

function phasesBehind(
  replay: Replay,
  history: CallHistory,
  device: string,
  view: EventOf<'state'> | null,
  n: number,
): readonly CommonPhase[] {
  if (view === null) {
    // Of a group it is the target's choice whom it rings, but somebody has to.
    const isTold = history.callees.length > 1 && history.callees.some((user) => shownBy(history, user));
    const isCalled = history.callees.includes(userOf(device)) && !isTold;
    const mustKnow = device === history.caller || (isCalled && alwaysThere(replay, history, device, n));
    return mustKnow ? ['ended'] : COMMON;
  }
  switch (view.state) {
    case 'inviting':
    case 'ringing':
      return ['ringing'];
    case 'connected':
      return ['connected'];
    case 'idle':
      return ['ended'];
    case 'ended':
      return view.reason === 'answered-elsewhere' ? ['connected', 'ended'] : ['ended'];
  }
}

function shownBy({ shown }: CallHistory, user: string): boolean {
  return [...shown.keys()].some((device) => userOf(device) === user);
}

function alwaysThere(replay: Replay, history: CallHistory, device: string, n: number): boolean {
  const first = Math.min(...[...history.shown.values()].map((views) => views[0]?.n ?? Infinity));
  return onlineThroughout(replay, device, first, n);
}

function isLive(state: EventOf<'state'>['state']): boolean {
  return state === 'inviting' || state === 'ringing' || state === 'connected';
}
