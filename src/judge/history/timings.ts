/** How long a user had to wait, from the user's action to what another device showed. */
import { ACTIONS, ENDING_ACTIONS, isEndingAction, type UserAction } from '../../protocol/actions.js';
import { viewOf } from '../../protocol/call.js';
import type { Millis } from '../../protocol/machine.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import { declineCounts } from './declines.js';
import { healedDisagreements } from './disagreement.js';
import {
  actionBehind,
  addressFrom,
  appliedAt,
  type CallHistory,
  calleeDevices,
  firstShown,
  type History,
  onlineAt,
  onlineMs,
  perHistory,
  recordAt,
  sameView,
  shownAt,
  userOf,
} from './history.js';
import { percentileOf, sampleOf } from './percentiles.js';

export const TIMING_NAMES = [
  'invite-to-ringing',
  'accept-to-connected',
  'reject-to-ended',
  'cancel-to-ended',
  'hangup-to-ended',
  'accept-to-media',
  'reconnect-to-synced',
  'disagreement',
] as const;
export type TimingName = (typeof TIMING_NAMES)[number];

/** One measured wait. `ms` and `to` are null when what was waited for never came. */
export interface Timing {
  readonly name: TimingName;
  readonly call: string;
  readonly ms: Millis | null;
  /** The `n` of the user's action, and of the event that ended the wait. */
  readonly from: number;
  readonly to: number | null;
}

