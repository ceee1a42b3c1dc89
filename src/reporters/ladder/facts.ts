/** Finds what a drawing has to know of the whole trace before it shows a part of it. */
import { type Agreement, agreementAt, participants } from '../../judge/history/agreement.js';
import { allShown, type CallHistory, eventAt, type History, historyOf, markOf, userOf } from '../../judge/history/history.js';
import { labelOf } from '../../judge/history/wording.js';
import { eventsOf, type RunBegin, roleOf, type TraceEvent } from '../../trace/event.js';
import { deliveriesOf } from './deliveries.js';
import { isHousekeeping } from './labels.js';
import type { Disagreement, Divergence, LadderFacts, Lane } from './model.js';
import { lossOf, type WindowHint, windowIn } from './window.js';

/** Shorter than a person notices, and no longer than a state change takes to travel: no disagreement worth a colour. */
const APART_MS_MIN = 100;
/** Instants at which agreement is asked for; a longer trace is no single call, and is drawn without this colour. */
const INSTANTS_MAX = 4_000;
/** Agents that are no devices of the scenario, such as hostile ones: more of them than this are not drawn. */
const OTHERS_MAX = 3;

/** Everything at once, from the whole trace, in the order of its numbers. `hint` is what its verdict points at. */
export function factsOf(trace: readonly TraceEvent[], hint: WindowHint = {}): LadderFacts {
  const history = historyOf(trace);
  const outline = outlineIn(history);
  const end = eventAt(history, outline.overN) ?? history.last;
  const apart = end === null ? [] : history.calls.flatMap((call) => disagreementsOf(history, call, end));
  apart.sort((a, b) => a.fromN - b.fromN);
  const divergence = windowIn(history, hint)?.divergence ?? passing(history, outline, apart);
  return { ...outline, apart, divergence };
}

/** Lanes and deliveries alone: enough for a drawing of which somebody else says where the sides part. */
export function outlineOf(trace: readonly TraceEvent[]): LadderFacts {
  return outlineIn(historyOf(trace));
}

function outlineIn(history: History): LadderFacts {
  const { trace, begin, serverVisible } = history;
  const { reads, lost, altered } = deliveriesOf(trace);
  return {
    serverVisible,
    lanes: begin === null ? [] : lanesOf(begin, trace),
    arrivals: [...reads],
    lost: [...lost].filter((n) => !altered.has(n)),
    altered: [...altered],
    apart: [],
    divergence: null,
    overN: (markOf(history, 'teardown') ?? markOf(history, 'redial'))?.n ?? null,
  };
}

/** The lanes of a run; those of agents that are no devices of the scenario come last. Without a trace, what the beginning says. */
export function lanesOf(begin: RunBegin, trace: readonly TraceEvent[] = []): Lane[] {
  const { devices, roles } = begin;
  const speakers = new Set(trace.flatMap(({ type, node }) => (type === 'wire' || type === 'state' ? [node] : [])));
  const others = [...speakers].filter((node) => !devices.includes(node) && roleOf(begin, node) === 'device').slice(0, OTHERS_MAX);
  const caller = eventsOf(trace, 'action').find(({ action }) => action === 'call')?.node ?? devices[0] ?? '';
  const isCaller = (device: string): boolean => userOf(device) === userOf(caller);
  const all = [...devices, ...others];
  const lane = (node: string, side: Lane['side']): Lane => {
    const isOnly = all.filter((other) => userOf(other) === userOf(node)).length <= 1;
    return { node, label: isOnly ? userOf(node) : node, side };
  };
  const between = Object.keys(roles).filter((node) => roles[node] === 'server' || roles[node] === 'proxy');
  return [
    ...devices.filter(isCaller).map((device) => lane(device, 'caller')),
    ...(between.length === 0 ? ['server'] : between).map((node) => lane(node, roles[node] === 'proxy' ? 'proxy' : 'server')),
    ...devices.filter((device) => !isCaller(device)).map((device) => lane(device, 'callee')),
    ...others.map((node) => lane(node, 'other')),
  ];
}

function disagreementsOf(history: History, call: CallHistory, end: TraceEvent): Disagreement[] {
  const devices = participants(history, call);
  const turns = history.presenceActions.filter(({ node }) => devices.includes(node));
  const changes: TraceEvent[] = [...allShown(call), ...call.server, ...turns];
  const instants = changes.filter(({ n }) => n <= end.n).sort((a, b) => a.n - b.n);
  if (instants.length > INSTANTS_MAX) return [];
  const found: Disagreement[] = [];
  let since: TraceEvent | null = null;
  let last: Agreement | null = null;
  const close = (toAt: number, lasting: boolean): void => {
    if (since !== null && last !== null && (lasting || toAt - since.at >= APART_MS_MIN)) {
      found.push({ call: call.call, fromN: since.n, fromAt: since.at, toAt, lasting, words: wordsOf(history, last) });
    }
    since = null;
  };
  for (const instant of instants) {
    const agreement = agreementAt(history, call, instant.n);
    if (isApart(history, agreement)) {
      since ??= instant;
      last = agreement;
    } else close(instant.at, false);
  }
  close(end.at, true);
  return found;
}

/** A replica that lags behind by a version and shows the right thing is nobody's trouble yet. */
function isApart({ serverVisible }: History, { agrees, standings }: Agreement): boolean {
  return serverVisible ? standings.some(({ main, wanted }) => main && wanted !== null) : !agrees;
}

function wordsOf(history: History, { standings }: Agreement): string {
  return standings
    .filter(({ main, wanted }) => main || wanted !== null)
    .map(({ device, shows }) => `${labelOf(history, device)}=${shows}`)
    .join(' ');
}

/** Where nothing lasted: the longest disagreement on the way, and the message whose loss explains it, or the first one lost at all. */
function passing(history: History, { lost, overN }: LadderFacts, apart: readonly Disagreement[]): Divergence | null {
  const gone = new Set(lost);
  const losses = history.wires.filter(
    ({ n, kind, call }) => gone.has(n) && call !== null && !isHousekeeping(kind) && n < (overN ?? Infinity),
  );
  const length = ({ lasting, fromAt, toAt }: Disagreement): number => (lasting ? Infinity : toAt - fromAt);
  const [worst] = apart.toSorted((a, b) => length(b) - length(a));
  const first = losses.find(
    ({ call, at }) => worst === undefined || (call === worst.call && at >= worst.fromAt - APART_MS_MIN && at <= worst.toAt),
  );
  const how = worst === undefined ? 'lost' : worst.lasting ? 'differs' : 'passing';
  if (first !== undefined) return { ...lossOf(first), how };
  if (worst === undefined) return null;
  const device = eventAt(history, worst.fromN)?.node ?? '';
  return { how, n: worst.fromN, device, kind: null, dir: null, sentence: `from here on ${worst.words}` };
}
