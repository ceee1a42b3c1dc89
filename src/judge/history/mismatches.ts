/** Which device was wrong about a call, when, and which change did not reach it: the disagreements that have to be explained. */
import { isSibling, viewOf } from '../../protocol/call.js';
import type { Millis } from '../../protocol/machine.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { type Agreement, agreementAt } from './agreement.js';
import { lastUpTo, within } from './by-number.js';
import { type Change, changesOf } from './changes.js';
import { type Delivery, deliveryOf } from './delivery.js';
import {
  addressFrom,
  appliedAt,
  type CallHistory,
  type History,
  onlineAt,
  onlineMs,
  perHistory,
  sameView,
  shownAt,
  userOf,
} from './history.js';
import { messagesOf } from './messages.js';
import { stateWords } from './wording.js';

/** A device that took longer than this to follow, in milliseconds, was late where something failed over it. */
export const LATE_MS = 250;
/** How long a change may be on its way at the end of a trace that was cut, in milliseconds. */
export const PATIENCE_MS = 1_000;
/** The same where faults were active: clients back off before they come back, and resends wait longer each time. */
export const DISTURBED_MS = 10_000;

/** Instants and mismatches that are looked at, from the first on: the root of it all is among them. */
const MOMENTS_MAX = 24;
const MISMATCHES_MAX = 100;

/** A device that was wrong about a call. */
export interface Mismatch {
  readonly call: CallHistory;
  readonly device: string;
  /** The instant at which it was found wrong. */
  readonly moment: Moment;
  /** The first change that it lacked, and how far that came by the moment. */
  readonly delivery: Delivery;
  readonly shows: string;
  readonly wanted: string;
  /** Whether the device is another one of the user who answered or declined: it should have stopped. */
  readonly isSibling: boolean;
  /** The view by which it came right later, and after how long; null when it never did. */
  readonly resolved: { readonly by: TraceEvent; readonly lateMs: Millis } | null;
}

/** An instant at which devices are compared. */
export interface Moment {
  readonly event: TraceEvent;
  readonly n: number;
  readonly at: Millis;
  /** Whether it is only where the trace was cut: much may have been on its way then. */
  readonly isCut: boolean;
}

/** The instants at which devices are compared: where the run says so, and at the end of a cut one. */
function momentsOf({ marks, last }: History): Moment[] {
  const compared = marks.filter(
    ({ name, ok }) => (name === 'expect' && ok === false) || name === 'quiesced' || name === 'torn-down' || name === 'redialed',
  );
  const isCut = !compared.some(({ name }) => name === 'quiesced');
  const moments = compared.slice(0, MOMENTS_MAX).map((event): Moment => ({ event, n: event.n, at: event.at, isCut: false }));
  return isCut && last !== null ? [...moments, { event: last, n: last.n, at: last.at, isCut: true }] : moments;
}

/** The first mismatch of each device in each call, in the order of their moments. */
export const mismatchesOf = perHistory((history): readonly Mismatch[] => {
  const moments = momentsOf(history);
  const mismatches: Mismatch[] = [];
  for (const call of history.calls) {
    if (mismatches.length >= MISMATCHES_MAX) break;
    const changes = changesOf(history, call);
    const found = new Set<string>();
    for (const moment of moments) {
      for (const device of wrongDevices(history, call, changes, moment)) {
        const mismatch = found.has(device) ? null : mismatchOf(history, call, changes, device, moment);
        if (mismatch === null) continue;
        found.add(device);
        mismatches.push(mismatch);
      }
    }
  }
  return mismatches.sort((a, b) => a.moment.n - b.moment.n || a.delivery.change.n - b.delivery.change.n);
});

function wrongDevices(history: History, call: CallHistory, changes: readonly Change[], moment: Moment): string[] {
  const { agrees, standings }: Agreement = agreementAt(history, call, moment.n);
  if (history.serverVisible) {
    return standings.filter(({ wanted, behindAt }) => wanted !== null || behindAt !== null).map(({ device }) => device);
  }
  const latest = lastChange(changes, moment.n);
  if (latest === null) return [];
  if (agrees) return isRingingUnknown(history, call, latest, moment) ? [call.caller ?? ''] : [];
  return standings
    .filter(({ device, main }) => {
      const shown = shownAt(history, call, device, moment.n);
      if (latest.record !== null) return shown === null ? main : !sameView(shown, viewOf(latest.record, addressFrom(device)));
      return main && shown?.state !== latest.phase && shown?.state !== 'ended';
    })
    .map(({ device }) => device);
}

/** Whether the caller does not show that it rings, and somebody expected that: by itself it is no disagreement about the call. */
function isRingingUnknown(history: History, call: CallHistory, latest: Change, { event, n }: Moment): boolean {
  const isExpected = event.type === 'mark' && event.name === 'expect';
  if (!isExpected || call.caller === null || latest.record !== null || latest.phase !== 'ringing') return false;
  return shownAt(history, call, call.caller, n)?.state === 'inviting';
}

