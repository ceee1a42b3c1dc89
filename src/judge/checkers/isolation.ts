/** No device without a part in a call changes it, however it behaves: not its record, not its devices, not their connections. */
import { ACTIONS, isEndingAction, presenceOf } from '../../protocol/actions.js';
import { isEvent, isSignal, type MessageKind } from '../../protocol/message-kinds.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { type CallHistory, causeOf, causesOf, deviceOf, type History, userOf } from '../history/history.js';
import { isObject } from '../history/messages.js';
import { labelOf, listWords, millis, stateWords } from '../history/wording.js';
import { type Checker, evidenceOf, type Finding, verdictOf } from './checker.js';

export const isolation: Checker = {
  name: 'isolation',
  doc: 'What a device without a part in a call sends changes nothing of its record, reaches none of its devices, and ends no connection but its own.',
  check(history) {
    const received = history.wires.filter(({ node, dir }) => dir === 'in' && history.isServer(node));
    const senders = [...new Set(received.map((wire) => userOf(deviceOf(wire))))];
    const calls = new Map(
      history.calls.map((call): [string, Users] => {
        const users = usersOf(call);
        return [call.call, { users, hasStrangers: senders.some((user) => !users.has(user)) }];
      }),
    );
    return verdictOf([...changed(history, calls), ...relayed(history, calls), ...unexplained(history), ...disconnected(history)]);
  },
};

interface Users {
  readonly users: ReadonlySet<string>;
  /** Whether anybody else sent something to a server. */
  readonly hasStrangers: boolean;
}
type Calls = ReadonlyMap<string, Users>;

function usersOf({ caller, callee }: CallHistory): ReadonlySet<string> {
  return new Set([...(caller === null ? [] : [userOf(caller)]), ...(callee === null ? [] : [callee])]);
}

/** Changes of records, at the server or as devices applied them, that a stranger caused or is said to have made. */
function changed(history: History, calls: Calls): Finding[] {
  const found = new Map<string, Finding>();
  for (const change of history.records) {
    const call = calls.get(change.call);
    const key = `${change.call} ${change.version}`;
    if (call === undefined || found.has(key)) continue;
    const { users: own, hasStrangers } = call;
    const sent = hasStrangers && history.isServer(change.node) ? receivedBefore(history, change) : null;
    const movers = [...(sent === null ? [] : [deviceOf(sent)]), ...moversOf(history, change)];
    const by = movers.find((one) => !own.has(userOf(one)));
    if (by === undefined) continue;
    const what = sent === null ? 'what it sent' : sent.kind;
    found.set(key, {
      message: `${by} has no part in call ${change.call} of ${listWords([...own])}, and ${what} made it ${stateWords({ state: change.phase, reason: change.record.reason })} (version ${change.version})`,
      expected: 'to be refused',
      actual: `version ${change.version} (${change.phase})`,
      evidence: evidenceOf(sent, change),
    });
  }
  return [...found.values()];
}

/** Messages about a call that a stranger sent and the server passed on to a device of the call. */
function relayed(history: History, calls: Calls): Finding[] {
  return history.wires.flatMap((wire): Finding[] => {
    const call = wire.call === null ? undefined : calls.get(wire.call);
    const isServer = history.isServer(wire.node);
    if (call === undefined || (isServer && !call.hasStrangers)) return [];
    const { users: own } = call;
    const to = deviceOf(wire);
    if (!own.has(userOf(to))) return [];
    let by: string | null = null;
    let sent: EventOf<'wire'> | null = null;
    if (isServer) {
      sent = wire.dir === 'out' ? receivedBefore(history, wire) : null;
      // A change was found already, at its record.
      if (sent === null || isThroughChange(history, wire)) return [];
      by = deviceOf(sent);
    } else if (wire.dir === 'in' && isSignal(wire.kind) && !history.serverVisible) {
      // With the server in the trace it was found there.
      by = addressIn(wire.frame, 'from');
    }
    if (by === null || own.has(userOf(by))) return [];
    return [
      {
        message: `${by} has no part in call ${wire.call} of ${listWords([...own])}, and its ${wire.kind} came through to ${to}`,
        expected: 'to be kept from them',
        actual: `${wire.kind} at ${to}`,
        evidence: evidenceOf(sent, wire),
      },
    ];
  });
}

