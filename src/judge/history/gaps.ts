/** Who was wrong about a call, when, and what that device had not been told: the disagreements that have to be explained. */

import { isSibling, viewOf } from '../../protocol/call.js';
import type { Millis } from '../../protocol/machine.js';
import { type EventOf, eventsOf, type TraceEvent } from '../../trace/event.js';
import { type Agreement, agreementAt } from './agreement.js';
import { type Ground, type Journey, journeyOf } from './journey.js';
import { type News, newsOf } from './news.js';
import { addressFrom, appliedAt, type CallHistory, onlineAt, onlineMs, sameView, shownAt, userOf } from './replay.js';
import { stateWords } from './wording.js';

/** A device that took longer than this to follow, in milliseconds, was late where something failed over it. */
export const LATE_MS = 250;
/** How long news may be under way at the end of a trace that was cut, in milliseconds. */
export const PATIENCE_MS = 1_000;
/** The same where faults were at work: clients back off before they come back, and resends wait longer each time. */
export const DISTURBED_MS = 10_000;

/** Instants and gaps that are looked at, from the first on: the root of it all is among them. */
const MOMENTS_MAX = 24;
const GAPS_MAX = 100;

/** A device that was wrong about a call. */
export interface Gap {
  readonly history: CallHistory;
  readonly device: string;
  /** The instant at which it was found wrong. */
  readonly moment: Moment;
  /** The first news that it lacked, and how far they came by the moment. */
  readonly journey: Journey;
  readonly shows: string;
  readonly wanted: string;
  /** Whether the device is another one of the user who answered or declined: it should have stopped. */
  readonly isSibling: boolean;
  /** The view by which it came right later, and after how long; null when it never did. */
  readonly healed: { readonly by: TraceEvent; readonly lateMs: Millis } | null;
}

/** An instant at which sides are held against each other. */
export interface Moment {
  readonly event: TraceEvent;
  readonly n: number;
  readonly at: Millis;
  /** Whether it is only where the trace was cut: much may have been under way then. */
  readonly isCut: boolean;
}

/** The instants at which sides are held against each other: where the run says so, and at the end of a cut one. */
export function momentsOf(trace: readonly TraceEvent[]): Moment[] {
  const marks = eventsOf(trace, 'mark').filter(
    ({ name, ok }) => (name === 'expect' && ok === false) || name === 'quiesced' || name === 'torn-down' || name === 'redialed',
  );
  const last = trace.at(-1);
  const isCut = !marks.some(({ name }) => name === 'quiesced');
  const told = marks.slice(0, MOMENTS_MAX).map((event): Moment => ({ event, n: event.n, at: event.at, isCut: false }));
  return isCut && last !== undefined ? [...told, { event: last, n: last.n, at: last.at, isCut: true }] : told;
}

/** The first gap of each device in each call, in the order of their moments. */
export function gapsOf(ground: Ground, moments: readonly Moment[]): Gap[] {
  const gaps: Gap[] = [];
  for (const history of ground.replay.calls) {
    const news = newsOf(ground.replay, ground.index, history);
    if (gaps.length >= GAPS_MAX) break;
    const found = new Set<string>();
    for (const moment of moments) {
      const agreement = agreementAt(ground.replay, history, moment.n);
      for (const device of wrongOnes(ground, history, news, agreement, moment)) {
        if (found.has(device)) continue;
        const gap = gapOf(ground, history, news, device, moment);
        if (gap === null) continue;
        found.add(device);
        gaps.push(gap);
      }
    }
  }
  return gaps.sort((a, b) => a.moment.n - b.moment.n || a.journey.news.n - b.journey.news.n);
}

function wrongOnes(
  ground: Ground,
  history: CallHistory,
  news: readonly News[],
  { agrees, standings }: Agreement,
  moment: Moment,
): string[] {
  const { replay } = ground;
  if (replay.serverVisible) {
    return standings.filter(({ wanted, behindAt }) => wanted !== null || behindAt !== null).map(({ device }) => device);
  }
  const latest = lastBy(news, moment.n);
  if (latest === null) return [];
  if (agrees) return isUnrung(ground, history, latest, moment) ? [history.caller ?? ''] : [];
  return standings
    .filter(({ device, main }) => {
      const shown = shownAt(replay, history, device, moment.n);
      if (latest.record !== null) return shown === null ? main : !sameView(shown, viewOf(latest.record, addressFrom(device)));
      return main && shown?.state !== latest.phase && shown?.state !== 'ended';
    })
    .map(({ device }) => device);
}