function mismatchOf(
  history: History,
  call: CallHistory,
  changes: readonly Change[],
  device: string,
  moment: Moment,
): Mismatch | null {
  const latest = lastChange(changes, moment.n);
  if (latest === null || !onlineAt(history, device, moment.n)) return null;
  const applied = appliedAt(history, call, device, moment.n)?.version ?? 0;
  // Whoever never showed the call lacks the invitation, whatever came of the call since.
  const neverRang =
    latest.version === null &&
    latest.phase !== 'ended' &&
    device !== call.caller &&
    lastUpTo(call.shown.get(device), moment.n) === undefined;
  const lackingN = neverRang ? (changes[0]?.n ?? latest.n) : latest.n;
  const isLacking = ({ n, version }: Change): boolean => n <= moment.n && (version === null ? n === lackingN : version > applied);
  const delivery =
    firstUndelivered(history, call, changes.filter(isLacking), device, moment) ??
    deliveryOf(history, call, latest, device, moment.n);
  const { record } = latest;
  const after = within(call.shown.get(device), moment.n).find((view) => isRight(view, latest, device));
  const lateMs = (after?.at ?? moment.at) - delivery.change.at;
  // What was only on its way is no mismatch.
  if (after !== undefined && lateMs <= LATE_MS && after.at - moment.at <= LATE_MS) return null;
  if (moment.isCut && !hadTime(history, delivery, moment)) return null;
  const address = addressFrom(device);
  const by = latest.event.node;
  const sibling =
    record !== null
      ? isSibling(record, address) ||
        (record.reason === 'rejected' && record.callee.user === address.user && record.endedBy?.device !== address.device)
      : device !== call.caller && (neverRang ? othersRang(call, device) : device !== by && isSameSide(call, device, by));
  const phaseWanted = sibling && latest.phase === 'connected' ? ELSEWHERE : latest.phase;
  return {
    ...{ call, device, moment, delivery },
    shows: stateWords(shownAt(history, call, device, moment.n)),
    wanted: record === null ? phaseWanted : stateWords(viewOf(record, address)),
    isSibling: sibling,
    resolved: after === undefined || isAfterTeardown(history, moment, after) ? null : { by: after, lateMs },
  };
}

/** The delivery of the first change that a device does not show; null where it shows them all. */
function firstUndelivered(
  history: History,
  call: CallHistory,
  changes: readonly Change[],
  device: string,
  { n }: Moment,
): Delivery | null {
  for (const change of changes) {
    const delivery = deliveryOf(history, call, change, device, n);
    if (delivery.stage !== 'shown') return delivery;
  }
  return null;
}

/** Whether another device of the same side shows the call. */
function othersRang(call: CallHistory, device: string): boolean {
  return [...call.shown.keys()].some((other) => other !== device && other !== call.caller && isSameSide(call, device, other));
}

/** Whether two devices are of one user, or of the group that was called. */
function isSameSide({ callees }: CallHistory, one: string, other: string): boolean {
  return userOf(one) === userOf(other) || (callees.includes(userOf(one)) && callees.includes(userOf(other)));
}

const ELSEWHERE = 'ended(answered-elsewhere)';

/** Whether the change, or the last thing that moved it on, had its time before the trace was cut. */
function hadTime(history: History, { change, device, messages, read, applied }: Delivery, moment: Moment): boolean {
  const { of, down } = messagesOf(history);
  const mine = read === null ? undefined : of(read.n);
  // What was read before it may have kept it waiting until a moment ago.
  const before = (down.get(device) ?? []).filter(
    ({ seq, session }) => mine !== undefined && mine.seq !== null && session === mine.session && (seq ?? Infinity) <= mine.seq,
  );
  const steps = [...messages.flatMap(({ writes }) => writes), ...before.flatMap(({ reads }) => reads), applied, change];
  const lastAt = Math.max(...steps.flatMap((event) => (event === null || event.n > moment.n ? [] : [event.at])));
  const isDisturbed = history.hits.some(({ at }) => at >= change.at - PATIENCE_MS);
  const patienceMs = isDisturbed ? DISTURBED_MS : PATIENCE_MS;
  return moment.at - lastAt >= PATIENCE_MS && onlineMs(history, device, lastAt, moment.at) >= patienceMs;
}

function lastChange(changes: readonly Change[], n: number): Change | null {
  return changes.findLast((one) => one.n <= n) ?? null;
}

function isRight(view: EventOf<'state'>, { record, phase, version }: Change, device: string): boolean {
  if (record === null) return view.state === phase || view.state === 'ended';
  return (view.version ?? 0) >= (version ?? 0) || sameView(view, viewOf(record, addressFrom(device)));
}

/** What users do in the probe's teardown updates devices in another way: that resolves nothing. */
function isAfterTeardown({ marks }: History, moment: Moment, view: TraceEvent): boolean {
  return within(marks, moment.n, view.n - 1).some(({ name }) => name === 'teardown');
}
