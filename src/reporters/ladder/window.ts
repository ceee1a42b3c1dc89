/** The part of a trace that matters: from the user's action behind a failure to the moment it was judged, and the first event that differs from what it should be. */
import { agreementAt, type Standing } from '../../judge/history/agreement.js';
import {
  type CallHistory,
  causeOf,
  causesOf,
  deviceOf,
  eventAt,
  type History,
  historyOf,
  markOf,
  screenAt,
  userOf,
} from '../../judge/history/history.js';
import { labelOf, stateWords } from '../../judge/history/wording.js';
import { ACTIONS, isCallAction } from '../../protocol/actions.js';
import { isEvent, isSignal } from '../../protocol/message-kinds.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { deliveriesOf, isUpward } from './deliveries.js';
import { isHousekeeping } from './labels.js';
import type { Divergence } from './model.js';

export interface Window {
  readonly call: string | null;
  /** First and last event of the window, by their `n`. */
  readonly from: number;
  readonly to: number;
  readonly divergence: Divergence | null;
  /** What every device of the call shows at the end of the window: `alice=ringing bob=connected`; null without a call. */
  readonly shown: string | null;
}

/** What is known already: events that prove the failure, and its call. */
export interface WindowHint {
  readonly evidence?: readonly number[];
  readonly call?: string | null;
  /** The diagnosis, and the events that prove it: where nobody disagrees, the last message among them is what to look at. */
  readonly cause?: { readonly code: string; readonly evidence: readonly number[] } | null;
}

/** The window of a trace of a run that failed; null for a trace without a beginning, or in which nothing happened. */
export function windowOf(trace: readonly TraceEvent[], hint: WindowHint = {}): Window | null {
  return windowIn(historyOf(trace), hint);
}

/** The same of a trace that was indexed before. */
export function windowIn(history: History, hint: WindowHint): Window | null {
  if (history.begin === null) return null;
  const limit = limitOf(history, hint);
  if (limit === null) return null;
  // Between the marks two sides differ in passing, whenever one of them is notified a moment earlier.
  const settled = limit.type === 'mark' ? limit : (markOf(history, 'quiesced') ?? limit);
  const apart = disagreementAt(history, settled.n, hint.call ?? null);
  const actions = history.actions.filter(({ action, n }) => isCallAction(action) && n <= limit.n);
  if (apart === null) {
    const proof = (hint.evidence ?? []).flatMap((n) => eventAt(history, n) ?? []);
    const ofCall = hint.call ?? proof.map(callOf).find((call) => call !== null) ?? null;
    const own = ofCall === null ? actions : actions.filter(({ call }) => call === ofCall);
    const behind = proof.map((event) => actionBehind(history, event)).find((found) => found !== null);
    // What an expectation last saw follows from earlier actions; it waited for the effect of the last one.
    const action =
      (limit.type === 'mark' && limit.name === 'expect' ? own.at(-1) : behind) ?? behind ?? own.at(-1) ?? actions.at(-1);
    if (action === undefined) return null;
    const call = ofCall ?? action.call;
    return {
      call,
      from: action.n,
      to: Math.max(action.n, limit.n),
      divergence: lossIn(history, action, limit.n, call) ?? pointedAt(history, hint, action.n, limit.n),
      shown: shownText(history, call, limit.n),
    };
  }
  const { call, since } = apart;
  const action = actionBehind(history, since) ?? actions.findLast((one) => one.call === call.call && one.n <= since.n) ?? null;
  return {
    call: call.call,
    from: action?.n ?? since.n,
    to: settled.n,
    divergence: divergenceOf(history, apart, action, settled.n),
    shown: shownText(history, call.call, settled.n),
  };
}

/** When the failure was noticed: at an expectation that did not hold, at the last piece of evidence, or when the run was quiescent. */
function limitOf(history: History, { evidence = [] }: WindowHint): TraceEvent | null {
  const failed = history.marks.find(({ name, ok }) => name === 'expect' && ok === false);
  if (failed !== undefined) return failed;
  return eventAt(history, Math.max(0, ...evidence)) ?? markOf(history, 'quiesced') ?? history.last;
}