/** How soon after a stranger's message a change counts as its effect, in milliseconds. */
const EFFECT_MS = 1_000;

/** Answers and ends at a black box right after a stranger's message about the call, without anything in the call that explains them. */
function unexplained(history: History): Finding[] {
  if (history.serverVisible || !history.isForeign) return [];
  const devices = new Set(history.begin?.devices ?? []);
  const hostile = history.wires.filter(({ node, dir }) => dir === 'out' && !history.isServer(node) && !devices.has(node));
  if (hostile.length === 0) return [];
  return history.calls.flatMap((call) => {
    const users = new Set([...usersOf(call), ...call.callees]);
    const strange = hostile.filter((wire) => wire.call === call.call && !users.has(userOf(wire.node)));
    if (call.caller === null || strange.length === 0) return [];
    return [...call.shown].flatMap(([device, states]) =>
      states.flatMap((shown): Finding[] => {
        const before = strange.filter(({ n, at }) => n < shown.n && shown.at - at <= EFFECT_MS);
        const sent = before.findLast(({ kind }) => leadsTo(kind, shown)) ?? before.at(-1);
        if (sent === undefined || !devices.has(device)) return [];
        // An error that answers the device's own message is no doing of the stranger.
        const cause = causeOf(history, shown);
        if (isOwnChange(history, call, users, shown) || (cause?.type === 'wire' && cause.refusal !== undefined)) return [];
        const what = sent.name === undefined ? sent.kind : `${sent.kind} (${sent.name})`;
        return [
          {
            message: `${userOf(sent.node)} has no part in call ${call.call} of ${listWords([...users])}, and ${labelOf(history, device)} showed ${stateWords(shown)} ${millis(shown.at - sent.at)} after it sent ${what}; nobody in the call did anything for it`,
            expected: 'to change nothing',
            actual: `${device}=${stateWords(shown)}`,
            evidence: [sent.n, shown.n],
          },
        ];
      }),
    );
  });
}

/** Whether a message of this kind asks for such a state. */
function leadsTo(kind: MessageKind, { state, reason }: EventOf<'state'>): boolean {
  return Object.values(ACTIONS).some(
    (action) =>
      action.command !== null &&
      kind === `command.${action.command}` &&
      action.leadsTo === state &&
      (action.ends === null || action.ends === reason),
  );
}

/** Whether those who have a part in the call, a fault or a time-out explain what a device shows. */
function isOwnChange(
  { actions, hits, conns, presenceActions }: History,
  { call, shown }: CallHistory,
  users: ReadonlySet<string>,
  { n, node, state, reason }: EventOf<'state'>,
): boolean {
  const isEarlier = (event: TraceEvent): boolean => event.n < n;
  const own = actions.filter((action) => action.call === call && isEarlier(action));
  const isAccepted = own.some(({ action }) => action === 'accept');
  if (state === 'connected') return isAccepted;
  if (state !== 'ended') return true;
  if (own.some(({ action }) => isEndingAction(action)) || hits.some(isEarlier)) return true;
  const isOfCall = (event: TraceEvent): boolean => isEarlier(event) && users.has(userOf(event.node));
  if (presenceActions.some((event) => isOfCall(event) && presenceOf(event.action) === 'off')) return true;
  if (conns.some((event) => isOfCall(event) && event.state !== 'opened')) return true;
  switch (reason) {
    case 'answered-elsewhere':
      return isAccepted;
    case 'busy':
    case 'unreachable':
      return !(shown.get(node) ?? []).some((event) => isEarlier(event) && event.state === 'ringing');
    case 'missed':
      return true;
    default:
      return false;
  }
}

