/** Nothing took effect twice, however often it was sent: no version, no command, no signal, no notification. */
import { isSignal } from '../../protocol/message-kinds.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { groupBy, listIn } from '../../trace/grouping.js';
import { copiesIn } from '../history/copies.js';
import { actionBehind, type CallHistory, eventAt, type History, hasRestarted, userOf } from '../history/history.js';
import { labelOf, stateWords } from '../history/wording.js';
import { type Checker, evidenceOf, type Finding, findingOf, verdictOf } from './checker.js';

export const exactlyOnce: Checker = {
  name: 'exactly-once',
  doc: 'Each version of a record is applied at most once per device, each action of a user changes at most one thing and starts at most one call, no signal is applied twice, and no device is notified twice of the same.',
  check(history) {
    return verdictOf([
      ...history.calls.flatMap((call) => [...appliedTwice(history, call), ...notifiedTwice(history, call)]),
      ...changedTwice(history),
      ...calledTwice(history),
      ...signalledTwice(history),
      ...passedTwice(history),
    ]);
  },
};

/** One message of a black box that came twice, though somebody acted once. */
function passedTwice(history: History): Finding[] {
  return copiesIn(history).map(({ reads, action }) => {
    const [first] = reads;
    const once = `${action.node} had done "${action.action}" once`;
    const message = `${labelOf(history, first.node)} was sent ${first.name ?? first.kind} of call ${first.call} ${reads.length} times, and ${once}`;
    return { message, expected: 'once', actual: `${reads.length} times`, evidence: evidenceOf(action, ...reads) };
  });
}

function appliedTwice(history: History, { call, applied }: CallHistory): Finding[] {
  return [...applied].flatMap(([device, events]) =>
    events.flatMap((event, i) => {
      const isSame = ({ version, n }: EventOf<'record'>): boolean =>
        version === event.version && !hasRestarted(history, device, n, event.n);
      const first = events.slice(0, i).find(isSame);
      const message = `${device} applied version ${event.version} (${event.phase}) of call ${call} twice`;
      return first === undefined ? [] : [findingOf(message, [first.n, event.n])];
    }),
  );
}

function notifiedTwice(history: History, { call, shown }: CallHistory): Finding[] {
  return [...shown].flatMap(([device, views]) =>
    views.flatMap((view, i) => {
      const before = views[i - 1];
      if (before === undefined || hasRestarted(history, device, before.n, view.n)) return [];
      const same =
        before.state === view.state &&
        before.reason === view.reason &&
        before.version === view.version &&
        before.timerStartedAt === view.timerStartedAt;
      if (!same) return [];
      const message = `${labelOf(history, device)} was notified twice in a row of ${stateWords(view)} in call ${call}`;
      return [findingOf(message, [before.n, view.n])];
    }),
  );
}

/** One action, several changes of the server's records. */
function changedTwice(history: History): Finding[] {
  const changes = new Map<number, EventOf<'record'>[]>();
  for (const change of history.calls.flatMap(({ server }) => server)) {
    // An end that nobody commanded (busy, unreachable, lost) is the server's own move, though a command may have led to it.
    if (change.phase === 'ended' && change.record.endedBy === null) continue;
    const action = actionBehind(history, change);
    if (action !== null) listIn(changes, action.n).push(change);
  }
  return [...changes].flatMap(([n, effects]) => {
    const action = eventAt(history, n);
    if (effects.length < 2 || action?.type !== 'action') return [];
    const words = effects.map(({ call, version, phase }) => `${phase} (call ${call}, version ${version})`).join(', ');
    const message = `one \`${action.action}\` of ${action.node} took effect ${effects.length} times: ${words}`;
    return [findingOf(message, evidenceOf(action, ...effects))];
  });
}

/** More calls between a device and a user than times that somebody pressed the button. */
function calledTwice({ actions, wires, isServer, calls: all }: History): Finding[] {
  const pairs = new Map<string, { presses: EventOf<'action'>[]; calls: CallHistory[] }>();
  for (const action of actions) {
    if (action.action !== 'call' || action.peer === null) continue;
    const key = `${action.node} ${userOf(action.peer)}`;
    const pair = pairs.get(key) ?? { presses: [], calls: [] };
    pair.presses.push(action);
    pairs.set(key, pair);
  }
  // A call that a hostile agent has placed is nobody's of the pair.
  const placed = wires.flatMap(({ kind, dir, call, node }) =>
    dir === 'out' && kind === 'command.invite' && !isServer(node) && !actions.some((action) => action.node === node)
      ? [call]
      : [],
  );
  const named = new Set([...placed, ...actions.flatMap(({ action, call }) => (action === 'call' ? [call] : []))]);
  for (const call of all) {
    const pair = call.caller === null ? strayPair(pairs, call, named) : pairs.get(`${call.caller} ${call.callee}`);
    pair?.calls.push(call);
  }
  return [...pairs.values()].flatMap(({ presses, calls }) => {
    const press = presses[0];
    if (calls.length <= presses.length || press === undefined) return [];
    const times = presses.length === 1 ? 'once' : `${presses.length} times`;
    const ids = calls.map(({ call }) => call).join(', ');
    return [
      {
        message: `${press.node} called ${press.peer} ${times}, which made ${calls.length} calls: ${ids}`,
        expected: `${presses.length} call${presses.length === 1 ? '' : 's'}`,
        actual: `${calls.length} calls`,
        evidence: evidenceOf(...presses, ...calls.map(({ server, shown }) => server[0] ?? [...shown.values()][0]?.[0])),
      },
    ];
  });
}

/** With a black box a call that nobody's action names belongs to the only pair whose devices show it. */
function strayPair<P>(
  pairs: ReadonlyMap<string, P>,
  { call, shown }: CallHistory,
  named: ReadonlySet<string | null>,
): P | undefined {
  if (named.has(call)) return undefined;
  const users = new Set([...shown.keys()].map(userOf));
  const fitting = [...pairs].filter(([key]) => {
    const [device = '', callee = ''] = key.split(' ');
    return [...users].every((user) => user === userOf(device) || user === callee);
  });
  return fitting.length === 1 ? fitting[0]?.[1] : undefined;
}

/** Copies of one signalling frame, more than one of which led to something: an answer, media, a change. */
function signalledTwice({ trace, wires, isServer }: History): Finding[] {
  const signals = wires.filter(({ dir, node, kind }) => dir === 'in' && isSignal(kind) && !isServer(node));
  const copies = [...groupBy(signals, (wire) => `${wire.node} ${wire.call} ${wire.kind} ${wire.seq} ${wire.digest}`).values()];
  const repeated = copies.filter((group) => group.length > 1);
  if (repeated.length === 0) return [];
  const effects = new Map<number, number>();
  for (const event of trace) {
    if (event.cause !== null && isEffect(event) && !effects.has(event.cause)) effects.set(event.cause, event.n);
  }
  return repeated.flatMap((group) => {
    const effective = group.filter(({ n }) => effects.has(n));
    const [first] = effective;
    if (first === undefined || effective.length < 2) return [];
    const message = `${first.node} applied the same ${first.kind} of call ${first.call} ${effective.length} times`;
    return [findingOf(message, evidenceOf(...effective, ...effective.map(({ n }) => effects.get(n))))];
  });
}

/** Whether something took effect with this event: an answer, media, a change. */
function isEffect(event: TraceEvent): boolean {
  if (event.type === 'wire') return event.dir === 'out' && isSignal(event.kind);
  return event.type === 'media' || event.type === 'state' || event.type === 'record';
}