interface Apart {
  readonly call: CallHistory;
  /** The device that is wrong, or with a black box any that takes part. */
  readonly standing: Standing;
  /** The event since which they disagree without a break. */
  readonly since: TraceEvent;
}

function disagreementAt(history: History, n: number, only: string | null): Apart | null {
  for (const call of history.calls) {
    if (only !== null && call.call !== only) continue;
    const { agrees, standings } = agreementAt(history, call, n);
    const standing = standings.find(({ wanted }) => wanted !== null) ?? standings.find(({ behindAt }) => behindAt !== null);
    const wrong = standing ?? standings.find(({ main }) => main);
    if (!agrees && wrong !== undefined) return { call, standing: wrong, since: sinceOf(history, call, n) };
  }
  return null;
}

/** From the end backwards until they agreed. */
function sinceOf(history: History, call: CallHistory, n: number): TraceEvent {
  const changes = [...call.shown.values(), ...call.applied.values(), call.server].flat();
  const events = [...changes, ...history.presenceActions].filter((event) => event.n <= n).sort((a, b) => b.n - a.n);
  let since = events[0] as TraceEvent;
  for (const event of events) {
    if (agreementAt(history, call, event.n).agrees) break;
    since = event;
  }
  return since;
}

function divergenceOf(
  history: History,
  { call, standing, since }: Apart,
  action: EventOf<'action'> | null,
  limitN: number,
): Divergence | null {
  const { device, behindAt, shows, wanted } = standing;
  const missed = call.server.find(({ n, version }) => n <= limitN && version > (behindAt ?? 0) && n >= since.n);
  const change = missed ?? call.server.findLast(({ n }) => n <= limitN) ?? null;
  if (!history.serverVisible || change === null) {
    const sentence = `from here on ${shownText(history, call.call, limitN) ?? 'they disagree'}`;
    const silence = action === null ? null : silenceAfter(history, action, limitN);
    return silence ?? { how: 'differs', n: since.n, device, kind: null, dir: null, sentence };
  }
  const kind = `event.${change.phase}` as const;
  const about = { n: change.n, device, kind, dir: 'down' } as const;
  const wires = history.wires.filter((wire) => deviceOf(wire) === device && wire.n <= limitN);
  const sent = wires.filter((wire) => wire.node !== device && wire.dir === 'out' && carries(wire, change));
  const [first] = sent;
  if (first === undefined) return { ...about, how: 'never-sent', sentence: `${kind} for ${device} was never written` };
  const { lost, reads } = deliveriesOf(history.trace);
  const arrived = sent.find(({ n }) => !lost.has(n));
  if (arrived === undefined)
    return { ...about, n: first.n, how: 'lost', sentence: `${kind} for ${device} was written and never read` };
  const read = wires.find(({ n }) => n === reads.get(arrived.n)) ?? arrived;
  const applied = call.applied.get(device)?.find(({ version, n }) => version >= change.version && n <= limitN);
  if (applied === undefined) {
    const sentence = `${device} read ${read.kind} and did not apply it`;
    return { ...about, n: read.n, kind: read.kind, how: 'not-applied', sentence };
  }
  const cause = causeOf(history, applied);
  const sentence = `${device} applied version ${applied.version} and shows ${shows}`;
  const what = wanted === null ? '' : `, where it should show ${wanted}`;
  return { ...about, n: cause?.type === 'wire' ? cause.n : read.n, how: 'not-shown', sentence: `${sentence}${what}` };
}

/** Whether a frame of the server brings this change to its reader: the event, the answer to the command, or a log-in. */
function carries(wire: EventOf<'wire'>, change: EventOf<'record'>): boolean {
  if (wire.kind === 'welcome') return wire.n > change.n;
  if (wire.call !== change.call) return false;
  return isEvent(wire.kind) ? wire.n > change.n : wire.kind === 'result.ok' && wire.cause === change.cause;
}