/** Connections of devices of the run that ended over what somebody else sent. */
function disconnected(history: History): Finding[] {
  const own = new Set(history.begin?.devices ?? []);
  const isHostile = (node: string): boolean => node.includes('/') && !own.has(node);
  const hostile = history.wires.filter(({ dir, node }) => dir === 'out' && isHostile(node));
  const sessions = history.sessions.flatMap((event): Finding[] => {
    if (!history.isServer(event.node) || !own.has(event.device) || !SESSION_ENDS.includes(event.state)) return [];
    const sent = receivedBefore(history, event);
    if (sent === null || userOf(deviceOf(sent)) === userOf(event.device)) return [];
    return [
      {
        message: `${deviceOf(sent)} sent ${sent.kind}, and the server's session ${event.state} is of ${labelOf(history, event.device)}`,
        expected: 'to end no connection but its own',
        actual: `session ${event.state}`,
        evidence: [sent.n, event.n],
      },
    ];
  });
  if (hostile.length === 0) return sessions;
  const conns = history.conns.flatMap((event): Finding[] => {
    const last = hostile.findLast(({ n }) => n < event.n);
    if (event.state === 'opened' || !own.has(event.node) || last === undefined || isExplained(history, event)) return [];
    return [
      {
        message: `the connection of ${labelOf(history, event.node)} ended (${event.code}) ${millis(event.at - last.at)} after ${userOf(last.node)} sent ${last.kind}, and nothing else explains it`,
        expected: 'to stay open',
        actual: `closed with ${event.code}`,
        evidence: [last.n, event.n],
      },
    ];
  });
  return [...sessions, ...conns];
}

/** How a session ends. */
const SESSION_ENDS: readonly EventOf<'session'>['state'][] = ['lost', 'replaced', 'expired'];

/** Whether the user or a fault did something to the device or to the server while this connection was up, or it was given up for a newer one. */
function isExplained({ conns, hits, presenceActions, serverOf }: History, closed: EventOf<'conn'>): boolean {
  if (closed.by === 'fault') return true;
  const opened = conns.filter(({ node, state, n }) => node === closed.node && state === 'opened' && n < closed.n);
  if (opened.some(({ conn }) => conn > closed.conn)) return true;
  const since = opened.at(-1)?.n ?? 0;
  const isMeanwhile = ({ n }: TraceEvent): boolean => n > since && n < closed.n;
  const nodes = [closed.node, serverOf(closed.node)];
  return (
    hits.some((hit) => nodes.includes(hit.node) && isMeanwhile(hit)) ||
    presenceActions.some((one) => one.node === closed.node && presenceOf(one.action) === 'off' && isMeanwhile(one))
  );
}

/** The frame that the server read and that led to this event, or null where it came from the server itself or from nowhere. */
function receivedBefore(history: History, event: TraceEvent): EventOf<'wire'> | null {
  for (const before of causesOf(history, event)) {
    if (!history.isServer(before.node)) return null;
    if (before.type === 'wire' && before.dir === 'in') return before;
  }
  return null;
}

/** Whether a change of a record lies between what the server wrote and what it had read. */
function isThroughChange(history: History, event: TraceEvent): boolean {
  for (const before of causesOf(history, event)) {
    if (!history.isServer(before.node)) return false;
    if (before.type === 'record') return true;
  }
  return false;
}

/** Who made a change, as far as the record, and the frame that brought it to a device, say so. */
function moversOf(history: History, change: EventOf<'record'>): string[] {
  const frame = causeOf(history, change);
  const cause = frame?.type === 'wire' && isEvent(frame.kind) && isObject(frame.frame) ? frame.frame['cause'] : null;
  return [addressIn(change.record, 'endedBy'), addressIn(cause, 'by')].filter((by) => by !== null);
}

/** The address under a key of a frame, which is a stranger's data, as text; null when there is none. */
function addressIn(value: unknown, key: string): string | null {
  const address = isObject(value) ? value[key] : undefined;
  if (!isObject(address)) return null;
  const { user, device } = address;
  return typeof user === 'string' && typeof device === 'string' ? `${user}/${device}` : null;
}
