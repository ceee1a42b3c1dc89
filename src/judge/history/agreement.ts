/** Whether all devices of a call show the same call at an instant, with and without sight of the server. */
import { type CallRecord, isSibling, type Phase, sideOf, viewOf } from '../../protocol/call.js';
import type { EventOf } from '../../trace/event.js';
import { declineCounts } from './declines.js';
import {
  addressFrom,
  appliedAt,
  type CallHistory,
  calleeDevices,
  devicesOfUser,
  type History,
  isLive,
  onlineAt,
  onlineThroughout,
  perHistory,
  recordAt,
  sameView,
  shownAt,
  userOf,
} from './history.js';
import { stateWords } from './wording.js';

/** How one device stands towards a call. `evidence` is what it showed and applied last. */
export interface Standing {
  readonly device: string;
  /** In the user's words, such as `ended(hangup)`. */
  readonly shows: string;
  /** What it should show instead, or null when it is right or nobody can say. */
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
export function agreementAt(history: History, call: CallHistory, n: number): Agreement {
  const devices = participants(history, call).filter((device) => onlineAt(history, device, n));
  if (!history.serverVisible) return amongDevices(history, call, devices, n);
  const record = recordAt(call, n);
  const standings = devices.map((device) =>
    record === null ? withoutRecord(history, call, device, n) : towardsRecord(history, call, record, device, n),
  );
  return { agrees: standings.every(({ wanted, behindAt }) => wanted === null && behindAt === null), standings, record };
}

const participantsOf = perHistory((history) => {
  const devicesOf = (call: CallHistory): string[] => {
    const caller = call.caller === null ? null : userOf(call.caller);
    return [...new Set([...devicesOfUser(history, caller), ...calleeDevices(history, call), ...call.shown.keys()])];
  };
  return new Map(history.calls.map((call) => [call, devicesOf(call)]));
});

/** Devices of both users, and any other that shows the call. */
export function participants(history: History, call: CallHistory): readonly string[] {
  return participantsOf(history).get(call) ?? [];
}

/** A device may show the end of a call that the server never took on, such as a refused one, but nothing live. */
function withoutRecord(history: History, call: CallHistory, device: string, n: number): Standing {
  const shown = shownAt(history, call, device, n);
  const live = isLive(shown?.state);
  return {
    device,
    shows: stateWords(shown),
    wanted: live ? 'idle' : null,
    behindAt: null,
    main: live,
    evidence: shown === null ? [] : [shown.n],
  };
}

function towardsRecord(history: History, call: CallHistory, held: EventOf<'record'>, device: string, n: number): Standing {
  const { record } = held;
  const address = addressFrom(device);
  const shown = shownAt(history, call, device, n);
  const applied = appliedAt(history, call, device, n);
  const wanted = viewOf(record, address);
  const main = sideOf(record, address) !== null && !isSibling(record, address);
  const right =
    shown === null
      ? mayNotKnow(history, call, record, device, n)
      : sameView(wanted, shown) || (shown.state === 'idle' && !isLive(wanted.state));
  const version = applied?.version ?? 0;
  const isBehind = main && (shown !== null || applied !== null) && version !== record.version;
  return {
    device,
    shows: stateWords(shown),
    wanted: right ? null : stateWords(wanted),
    behindAt: isBehind ? version : null,
    main,
    evidence: [shown, applied].flatMap((event) => (event === null ? [] : [event.n])),
  };
}

/**
 * Whether a device may rightly know nothing of a call: it has no part in it, the call is over and never rang anywhere
 * (busy, unreachable, cancelled at once), or the device was away at some time while it could have been notified.
 */
function mayNotKnow(history: History, { server }: CallHistory, record: CallRecord, device: string, n: number): boolean {
  const address = addressFrom(device);
  const { state } = viewOf(record, address);
  if (!isLive(state) && state !== 'ended') return true;
  const away = !onlineThroughout(history, device, server[0]?.n ?? 0, n);
  if (record.phase !== 'ended') return isSibling(record, address) && away;
  const neverRang = record.ringingAt === null && record.answeredAt === null;
  return neverRang || record.reason === 'busy' || record.reason === 'unreachable' || away;
}

/**
 * Without the server's record the devices are held against each other: each view allows some phases of a common
 * record, and together they must leave at least one, with one device at most talking on either side.
 */
function amongDevices(history: History, call: CallHistory, devices: readonly string[], n: number): Agreement {
  const isCallee = (device: string): boolean => call.callees.includes(userOf(device));
  const shown = devices.map((device) => ({ device, view: shownAt(history, call, device, n) }));
  const anyLive = shown.some(({ view }) => isLive(view?.state));
  const allowed = shown.map(({ device, view }) => phasesBehind(history, call, device, view, n));
  const common = COMMON.filter((phase) => allowed.every((phases) => phases.includes(phase)));
  const talking = shown.filter(({ view }) => view?.state === 'connected').map(({ device }) => device);
  // Whoever answered a call to a group talks for all of it.
  const perUser = new Set(talking.map((device) => (isCallee(device) ? call.callee : userOf(device))));
  const twoOnOneSide = perUser.size < talking.length;
  // An answered call needs somebody who answered, unless that device is away.
  const callerTalks = call.caller !== null && talking.includes(call.caller);
  const called = calleeDevices(history, call);
  const calleeOnline = called.length > 0 && called.every((device) => onlineAt(history, device, n));
  const nobodyAnswered = callerTalks && calleeOnline && !talking.some(isCallee);
  const agrees = !anyLive || (common.length > 0 && !twoOnOneSide && !nobodyAnswered);
  const standings = shown.map(({ device, view }): Standing => {
    const elsewhere = view?.reason === 'answered-elsewhere' || view?.reason === 'rejected-elsewhere';
    const sibling = call.caller !== null && device !== call.caller && userOf(device) === userOf(call.caller);
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
  history: History,
  call: CallHistory,
  device: string,
  view: EventOf<'state'> | null,
  n: number,
): readonly CommonPhase[] {
  switch (view?.state) {
    case undefined: {
      // Of a group it is the target's choice whom it rings, but somebody has to.
      const shownBy = [...call.shown.keys()].map(userOf);
      const isShownInGroup = call.callees.length > 1 && call.callees.some((user) => shownBy.includes(user));
      const isCalled = call.callees.includes(userOf(device)) && !isShownInGroup;
      return device === call.caller || (isCalled && wasAlwaysOnline(history, call, device, n)) ? ['ended'] : COMMON;
    }
    case 'inviting':
    case 'ringing':
      return ['ringing'];
    case 'connected':
      return ['connected'];
    case 'idle':
      return ['ended'];
    case 'ended':
      if (view?.reason === 'rejected' && device !== call.caller && !declineCounts(history, call, device, n)) return COMMON;
      return view?.reason === 'answered-elsewhere' ? ['connected', 'ended'] : ['ended'];
  }
}

function wasAlwaysOnline(history: History, { shown }: CallHistory, device: string, n: number): boolean {
  const first = Math.min(...[...shown.values()].map((views) => views[0]?.n ?? Infinity));
  return onlineThroughout(history, device, first, n);
}

/** Whether a view is an end that the device decided on by itself, without a record: the server may still know better. */
export function isProvisional(view: Pick<EventOf<'state'>, 'version' | 'state' | 'reason'>): boolean {
  const isLocal = view.reason === 'unreachable' || view.reason === 'peer-lost' || view.reason === 'server-error';
  return view.version === null && view.state === 'ended' && isLocal;
}
