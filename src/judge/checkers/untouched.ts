/** No call is touched by a device that has no part in it, however it behaves: not its record, not its devices, not their connections. */
import { presenceOf } from '../../protocol/actions.js';
import { isEvent, isSignal } from '../../protocol/message-kinds.js';
import { beginOf, type EventOf, eventsOf, type TraceEvent } from '../../trace/event.js';
import { deviceOf } from '../history/letters.js';
import { byNumber, type CallHistory, type Replay, replayOf, SERVER, userOf } from '../history/replay.js';
import { labelOf, listWords, millis, stateWords } from '../history/wording.js';
import { type Checker, type Finding, verdictOf } from './checker.js';

export const untouched: Checker = {
  name: 'untouched',
  doc: 'What a device without a part in a call sends changes nothing of its record, reaches none of its devices, and ends no connection but its own.',
  check(trace) {
    const replay = replayOf(trace);
    const index = byNumber(trace);
    const roles = new Map(replay.calls.map((history) => [history.call, usersOf(history)]));
    return verdictOf([...moved(replay, index, roles), ...told(trace, index, roles), ...disconnected(replay, index)]);
  },
};

type Index = ReadonlyMap<number, TraceEvent>;
/** The users of each call. */
type Roles = ReadonlyMap<string, ReadonlySet<string>>;

function usersOf({ caller, callee }: CallHistory): ReadonlySet<string> {
  return new Set([...(caller === null ? [] : [userOf(caller)]), ...(callee === null ? [] : [callee])]);
}

/** Changes of records, at the server or as devices were told of them, that a stranger caused or is said to have made. */
function moved(replay: Replay, index: Index, roles: Roles): Finding[] {
  const found = new Map<string, Finding>();
  for (const change of eventsOf(replay.trace, 'record')) {
    const users = roles.get(change.call);
    if (users === undefined) continue;
    const key = `${change.call} ${change.version}`;
    if (found.has(key)) continue;
    const sent = change.node === SERVER ? heardBy(index, change) : null;
    const by = [...(sent === null ? [] : [deviceOf(sent)]), ...moversOf(index, change)].find((one) => isStranger(one, users));
    if (by === undefined) continue;
    const what = sent === null ? 'what it sent' : sent.kind;
    found.set(key, {
      message: `${by} has no part in call ${change.call} of ${listWords([...users])}, and ${what} made it ${stateWords({ state: change.phase, reason: change.record.reason })} (version ${change.version})`,
      expected: 'to be refused',
      actual: `version ${change.version} (${change.phase})`,
      evidence: [...(sent === null ? [] : [sent.n]), change.n],
    });
  }
  return [...found.values()];
}

/** Messages about a call that a stranger sent and the server passed on to a device of the call. */
function told(trace: readonly TraceEvent[], index: Index, roles: Roles): Finding[] {
  return eventsOf(trace, 'wire').flatMap((wire): Finding[] => {
    const users = wire.call === null ? undefined : roles.get(wire.call);
    const to = deviceOf(wire);
    if (users === undefined || !users.has(userOf(to))) return [];
    let by: string | null = null;
    let sent: EventOf<'wire'> | null = null;
    if (wire.node === SERVER && wire.dir === 'out') {
      sent = heardBy(index, wire);
      // A change was found already, at its record.
      if (sent === null || isThroughChange(index, wire)) return [];
      by = deviceOf(sent);
    } else if (wire.node !== SERVER && wire.dir === 'in' && isSignal(wire.kind)) {
      // With the server in the trace it was found there.
      if (beginOf(trace)?.serverVisible === true) return [];
      by = namedIn(wire.frame, 'from');
    }
    if (by === null || !isStranger(by, users)) return [];
    return [
      {
        message: `${by} has no part in call ${wire.call} of ${listWords([...users])}, and its ${wire.kind} came through to ${to}`,
        expected: 'to be kept from them',
        actual: `${wire.kind} at ${to}`,
        evidence: [...(sent === null ? [] : [sent.n]), wire.n],
      },
    ];
  });
}

