/** Nothing took effect twice, however often it was sent: no version, no command, no signal, no notification. */
import { isSignal } from '../../protocol/message-kinds.js';
import { type EventOf, eventsOf, type TraceEvent } from '../../trace/event.js';
import { listIn } from '../../trace/grouping.js';
import { byNumber, type CallHistory, commandOf, type Replay, replayOf, SERVER, userOf } from '../history/replay.js';
import { labelOf, stateWords } from '../history/wording.js';
import { type Checker, type Finding, verdictOf } from './checker.js';

export const exactlyOnce: Checker = {
  name: 'exactly-once',
  doc: 'Each version of a record is applied at most once per device, each action of a user changes at most one thing and starts at most one call, no signal is applied twice, and no device is notified twice of the same.',
  check(trace) {
    const replay = replayOf(trace);
    return verdictOf([
      ...replay.calls.flatMap((history) => [...appliedTwice(replay, history), ...notifiedTwice(replay, history)]),
      ...changedTwice(replay),
      ...calledTwice(replay),
      ...signalledTwice(trace),
    ]);
  },
};

function appliedTwice(replay: Replay, history: CallHistory): Finding[] {
  return [...history.applied].flatMap(([device, applied]) =>
    applied.flatMap((event, i) => {
      const first = applied
        .slice(0, i)
        .find(({ version, n }) => version === event.version && sameLife(replay, device, n, event.n));
      return first === undefined
        ? []
        : [
            finding(`${device} applied version ${event.version} (${event.phase}) of call ${history.call} twice`, [
              first.n,
              event.n,
            ]),
          ];
    }),
  );
}

function notifiedTwice(replay: Replay, history: CallHistory): Finding[] {
  return [...history.shown].flatMap(([device, shown]) =>
    shown.flatMap((view, i) => {
      const before = shown[i - 1];
      if (before === undefined || !sameLife(replay, device, before.n, view.n)) return [];
      const same =
        before.state === view.state &&
        before.reason === view.reason &&
        before.version === view.version &&
        before.timerStartedAt === view.timerStartedAt;
      if (!same) return [];
      const message = `${labelOf(replay, device)} was notified twice in a row of ${stateWords(view)} in call ${history.call}`;
      return [finding(message, [before.n, view.n])];
    }),
  );
}

/** One action, several changes of the server's records. */
function changedTwice(replay: Replay): Finding[] {
  const index = byNumber(replay.trace);
  const changes = new Map<number, EventOf<'record'>[]>();
  for (const change of eventsOf(replay.trace, 'record')) {
    // An end that nobody commanded (busy, unreachable, lost) is the server's own move, though a command may have led to it.
    if (change.node !== SERVER || (change.phase === 'ended' && change.record.endedBy === null)) continue;
    const op = commandOf(index, change);
    if (op !== null) listIn(changes, op.n).push(change);
  }
  return [...changes].flatMap(([n, effects]) => {
    const op = index.get(n);
    if (effects.length < 2 || op?.type !== 'action') return [];
    const words = effects.map(({ call, version, phase }) => `${phase} (call ${call}, version ${version})`).join(', ');
    const message = `one \`${op.action}\` of ${op.node} took effect ${effects.length} times: ${words}`;
    return [finding(message, [n, ...effects.map((effect) => effect.n)])];
  });
}

/** More calls between a device and a user than times that somebody pressed the button. */
function calledTwice(replay: Replay): Finding[] {
  const pairs = new Map<string, { presses: EventOf<'action'>[]; calls: CallHistory[] }>();
  for (const op of replay.ops) {
    if (op.action !== 'call' || op.peer === null) continue;
    const key = `${op.node} ${userOf(op.peer)}`;
    const pair = pairs.get(key) ?? { presses: [], calls: [] };
    pair.presses.push(op);
    pairs.set(key, pair);
  }
  const owners = new Set(replay.ops.filter((op) => op.action === 'call').map((op) => op.call));
  for (const history of replay.calls) {
    const pair = history.caller === null ? strayPair(pairs, history, owners) : pairs.get(`${history.caller} ${history.callee}`);
    pair?.calls.push(history);
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
        evidence: [...presses.map(({ n }) => n), ...calls.flatMap(({ server, shown }) => firstOf(server, shown))].sort(
          (a, b) => a - b,
        ),
      },
    ];
  });
}

/** With a black box a call that nobody's action names belongs to the only pair whose devices show it. */
function strayPair<P>(pairs: ReadonlyMap<string, P>, history: CallHistory, owners: ReadonlySet<string | null>): P | undefined {
  if (owners.has(history.call)) return undefined;
  const users = new Set([...history.shown.keys()].map(userOf));
  const fitting = [...pairs].filter(([key]) => {
    const [device = '', callee = ''] = key.split(' ');
    return [...users].every((user) => user === userOf(device) || user === callee);
  });
  return fitting.length === 1 ? fitting[0]?.[1] : undefined;
}

function firstOf(server: readonly TraceEvent[], shown: CallHistory['shown']): number[] {
  const first = server[0] ?? [...shown.values()][0]?.[0];
  return first === undefined ? [] : [first.n];
}

/** Copies of one signalling frame, more than one of which led to something: an answer, media, a change. */
function signalledTwice(trace: readonly TraceEvent[]): Finding[] {
  const effective = new Map<number, number>();
  for (const event of trace) {
    const matters =
      event.type === 'media' ||
      event.type === 'state' ||
      event.type === 'record' ||
      (event.type === 'wire' && event.dir === 'out');
    if (event.cause === null || !matters) continue;
    if (event.type === 'wire' && !isSignal(event.kind)) continue;
    if (!effective.has(event.cause)) effective.set(event.cause, event.n);
  }
  const copies = new Map<string, EventOf<'wire'>[]>();
  for (const wire of eventsOf(trace, 'wire')) {
    if (wire.dir !== 'in' || wire.node === SERVER || !isSignal(wire.kind) || !effective.has(wire.n)) continue;
    listIn(copies, JSON.stringify([wire.node, wire.call, wire.kind, wire.seq, wire.digest])).push(wire);
  }
  return [...copies.values()].flatMap((wires) => {
    const [first] = wires;
    if (wires.length < 2 || first === undefined) return [];
    const message = `${first.node} applied the same ${first.kind} of call ${first.call} ${wires.length} times`;
    const effects = wires.map(({ n }) => effective.get(n)).filter((n) => n !== undefined);
    return [
      finding(
        message,
        [...wires.map(({ n }) => n), ...effects].sort((a, b) => a - b),
      ),
    ];
  });
}

function sameLife(replay: Replay, device: string, from: number, to: number): boolean {
  return !(replay.restarts.get(device) ?? []).some((n) => from < n && n < to);
}

function finding(message: string, evidence: readonly number[]): Finding {
  return { message, expected: null, actual: null, evidence };
}