/** Timings of one name, of one run or of several repetitions. Exact percentiles; null where they fall among the waits that never ended. */
export interface TimingSummary {
  readonly count: number;
  readonly never: number;
  readonly min: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/**
 * A state that lasted for less than this may be overtaken by the next one on its way to a device that was online: not
 * having shown it is then no proof that it would never have been shown.
 */
const OVERTAKEN_MS = 1_000;
/** Media that had less time than this to come up is not called missing. */
const MEDIA_MS = 3_000;

/** The scenario's own part of a trace. */
interface Scope {
  readonly history: History;
  /** Its end; `settled` when the run got as far as its teardown. */
  readonly end: { readonly n: number; readonly at: Millis; readonly settled: boolean };
  /** The event, where it is part of the scenario. */
  within<E extends TraceEvent>(event: E | null | undefined): E | undefined;
}

/** An action that took effect, and the event that shows its effect. */
interface Effective {
  readonly action: EventOf<'action'>;
  readonly effect: EventOf<'record'> | EventOf<'state'>;
}

/**
 * Every wait of the scenario's own steps: what comes after the marks `teardown` or `redial` is done by the probe and does not
 * count. A wait whose action had no effect (a lost race, a refused command) is left out, and so is one
 * whose outcome the trace cannot show.
 */
export const timingsOf = perHistory((history): readonly Timing[] => {
  const stop = history.marks.find(({ name }) => name === 'teardown' || name === 'redial');
  const last = stop ?? history.last;
  if (last === null) return [];
  const scope: Scope = {
    history,
    end: { n: last.n, at: last.at, settled: stop !== undefined },
    within: (event) => (event === null || event === undefined || (stop !== undefined && event.n >= stop.n) ? undefined : event),
  };
  const timings = history.calls.flatMap((call) => [
    ...inviteTiming(scope, call),
    ...acceptTimings(scope, call),
    ...endTimings(scope, call),
    ...disagreementTimings(scope, call),
  ]);
  return [...timings, ...reconnectTimings(scope)].sort((a, b) => a.from - b.from);
});

/** Sums timings up by name; names that do not occur are left out. */
export function summarise(timings: readonly Pick<Timing, 'name' | 'ms'>[]): Record<string, TimingSummary> {
  return Object.fromEntries(
    [...groupBy(timings, ({ name }) => name)].map(([name, group]) => [name, summaryOf(group.map(({ ms }) => ms))]),
  );
}

/** The summary of one sample in milliseconds; `null` stands for a wait that never ended. */
export function summaryOf(values: readonly (number | null)[]): TimingSummary {
  const sample = sampleOf(values);
  return {
    count: values.length,
    never: sample.never,
    min: percentileOf(sample, 0),
    p50: percentileOf(sample, 50),
    p95: percentileOf(sample, 95),
    p99: percentileOf(sample, 99),
    max: percentileOf(sample, 100),
  };
}

/** Shorter disagreements are what messages on their way make. */
const DISAGREEMENT_MS = 1_000;

/** Disagreements that lasted and were over before the end: nothing else would say that users saw them. */
function disagreementTimings({ history, end }: Scope, call: CallHistory): Timing[] {
  return healedDisagreements(history, call, end, DISAGREEMENT_MS).map(({ from, to }) => ({
    ...{ name: 'disagreement', call: call.call, ms: to.at - from.at, from: from.n, to: to.n },
  }));
}

function inviteTiming(scope: Scope, call: CallHistory): Timing[] {
  const { history } = scope;
  const action = scope.within(
    history.actions.find((one) => one.action === 'call' && one.call === call.call && one.node === call.caller),
  );
  if (action === undefined) return [];
  const rings = devicesCalled(scope, call).map((device) => scope.within(firstShown(call, device, 'ringing')));
  const effect = history.serverVisible ? firstRecord(scope, call, 'ringing') : earliest(rings);
  return effect === undefined ? [] : waitFor(scope, call, 'invite-to-ringing', { action, effect }, action.node, 'ringing');
}

function acceptTimings(scope: Scope, call: CallHistory): Timing[] {
  const accept = effectiveAccept(scope, call);
  if (accept === null || call.caller === null) return [];
  return [
    ...waitFor(scope, call, 'accept-to-connected', accept, call.caller, 'connected'),
    ...mediaTiming(scope, call, accept.action, [call.caller, accept.action.node]),
  ];
}

/** The accept that won: the one the server's record names, or with a black box the first that its own device shows. */
function effectiveAccept(scope: Scope, call: CallHistory): Effective | null {
  if (!scope.history.serverVisible) {
    const shown = devicesCalled(scope, call).map((device) => scope.within(firstShown(call, device, 'connected')));
    const effect = earliest(shown);
    return effect === undefined ? null : effective(scope, call, 'accept', effect.node, effect);
  }
  const effect = firstRecord(scope, call, 'connected');
  if (effect === undefined) return null;
  const { user, device } = effect.record.callee;
  return effective(scope, call, 'accept', `${user}/${device}`, effect);
}

function mediaTiming(scope: Scope, call: CallHistory, action: EventOf<'action'>, sides: readonly string[]): Timing[] {
  const { history, end } = scope;
  if (history.begin?.media !== 'audio') return [];
  const events = (history.media.get(call.call) ?? []).filter((event) => sides.includes(event.node) && scope.within(event));
  // A set-up that the probe's own DTLS stack stalled says nothing about the target.
  if (events.some((event) => event.setupStalled)) return [];
  const slowest = latest(sides.map((side) => events.find(({ node, state }) => node === side && state === 'flowing')));
  if (slowest !== undefined) return [timing('accept-to-media', call.call, action, slowest)];
  const since = latest(sides.map((side) => scope.within(firstShown(call, side, 'connected'))));
  if (since === undefined) return [];
  const overAt = Math.min(...sides.map((side) => scope.within(firstShown(call, side, 'ended'))?.at ?? end.at));
  const hadTime = sides.every((side) => onlineMs(history, side, since.at, overAt) >= MEDIA_MS);
  return hadTime ? [timing('accept-to-media', call.call, action, null)] : [];
}

function endTimings(scope: Scope, call: CallHistory): Timing[] {
  for (const action of ENDING_ACTIONS) {
    const ending = effectiveEnd(scope, call, action);
    if (ending === null) continue;
    const name = ACTIONS[action].timing;
    return slowestOf(
      devicesToNotify(scope, call, ending).flatMap((device) => waitFor(scope, call, name, ending, device, 'ended')),
    );
  }
  return [];
}

/** The action that ended the call: by the record's `endedBy`, or with a black box the first whose own device shows the end. */
function effectiveEnd(scope: Scope, call: CallHistory, action: (typeof ENDING_ACTIONS)[number]): Effective | null {
  const { history } = scope;
  const reason = ACTIONS[action].ends;
  if (history.serverVisible) {
    const effect = firstRecord(scope, call, 'ended');
    const by = effect?.record.endedBy ?? null;
    if (effect === undefined || by === null || effect.record.reason !== reason) return null;
    return effective(scope, call, action, `${by.user}/${by.device}`, effect);
  }
  for (const event of history.actions) {
    if (event.action !== action || event.call !== call.call || scope.within(event) === undefined) continue;
    const before = shownAt(history, call, event.node, event.n);
    const effect = scope.within(call.shown.get(event.node)?.find((view) => view.n > event.n && view.state === 'ended'));
    if (before === null || before.state === 'ended' || effect === undefined) continue;
    if (action === 'reject' && !declineCounts(history, call, event.node, effect.n)) continue;
    if (effect.reason === null || effect.reason === reason) return { action: event, effect };
  }
  return null;
}

/** Who has to be notified of the end of a call: the other side, which before an answer is every device that rings. */
function devicesToNotify(scope: Scope, call: CallHistory, { action }: Effective): string[] {
  const isByCaller = action.node === call.caller;
  if (!isByCaller) return call.caller === null ? [] : [call.caller];
  const devices = devicesCalled(scope, call);
  if (action.action === 'cancel')
    return devices.filter((device) => scope.within(firstShown(call, device, 'inviting', 'ringing')) !== undefined);
  const answered = firstRecord(scope, call, 'connected')?.record.callee;
  if (answered !== undefined) return [`${answered.user}/${answered.device}`];
  return devices.filter((device) => scope.within(firstShown(call, device, 'connected')) !== undefined);
}

/** For each `come back` of a device that had missed something: until it applied what the server held at that moment. */
function reconnectTimings(scope: Scope): Timing[] {
  const { history, end } = scope;
  if (!history.serverVisible) return [];
  return history.presenceActions.flatMap((action): Timing[] => {
    if (action.action !== 'come back' || scope.within(action) === undefined) return [];
    const waits = history.calls.flatMap((call): Timing[] => {
      const held = recordAt(call, action.n);
      const had = appliedAt(history, call, action.node, action.n);
      if (held === null || had === null || had.version >= held.version) return [];
      const device = addressFrom(action.node);
      // A device that has no part in the call any more sees no difference, and need not be notified of it.
      if (sameView(viewOf(held.record, device), viewOf(had.record, device))) return [];
      const applied = call.applied.get(action.node)?.find(({ n, version }) => n > action.n && version >= held.version);
      const synced = scope.within(applied);
      if (synced !== undefined) return [timing('reconnect-to-synced', call.call, action, synced)];
      const hadTime = end.settled || onlineMs(history, action.node, action.at, end.at) >= OVERTAKEN_MS;
      const isMissing = hadTime && onlineAt(history, action.node, end.n);
      return isMissing ? [timing('reconnect-to-synced', call.call, action, null)] : [];
    });
    return slowestOf(waits);
  });
}

/** The wait until `device` shows `state`: measured, never, or left out when the trace cannot show it. */
function waitFor(
  { history, end, within }: Scope,
  call: CallHistory,
  name: TimingName,
  { action, effect }: Effective,
  device: string,
  state: 'ringing' | 'connected' | 'ended',
): Timing[] {
  const shown = within(firstShown(call, device, state));
  if (shown !== undefined) return [timing(name, call.call, action, shown)];
  const superseding = within(supersededBy(call, effect));
  if (isLeftOut(history, call, action, superseding)) return [];
  const next = superseding?.at ?? null;
  const isMissing =
    next === null && end.settled
      ? onlineAt(history, device, end.n)
      : onlineMs(history, device, effect.at, next ?? end.at) >= OVERTAKEN_MS;
  return isMissing ? [timing(name, call.call, action, null)] : [];
}

/**
 * Whether an action of a black box had no effect that anybody could wait for: the call had been ended by the other side before, or it
 * ended with the connection of the device, as the target declares.
 */
function isLeftOut(history: History, { call }: CallHistory, action: EventOf<'action'>, next: TraceEvent | undefined): boolean {
  if (history.serverVisible) return false;
  const isLate = history.actions.some(
    (one) =>
      one.call === call &&
      one.n < action.n &&
      one.node !== action.node &&
      isEndingAction(one.action) &&
      one.refused === undefined,
  );
  const endsCalls = history.begin?.adapter?.limits.includes('ends-call') === true;
  return (isLate && action.action === 'accept') || (endsCalls && next?.type === 'state' && next.reason === 'peer-lost');
}

/** The event by which the state that `effect` set was left again. A server that starts again reports it once more. */
function supersededBy({ server, shown }: CallHistory, effect: Effective['effect']): TraceEvent | undefined {
  if (effect.type === 'record') return server.find(({ n, version }) => n > effect.n && version > effect.version);
  return shown.get(effect.node)?.find(({ n, state }) => n > effect.n && state !== effect.state);
}

/** The action that led to an effect: by the chain of causes where it is whole, else the first such action before the effect. */
function effective(
  { history }: Scope,
  { call }: CallHistory,
  action: UserAction,
  node: string,
  effect: Effective['effect'],
): Effective | null {
  const fits = (one: EventOf<'action'>): boolean =>
    one.action === action && one.node === node && one.call === call && one.n < effect.n;
  const chained = effect.type === 'record' ? actionBehind(history, effect) : null;
  const found = chained !== null && fits(chained) ? chained : history.actions.find(fits);
  return found === undefined ? null : { action: found, effect };
}

function firstRecord(
  { within }: Scope,
  { server }: CallHistory,
  phase: EventOf<'record'>['phase'],
): EventOf<'record'> | undefined {
  return within(server.find((event) => event.phase === phase));
}

function devicesCalled({ history }: Scope, call: CallHistory): readonly string[] {
  if (call.callees.length > 0) return calleeDevices(history, call);
  const caller = call.caller === null ? null : userOf(call.caller);
  return [...call.shown.keys()].filter((device) => userOf(device) !== caller);
}

/** The wait that never ended, else the longest; none for none. */
function slowestOf(waits: readonly Timing[]): Timing[] {
  const slowest = waits.find(({ ms }) => ms === null) ?? waits.toSorted((a, b) => (b.ms ?? 0) - (a.ms ?? 0))[0];
  return slowest === undefined ? [] : [slowest];
}

function earliest<E extends TraceEvent>(events: readonly (E | undefined)[]): E | undefined {
  return events.filter((event) => event !== undefined).sort((a, b) => a.n - b.n)[0];
}

/** The last of the events, or undefined when one of them is missing. */
function latest<E extends TraceEvent>(events: readonly (E | undefined)[]): E | undefined {
  if (events.includes(undefined)) return undefined;
  return events.filter((event) => event !== undefined).sort((a, b) => b.at - a.at)[0];
}

function timing(name: TimingName, call: string, from: TraceEvent, to: TraceEvent | null): Timing {
  return { name, call, ms: to === null ? null : to.at - from.at, from: from.n, to: to?.n ?? null };
}