/** Whether the caller was not told that it rings, and somebody expected that: by itself it is no disagreement about the call. */
function isUnrung({ replay }: Ground, history: CallHistory, latest: News, { event, n }: Moment): boolean {
  const isExpected = event.type === 'mark' && event.name === 'expect';
  if (!isExpected || history.caller === null || latest.record !== null || latest.phase !== 'ringing') return false;
  return shownAt(replay, history, history.caller, n)?.state === 'inviting';
}

function gapOf(ground: Ground, history: CallHistory, news: readonly News[], device: string, moment: Moment): Gap | null {
  const { replay } = ground;
  const latest = lastBy(news, moment.n);
  if (latest === null) return null;
  const applied = appliedAt(replay, history, device, moment.n)?.version ?? 0;
  const lacking = news.filter(({ n, version }) => n <= moment.n && (version === null ? n === latest.n : version > applied));
  const first = lacking.map((one) => journeyOf(ground, history, one, device, moment.n)).find(({ stage }) => stage !== 'shown');
  const journey = first ?? journeyOf(ground, history, latest, device, moment.n);
  const { record } = latest;
  const address = addressFrom(device);
  const after = (history.shown.get(device) ?? []).find((view) => view.n > moment.n && isRight(view, latest, device));
  const lateMs = (after?.at ?? moment.at) - journey.news.at;
  // What was only under way is no gap.
  if (after !== undefined && lateMs <= LATE_MS && after.at - moment.at <= LATE_MS) return null;
  if (moment.isCut && !hadTime(ground, journey, moment)) return null;
  if (!onlineAt(replay, device, moment.n)) return null;
  const sibling =
    record !== null
      ? isSibling(record, address) ||
        (record.reason === 'rejected' && record.callee.user === address.user && record.endedBy?.device !== address.device)
      : device !== history.caller && device !== latest.event.node && isSameSide(history, device, latest.event.node);
  return {
    history,
    device,
    moment,
    journey,
    shows: stateWords(shownAt(replay, history, device, moment.n)),
    wanted:
      record === null
        ? sibling && latest.phase === 'connected'
          ? ELSEWHERE
          : latest.phase
        : stateWords(viewOf(record, address)),
    isSibling: sibling,
    healed: after === undefined || isAfterTeardown(ground, moment, after) ? null : { by: after, lateMs },
  };
}

/** Whether two devices are of one user, or of the group that was called. */
function isSameSide({ callees }: CallHistory, one: string, other: string): boolean {
  return userOf(one) === userOf(other) || (callees.includes(userOf(one)) && callees.includes(userOf(other)));
}

const ELSEWHERE = 'ended(answered-elsewhere)';

/** Whether the news, or the last thing that moved them on, had its time before the trace was cut. */
function hadTime({ replay, letters }: Ground, { news, device, letters: own, read, applied }: Journey, moment: Moment): boolean {
  const mine = read === null ? undefined : letters.of(read.n);
  // What was read before it may have kept it waiting until a moment ago.
  const before = (letters.down.get(device) ?? []).filter(
    ({ seq, session }) => mine !== undefined && mine.seq !== null && session === mine.session && (seq ?? Infinity) <= mine.seq,
  );
  const moves = [...own.flatMap(({ writes }) => writes), ...before.flatMap(({ reads }) => reads), applied, news];
  const lastAt = Math.max(...moves.flatMap((event) => (event === null || event.n > moment.n ? [] : [event.at])));
  const isDisturbed = eventsOf(replay.trace, 'fault').some(({ act, at }) => act === 'hit' && at >= news.at - PATIENCE_MS);
  const patienceMs = isDisturbed ? DISTURBED_MS : PATIENCE_MS;
  return moment.at - lastAt >= PATIENCE_MS && onlineMs(replay, device, lastAt, moment.at) >= patienceMs;
}

function lastBy(news: readonly News[], n: number): News | null {
  return news.findLast((one) => one.n <= n) ?? null;
}

function isRight(view: EventOf<'state'>, latest: News, device: string): boolean {
  if (latest.record === null) return view.state === latest.phase || view.state === 'ended';
  return (view.version ?? 0) >= (latest.version ?? 0) || sameView(view, viewOf(latest.record, addressFrom(device)));
}

/** What users do in the probe's epilogue tells devices of calls by another way: that heals nothing. */
function isAfterTeardown({ replay }: Ground, moment: Moment, view: TraceEvent): boolean {
  return eventsOf(replay.trace, 'mark').some(({ name, n }) => name === 'teardown' && n > moment.n && n < view.n);
}