/** Connections of devices of the run that ended over what somebody else said. */
function disconnected(replay: Replay, index: Index): Finding[] {
  const own = new Set(beginOf(replay.trace)?.devices ?? []);
  const isHostile = (node: string): boolean => node.includes('/') && !own.has(node);
  const findings: Finding[] = [];
  let last: EventOf<'wire'> | null = null;
  for (const event of replay.trace) {
    if (event.type === 'wire' && event.dir === 'out' && isHostile(event.node)) last = event;
    if (event.type === 'session' && event.node === SERVER && own.has(event.device) && ENDS.includes(event.state)) {
      const sent = heardBy(index, event);
      if (sent === null || userOf(deviceOf(sent)) === userOf(event.device)) continue;
      findings.push({
        message: `${deviceOf(sent)} sent ${sent.kind}, and the server's session ${event.state} is of ${labelOf(replay, event.device)}`,
        expected: 'to end no connection but its own',
        actual: `session ${event.state}`,
        evidence: [sent.n, event.n],
      });
    }
    if (event.type !== 'conn' || event.state === 'opened' || !own.has(event.node)) continue;
    if (last !== null && !isExplained(replay.trace, event)) {
      findings.push({
        message: `the connection of ${labelOf(replay, event.node)} ended (${event.code}) ${millis(event.at - last.at)} after ${userOf(last.node)} sent ${last.kind}, and nothing else explains it`,
        expected: 'to stay open',
        actual: `closed with ${event.code}`,
        evidence: [last.n, event.n],
      });
    }
  }
  return findings;
}

/** How a session ends. */
const ENDS: readonly EventOf<'session'>['state'][] = ['lost', 'replaced', 'expired'];

/** Whether the user or a fault did something to the device or to the server while this connection was up, or it was given up for a newer one. */
function isExplained(trace: readonly TraceEvent[], closed: EventOf<'conn'>): boolean {
  if (closed.by === 'fault') return true;
  const opened = eventsOf(trace, 'conn').filter(
    ({ node, state, n }) => node === closed.node && state === 'opened' && n < closed.n,
  );
  if (opened.some(({ conn }) => conn > closed.conn)) return true;
  const since = opened.at(-1)?.n ?? 0;
  return trace.some((event) => event.n > since && event.n < closed.n && isCut(event, closed.node));
}

function isCut(event: TraceEvent, device: string): boolean {
  if (event.type === 'fault') return event.act === 'hit' && [SERVER, device].includes(event.node);
  return event.type === 'action' && event.node === device && presenceOf(event.action) === 'off';
}

/** The frame that the server read and that led to this event, or null where it came from the server itself or from nowhere. */
function heardBy(index: Index, event: TraceEvent): EventOf<'wire'> | null {
  let before = event.n;
  for (let at = causeOf(index, event); at !== undefined && at.n < before; at = causeOf(index, at)) {
    if (at.node !== SERVER) return null;
    if (at.type === 'wire' && at.dir === 'in') return at;
    before = at.n;
  }
  return null;
}

/** Whether a change of a record lies between what the server wrote and what it had read. */
function isThroughChange(index: Index, event: TraceEvent): boolean {
  let before = event.n;
  for (let at = causeOf(index, event); at !== undefined && at.n < before && at.node === SERVER; at = causeOf(index, at)) {
    if (at.type === 'record') return true;
    before = at.n;
  }
  return false;
}

function causeOf(index: Index, event: TraceEvent): TraceEvent | undefined {
  return event.cause === null ? undefined : index.get(event.cause);
}

/** Who made a change, as far as the record, and the frame that told a device of it, say so. */
function moversOf(index: Index, change: EventOf<'record'>): string[] {
  const frame = causeOf(index, change);
  const told = frame?.type === 'wire' && isEvent(frame.kind) ? memberOf(frame.frame, 'cause') : null;
  return [namedIn(change.record, 'endedBy'), namedIn(told, 'by')].filter((by) => by !== null);
}

/** Whether the device has no part in a call of these users; one that never said hello is `unknown`. */
function isStranger(device: string, users: ReadonlySet<string>): boolean {
  return !users.has(userOf(device));
}

/** The address under a key of a frame, which is a stranger's data, as text; null when there is none. */
function namedIn(value: unknown, key: string): string | null {
  const address = memberOf(value, key);
  const [user, device] = [memberOf(address, 'user'), memberOf(address, 'device')];
  return typeof user === 'string' && typeof device === 'string' ? `${user}/${device}` : null;
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
