/** How long things took that a user waits for, from the user's action to what another device showed. */
import { viewOf } from '../../protocol/call.js';
import type { Millis } from '../../protocol/machine.js';
import type { EndReason } from '../../protocol/reasons.js';
import { beginOf, type EventOf, eventsOf, type TraceEvent } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import { percentileOf, sampleOf } from './percentiles.js';
import {
  addressFrom,
  appliedAt,
  byNumber,
  type CallHistory,
  commandOf,
  devicesOfUser,
  onlineAt,
  onlineMs,
  type Replay,
  recordAt,
  replayOf,
  sameView,
  shownAt,
  userOf,
} from './replay.js';

export const TIMING_NAMES = [
  'invite-to-ringing',
  'accept-to-connected',
  'reject-to-ended',
  'cancel-to-ended',
  'hangup-to-ended',
  'accept-to-media',
  'reconnect-to-synced',
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

/**
 * A timing over all repetitions, in milliseconds. `count` includes the `never` ones: those that had not happened when
 * the trace ended. A percentile (or `max`) whose rank falls among them is null, as are all of an empty sample.
 */
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

/**
 * Every wait of the scenario's own steps: what came after the marks `teardown` or `recall` is the probe's own epilogue
 * and does not count. A wait whose action had no effect (a lost race, a refused command) is left out, and so is one
 * whose outcome the trace cannot tell.
 */
export function timingsOf(trace: readonly TraceEvent[]): Timing[] {
  const stop = eventsOf(trace, 'mark').find((mark) => mark.name === 'teardown' || mark.name === 'redial');
  const scenario = stop === undefined ? trace : trace.filter((event) => event.n < stop.n);
  const last = stop ?? trace.at(-1);
  if (last === undefined) return [];
  const ground: Ground = {
    replay: replayOf(scenario),
    media: eventsOf(scenario, 'media'),
    carriesMedia: beginOf(trace)?.media === 'audio',
    index: byNumber(scenario),
    end: { n: last.n, at: last.at, settled: stop !== undefined },
  };
  const timings = ground.replay.calls.flatMap((history) => [
    ...inviteTiming(ground, history),
    ...acceptTimings(ground, history),
    ...endTimings(ground, history),
  ]);
  return [...timings, ...reconnectTimings(ground)].sort((a, b) => a.from - b.from);
}

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

interface Ground {
  readonly replay: Replay;
  readonly media: readonly EventOf<'media'>[];
  readonly carriesMedia: boolean;
  readonly index: ReadonlyMap<number, TraceEvent>;
  /** The end of the scenario's own part; `settled` when the run got as far as its teardown. */
  readonly end: { readonly n: number; readonly at: Millis; readonly settled: boolean };
}

/** An action that took effect: the op, and the event that shows its effect. */
interface Deed {
  readonly op: EventOf<'action'>;
  readonly effect: EventOf<'record'> | EventOf<'state'>;
}

function inviteTiming(ground: Ground, history: CallHistory): Timing[] {
  const op = ground.replay.ops.find((op) => op.action === 'call' && op.call === history.call && op.node === history.caller);
  if (op === undefined) return [];
  const rings = calleeDevices(ground, history).map((device) => firstView(history, device, ['ringing']));
  const effect = ground.replay.serverVisible ? history.server.find((event) => event.phase === 'ringing') : earliest(rings);
  if (effect === undefined) return [];
  return waitFor(ground, history, 'invite-to-ringing', { op, effect }, op.node, 'ringing');
}

function acceptTimings(ground: Ground, history: CallHistory): Timing[] {
  const deed = acceptDeed(ground, history);
  if (deed === null || history.caller === null) return [];
  return [
    ...waitFor(ground, history, 'accept-to-connected', deed, history.caller, 'connected'),
    ...mediaTiming(ground, history, deed, [history.caller, deed.op.node]),
  ];
}

/** The accept that won: the one the server's record names, or with a black box the first that its own device shows. */
function acceptDeed(ground: Ground, history: CallHistory): Deed | null {
  if (ground.replay.serverVisible) {
    const effect = history.server.find((event) => event.phase === 'connected');
    if (effect === undefined) return null;
    const { user, device } = effect.record.callee;
    const op = opBehind(ground, history, 'accept', `${user}/${device}`, effect);
    return op === null ? null : { op, effect };
  }
  const shown = calleeDevices(ground, history).map((device) => firstView(history, device, ['connected']));
  const effect = earliest(shown);
  if (effect === undefined) return null;
  const op = opBehind(ground, history, 'accept', effect.node, effect);
  return op === null ? null : { op, effect };
}

function mediaTiming(ground: Ground, history: CallHistory, deed: Deed, sides: readonly string[]): Timing[] {
  if (!ground.carriesMedia) return [];
  const events = ground.media.filter((event) => event.call === history.call && sides.includes(event.node));
  // A set-up that the probe's own DTLS stack stalled says nothing about the target.
  if (events.some((event) => event.setupStalled)) return [];
  const flows = sides.map((side) => events.find((event) => event.node === side && event.state === 'flowing'));
  const { op } = deed;
  const slowest = latest(flows);
  if (slowest !== undefined) return [timing('accept-to-media', history.call, op, slowest)];
  const connected = sides.map((side) => firstView(history, side, ['connected']));
  const since = latest(connected);
  if (since === undefined) return [];
  const overAt = Math.min(...sides.map((side) => firstView(history, side, ['ended'])?.at ?? ground.end.at));
  const patient = sides.every((side) => onlineMs(ground.replay, side, since.at, overAt) >= MEDIA_MS);
  return patient ? [timing('accept-to-media', history.call, op, null)] : [];
}

const ENDS = [
  { op: 'reject', name: 'reject-to-ended', reason: 'rejected' },
  { op: 'cancel', name: 'cancel-to-ended', reason: 'cancelled' },
  { op: 'hang up', name: 'hangup-to-ended', reason: 'hangup' },
] as const satisfies readonly { op: EventOf<'action'>['action']; name: TimingName; reason: EndReason }[];

function endTimings(ground: Ground, history: CallHistory): Timing[] {
  for (const { op, name, reason } of ENDS) {
    const deed = endDeed(ground, history, op, reason);
    if (deed === null) continue;
    const targets = targetsOf(ground, history, deed, reason);
    const waits = targets.flatMap((target) => waitFor(ground, history, name, deed, target, 'ended'));
    const never = waits.find((wait) => wait.ms === null);
    const slowest = waits.reduce<Timing | undefined>(
      (a, b) => (a !== undefined && (a.ms ?? 0) >= (b.ms ?? 0) ? a : b),
      undefined,
    );
    const wait = never ?? slowest;
    return wait === undefined ? [] : [wait];
  }
  return [];
}

/** The action that ended the call: by the record's `endedBy`, or with a black box the first whose own device shows the end. */
function endDeed(ground: Ground, history: CallHistory, op: EventOf<'action'>['action'], reason: EndReason): Deed | null {
  if (ground.replay.serverVisible) {
    const effect = history.server.find((event) => event.phase === 'ended');
    const by = effect?.record.endedBy ?? null;
    if (effect === undefined || by === null || effect.record.reason !== reason) return null;
    const cause = opBehind(ground, history, op, `${by.user}/${by.device}`, effect);
    return cause === null ? null : { op: cause, effect };
  }
  for (const cause of ground.replay.ops) {
    if (cause.action !== op || cause.call !== history.call) continue;
    const before = shownAt(ground.replay, history, cause.node, cause.n);
    const effect = history.shown.get(cause.node)?.find((view) => view.n > cause.n && view.state === 'ended');
    if (before === null || before.state === 'ended' || effect === undefined) continue;
    if (effect.reason === null || effect.reason === reason) return { op: cause, effect };
  }
  return null;
}

/** Whom the end of the call has to reach: the other side, which before an answer is every device that rings. */
function targetsOf(ground: Ground, history: CallHistory, deed: Deed, reason: EndReason): string[] {
  const byCaller = deed.op.node === history.caller;
  if (!byCaller) return history.caller === null ? [] : [history.caller];
  const devices = calleeDevices(ground, history);
  if (reason === 'cancelled')
    return devices.filter((device) => firstView(history, device, ['inviting', 'ringing']) !== undefined);
  const answered = history.server.find((event) => event.phase === 'connected')?.record.callee;
  if (answered !== undefined) return [`${answered.user}/${answered.device}`];
  return devices.filter((device) => firstView(history, device, ['connected']) !== undefined);
}

/** For each `come back` of a device that had missed something: until it applied what the server held at that moment. */
function reconnectTimings(ground: Ground): Timing[] {
  const { replay, end } = ground;
  if (!replay.serverVisible) return [];
  return replay.ops.flatMap((op): Timing[] => {
    if (op.action !== 'come back') return [];
    const waits = replay.calls.flatMap((history): Timing[] => {
      const held = recordAt(history, op.n);
      const had = appliedAt(replay, history, op.node, op.n);
      if (held === null || had === null || had.version >= held.version) return [];
      const device = addressFrom(op.node);
      // A device that has no part in the call any more sees no difference, and need not be told of it.
      if (sameView(viewOf(held.record, device), viewOf(had.record, device))) return [];
      const synced = history.applied.get(op.node)?.find((event) => event.n > op.n && event.version >= held.version);
      if (synced !== undefined) return [timing('reconnect-to-synced', history.call, op, synced)];
      const patient = end.settled || onlineMs(replay, op.node, op.at, end.at) >= OVERTAKEN_MS;
      return patient && onlineAt(replay, op.node, end.n) ? [timing('reconnect-to-synced', history.call, op, null)] : [];
    });
    const wait = waits.find(({ ms }) => ms === null) ?? waits.toSorted((a, b) => (b.ms ?? 0) - (a.ms ?? 0))[0];
    return wait === undefined ? [] : [wait];
  });
}

/** The wait until `device` shows `state`: measured, never, or left out when the trace cannot tell. */
function waitFor(
  ground: Ground,
  history: CallHistory,
  name: TimingName,
  { op, effect }: Deed,
  device: string,
  state: 'ringing' | 'connected' | 'ended',
): Timing[] {
  const shown = firstView(history, device, [state]);
  if (shown !== undefined) return [timing(name, history.call, op, shown)];
  const { replay, end } = ground;
  const next = supersededAt(history, effect);
  if (next === null && end.settled) return onlineAt(replay, device, end.n) ? [timing(name, history.call, op, null)] : [];
  const patient = onlineMs(replay, device, effect.at, next ?? end.at) >= OVERTAKEN_MS;
  return patient ? [timing(name, history.call, op, null)] : [];
}

/** When the state that `effect` set was left again, or null while it stands. A server that starts again tells of it once more. */
function supersededAt(history: CallHistory, effect: EventOf<'record'> | EventOf<'state'>): Millis | null {
  const source: readonly TraceEvent[] =
    effect.type === 'record'
      ? history.server.filter((change) => change.version > effect.version)
      : (history.shown.get(effect.node) ?? []).filter((view) => view.state !== effect.state);
  return source.find((event) => event.n > effect.n)?.at ?? null;
}

/** The op that led to an effect: by the chain of causes where it is whole, else the first such op before the effect. */
function opBehind(
  ground: Ground,
  history: CallHistory,
  op: EventOf<'action'>['action'],
  node: string,
  effect: EventOf<'record'> | EventOf<'state'>,
): EventOf<'action'> | null {
  const fits = (candidate: EventOf<'action'>): boolean =>
    candidate.action === op && candidate.node === node && candidate.call === history.call && candidate.n < effect.n;
  const chained = effect.type === 'record' ? commandOf(ground.index, effect) : null;
  if (chained !== null && fits(chained)) return chained;
  return ground.replay.ops.find(fits) ?? null;
}

function calleeDevices(ground: Ground, history: CallHistory): readonly string[] {
  if (history.callees.length > 0) return history.callees.flatMap((user) => devicesOfUser(ground.replay, user));
  const caller = history.caller === null ? null : userOf(history.caller);
  return [...history.shown.keys()].filter((device) => userOf(device) !== caller);
}

function firstView(
  history: CallHistory,
  device: string,
  states: readonly EventOf<'state'>['state'][],
): EventOf<'state'> | undefined {
  return history.shown.get(device)?.find((view) => states.includes(view.state));
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