/** Where no two sides disagree: what the action never set off, what was lost on its way, or what was forbidden. */
function lossIn(history: History, action: EventOf<'action'>, limitN: number, call: string | null): Divergence | null {
  const silence = history.serverVisible ? silenceAfter(history, action, limitN) : null;
  if (silence !== null) return silence;
  const { lost } = deliveriesOf(history.trace);
  for (const event of history.trace) {
    if (event.n < action.n || event.n > limitN) continue;
    if (event.type === 'wire' && lost.has(event.n) && event.call === call && !isHousekeeping(event.kind)) return lossOf(event);
    if (event.type !== 'violation' || (event.call !== null && event.call !== call)) continue;
    const { n, node: device, code, message } = event;
    return { how: 'violation', n, device, kind: null, dir: null, sentence: `${code}: ${message}` };
  }
  return null;
}

/** A message that was written and never read. */
export function lossOf(event: EventOf<'wire'>): Divergence {
  const { n, kind } = event;
  const device = deviceOf(event);
  const dir = isUpward(event) ? 'up' : 'down';
  const sentence = `${kind} ${dir === 'down' ? 'for' : 'of'} ${device} was written and never read`;
  return { how: 'lost', n, device, kind, dir, sentence };
}

/** The last message that proves the diagnosis, where its device has it: a ladder shows messages there. */
function pointedAt(history: History, { cause }: WindowHint, fromN: number, toN: number): Divergence | null {
  if (cause === undefined || cause === null) return null;
  const proof = new Set(cause.evidence);
  const wires = history.wires.filter(({ n }) => n >= fromN && n <= toN);
  const named = wires.findLast(({ n }) => proof.has(n));
  if (named === undefined) return null;
  const device = deviceOf(named);
  const there = wires.find(({ node, digest, n }) => node === device && digest === named.digest && (proof.has(n) || n >= named.n));
  const { kind, n } = there ?? named;
  const dir = isUpward(named) ? 'up' : 'down';
  const sentence = `${device} ${dir === 'up' ? 'wrote' : 'read'} ${kind}, which proves ${cause.code}`;
  return { how: 'differs', n, device, kind, dir, sentence };
}

/** A user did something, and that device wrote nothing about it. */
function silenceAfter(history: History, action: EventOf<'action'>, limitN: number): Divergence | null {
  if (action.call === null || !isCallAction(action.action)) return null;
  const wrote = history.wires.some(
    ({ node, dir, n, cause, call, kind }) =>
      node === action.node &&
      dir === 'out' &&
      n > action.n &&
      n <= limitN &&
      (cause === action.n || call === action.call) &&
      !isHousekeeping(kind) &&
      !isSignal(kind),
  );
  if (wrote) return null;
  const kind = `command.${ACTIONS[action.action].command}` as const;
  const sentence = `${action.node} wrote no ${kind} after its user's action`;
  return { how: 'never-sent', n: action.n, device: action.node, kind, dir: 'up', sentence };
}

/** The action that an event follows from, through whatever reactions. */
function actionBehind(history: History, event: TraceEvent): EventOf<'action'> | null {
  for (const before of [event, ...causesOf(history, event)]) if (before.type === 'action') return before;
  return null;
}

function callOf(event: TraceEvent): string | null {
  return 'call' in event && typeof event.call === 'string' ? event.call : null;
}

/** What every device of a call shows at event `n`: `alice=ringing bob=connected`; null for a call that nobody shows. */
export function shownText(history: History, id: string | null, n: number): string | null {
  const call = history.callsById.get(id ?? '');
  if (call === undefined) return null;
  const users = new Set([call.caller === null ? null : userOf(call.caller), ...call.callees]);
  const devices = history.devices.filter((device) => users.has(userOf(device)) || call.shown.has(device));
  return devices
    .map((device) => {
      const view = screenAt(history, device, n);
      return `${labelOf(history, device)}=${view === null || view.call !== id ? 'idle' : stateWords(view)}`;
    })
    .join(' ');
}
