/** Calls that a foreign target ended by itself when a connection broke, although the one who had lost it came back, or was about to. Pure. */
import { isEndingAction, presenceOf } from '../../protocol/actions.js';
import { type EventOf, eventsOf, type TraceEvent } from '../../trace/event.js';
import { SERVER, shownAt, userOf } from '../history/replay.js';
import { failureOf, isEpilogue } from './failing.js';
import { type Candidate, evidenceOf } from './rule.js';
import type { Timeline } from './timeline.js';
import { owing, took } from './wording.js';

type Wire = EventOf<'wire'>;

/** Ends that a broken connection is told by, where nobody ended the call. */
const GONE: readonly string[] = ['peer-lost', 'hangup', 'cancelled', 'rejected'];

/** One candidate for each call that ended so and should have gone on. */
export function givenUp(timeline: Timeline, ruledOutBy: string): Candidate[] {
  const { begin, trace, presence } = timeline;
  if (begin?.adapter === undefined || failureOf(timeline) === null) return [];
  const told = new Set<string>();
  return eventsOf(trace, 'wire').flatMap((end): Candidate[] => {
    const { call, node, reason } = end;
    if (call === null || end.dir !== 'in' || end.kind !== 'event.ended' || told.has(call) || isEpilogue(timeline, end)) return [];
    if (reason === undefined || !GONE.includes(reason) || wasEnded(timeline, end)) return [];
    const lost = lostBefore(timeline, end);
    if (lost === null) return [];
    told.add(call);
    const { device, loss, isBack } = lost;
    const faults = presence.atWork(device, 0, end.n).slice(-1);
    const after = loss === null ? 'as' : `${took(Math.max(0, end.at - loss.at))} after`;
    const although = isBack ? `, although ${device} had another one by then` : '';
    return [
      {
        hop: SERVER,
        call,
        confidence: 0.9,
        summary: `The server ended call ${call} and told ${node} so ${after} a connection of ${device} broke${although}${owing(faults, 'was at work on it')}. Nobody had hung up: whoever loses his connection for a moment has lost his call, and is not told of that when he is back.`,
        evidence: evidenceOf(...faults, loss, end),
        ruledOutBy,
        originN: end.n,
      },
    ];
  });
}

/** Whether a user ended the call before, or had no reason to tell: an answer of the server to an action that failed. */
function wasEnded({ trace }: Timeline, { call, n }: Wire): boolean {
  return eventsOf(trace, 'action').some((op) => op.call === call && op.n < n && isEndingAction(op.action));
}

interface Lost {
  readonly device: string;
  /** The end of the connection, as the device itself saw it; null where it saw it later than the server. */
  readonly loss: TraceEvent | null;
  readonly isBack: boolean;
}

/** The device of the other side whose connection had broken, or was being broken by the probe, by then. */
function lostBefore({ trace, presence }: Timeline, end: Wire): Lost | null {
  const wires = eventsOf(trace, 'wire').filter(({ call, n }) => call === end.call && n < end.n);
  const others = [...new Set(wires.map(({ node }) => node))].filter((node) => userOf(node) !== userOf(end.node));
  for (const device of others) {
    const first = wires.find(({ node }) => node === device)?.n ?? 0;
    const loss = trace.findLast((event) => event.node === device && event.n > first && event.n < end.n && isLoss(event)) ?? null;
    if (loss === null && presence.atWork(device, soonBefore(trace, end), end.n).length === 0) continue;
    const isBack =
      loss !== null &&
      eventsOf(trace, 'wire').some(({ node, kind, n }) => node === device && kind === 'welcome' && n > loss.n && n < end.n);
    return { device, loss, isBack };
  }
  return null;
}

/** The first event of the last second before: a fault that is healed by breaking the connection was at work until then. */
function soonBefore(trace: readonly TraceEvent[], end: Wire): number {
  return trace.find(({ at }) => at >= end.at - SOON_MS)?.n ?? end.n;
}

const SOON_MS = 1_000;

function isLoss(event: TraceEvent): boolean {
  if (event.type === 'action') return presenceOf(event.action) === 'off';
  return event.type === 'conn' && event.state !== 'opened';
}

/** Devices whose app gave a call up with its connection, as that of some targets does: the view, and the end of the connection. */
function* quitters({ trace, index }: Timeline): Generator<{ readonly view: EventOf<'state'>; readonly loss: TraceEvent }> {
  for (const view of eventsOf(trace, 'state')) {
    const loss = index.get(view.cause ?? 0);
    if (view.state !== 'ended' || view.reason !== 'peer-lost' || view.call === null) continue;
    if (loss?.type === 'conn' && isLoss(loss) && loss.node === view.node) yield { view, loss };
  }
}

/** A device that gave a call up with its connection, of which the target did not tell the other side. */
export function abandoned(timeline: Timeline, ruledOutBy: string): Candidate[] {
  const failure = failureOf(timeline);
  if (timeline.begin?.adapter === undefined || failure === null) return [];
  return [...quitters(timeline)].flatMap(({ view, loss }): Candidate[] => {
    const history = timeline.histories.get(view.call ?? '');
    const left = [...(history?.shown.keys() ?? [])].find((device) => {
      const state = history === undefined ? undefined : shownAt(timeline.replay, history, device, failure.n)?.state;
      return userOf(device) !== userOf(view.node) && state !== undefined && state !== 'ended' && state !== 'idle';
    });
    if (left === undefined || view.n > failure.n || history === undefined) return [];
    const shown = shownAt(timeline.replay, history, left, failure.n);
    const faults = timeline.presence.atWork(view.node, 0, view.n).slice(-1);
    return [
      {
        hop: SERVER,
        call: view.call,
        confidence: 0.85,
        summary: `${view.node} lost its connection and gave call ${view.call} up with it${owing(faults, 'was at work on it')}. The server did not tell ${left}, which was still ${shown?.state} ${took(failure.at - view.at)} later.`,
        evidence: evidenceOf(...faults, loss, view, shown, failure),
        ruledOutBy,
        originN: view.n,
      },
    ];
  });
}

/** A call that ended for a device with its connection, where it should have gone on. */
export function endedWithConnection(timeline: Timeline, ruledOutBy: string): Candidate[] {
  const failure = failureOf(timeline);
  if (timeline.begin?.adapter === undefined || failure === null) return [];
  return [...quitters(timeline)].flatMap(({ view, loss }): Candidate[] => {
    if (view.n > failure.n || isEpilogue(timeline, view)) return [];
    const faults = timeline.presence.atWork(view.node, 0, view.n).slice(-1);
    return [
      {
        hop: SERVER,
        call: view.call,
        confidence: 0.8,
        summary: `A session of this target ends with its connection, and the call with it: ${view.node} lost its connection and gave call ${view.call} up${owing(faults, 'was at work on it')}.`,
        evidence: evidenceOf(...faults, loss, view),
        ruledOutBy,
        originN: view.n,
      },
    ];
  });
}
