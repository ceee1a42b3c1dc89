/** Calls that a foreign target ended by itself when a connection broke, although the device came back, or was about to. Pure. */
import { isEndingAction, presenceOf as turnOf } from '../../protocol/actions.js';
import type { ViewEndReason } from '../../protocol/reasons.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { causeOf, type History, isLive, shownAt, userOf } from '../history/history.js';
import { presenceOf } from '../history/presence.js';
import type { Context } from './context.js';
import { failureOf, isTeardown } from './failing.js';
import { type Candidate, evidenceOf } from './rule.js';
import { faultWords, took } from './wording.js';

type Wire = EventOf<'wire'>;

/** Ends that report a broken connection, where nobody ended the call. */
const GONE: readonly ViewEndReason[] = ['peer-lost', 'hangup', 'cancelled', 'rejected'];

/** One candidate for each call that ended so and should have gone on. */
export function givenUp(context: Context, ruledOutBy: string): Candidate[] {
  const { history } = context;
  if (!history.isForeign || failureOf(context) === null || isDeclared(history)) return [];
  const found = new Set<string>();
  return history.wires.flatMap((end): Candidate[] => {
    const { call, node, reason } = end;
    if (call === null || end.dir !== 'in' || end.kind !== 'event.ended' || found.has(call) || isTeardown(context, end)) return [];
    if (reason === undefined || !GONE.includes(reason) || wasEnded(history, end)) return [];
    const lost = lostBefore(history, end);
    if (lost === null) return [];
    found.add(call);
    const { device, loss, isBack } = lost;
    const faults = presenceOf(history).activeOn(device, 0, end.n).slice(-1);
    const after = loss === null ? 'as' : `${took(Math.max(0, end.at - loss.at))} after`;
    const although = isBack ? `, although ${device} had another one by then` : '';
    return [
      {
        hop: history.serverOf(node),
        call,
        title: 'The server ends a call with the first connection that breaks',
        confidence: 0.9,
        summary: `The server ended call ${call} and notified ${node} ${after} a connection of ${device} broke${although}${faultWords(faults, 'was active on it')}. Nobody had hung up: a device that loses its connection for a moment loses its call, and is not notified of that when it is back.`,
        evidence: evidenceOf(...faults, loss, end),
        ruledOutBy,
        originN: end.n,
      },
    ];
  });
}

/** Whether the target declares that a call ends with its connection: then that is no cause. */
function isDeclared({ begin }: History): boolean {
  return begin?.adapter?.limits.includes('ends-call') === true;
}

/** Whether a user ended the call before: then the end is the answer of the server to that. */
function wasEnded({ actions }: History, { call, n }: Wire): boolean {
  return actions.some((action) => action.call === call && action.n < n && isEndingAction(action.action));
}

interface Lost {
  readonly device: string;
  /** The end of the connection, as the device itself saw it; null where it saw it later than the server. */
  readonly loss: TraceEvent | null;
  readonly isBack: boolean;
}

/** The device of the other side whose connection had broken, or was being broken by the probe, by then. */
function lostBefore(history: History, end: Wire): Lost | null {
  const wires = history.wires.filter(({ call, n }) => call === end.call && n < end.n);
  const others = [...new Set(wires.map(({ node }) => node))].filter((node) => userOf(node) !== userOf(end.node));
  for (const device of others) {
    const first = wires.find(({ node }) => node === device)?.n ?? 0;
    const isIt = (event: TraceEvent): boolean => event.node === device && event.n > first && event.n < end.n && isLoss(event);
    const loss = history.trace.findLast(isIt) ?? null;
    if (loss === null && presenceOf(history).activeOn(device, soonBefore(history, end), end.n).length === 0) continue;
    const isBack =
      loss !== null &&
      history.wires.some(({ node, kind, n }) => node === device && kind === 'welcome' && n > loss.n && n < end.n);
    return { device, loss, isBack };
  }
  return null;
}

/** The first event of the last second before: a fault that is healed by breaking the connection was active until then. */
function soonBefore({ trace }: History, end: Wire): number {
  return trace.find(({ at }) => at >= end.at - SOON_MS)?.n ?? end.n;
}

const SOON_MS = 1_000;

function isLoss(event: TraceEvent): boolean {
  if (event.type === 'action') return turnOf(event.action) === 'off';
  return event.type === 'conn' && event.state !== 'opened';
}

interface Quit {
  readonly view: EventOf<'state'>;
  readonly loss: EventOf<'conn'>;
  /** The probe's own fault behind it, where there is one. */
  readonly faults: readonly EventOf<'fault'>[];
}

/** Devices whose app gave a call up with its connection, as that of some targets does, before the run had failed. */
function quitsOf(context: Context): Quit[] {
  const { history } = context;
  const failure = failureOf(context);
  if (!history.isForeign || failure === null) return [];
  return [...history.states.values()].flat().flatMap((view): Quit[] => {
    if (view.state !== 'ended' || view.reason !== 'peer-lost' || view.call === null || view.n > failure.n) return [];
    const loss = causeOf(history, view);
    if (loss?.type !== 'conn' || loss.state === 'opened' || loss.node !== view.node) return [];
    // One that was not let in again has another cause.
    const isRefused = history.sessions.some(
      ({ node, state, n }) => node === view.node && state === 'refused' && n > loss.n && n < failure.n,
    );
    if (isRefused) return [];
    return [{ view, loss, faults: presenceOf(history).activeOn(view.node, 0, view.n).slice(-1) }];
  });
}

/** A device that gave a call up with its connection, of which the target did not notify the other side. */
export function abandoned(context: Context, ruledOutBy: string): Candidate[] {
  const { history } = context;
  const failure = failureOf(context);
  return quitsOf(context).flatMap(({ view, loss, faults }): Candidate[] => {
    const call = history.callsById.get(view.call ?? '');
    if (call === undefined || failure === null) return [];
    const others = [...call.shown.keys()].filter((device) => userOf(device) !== userOf(view.node));
    const left = others.find((device) => isLive(shownAt(history, call, device, failure.n)?.state));
    if (left === undefined) return [];
    const shown = shownAt(history, call, left, failure.n);
    return [
      {
        hop: history.serverOf(left),
        call: view.call,
        title: 'The server does not notify the other side when a side loses its connection',
        confidence: 0.85,
        summary: `${view.node} lost its connection and gave call ${view.call} up with it${faultWords(faults, 'was active on it')}. The server did not notify ${left}, which was still ${shown?.state} ${took(failure.at - view.at)} later.`,
        evidence: evidenceOf(...faults, loss, view, shown, failure),
        ruledOutBy,
        originN: view.n,
      },
    ];
  });
}

/** A call that ended for a device with its connection, where it should have gone on. */
export function endedWithConnection(context: Context, ruledOutBy: string): Candidate[] {
  if (isDeclared(context.history)) return [];
  return quitsOf(context)
    .filter(({ view }) => !isTeardown(context, view))
    .map(({ view, loss, faults }) => ({
      hop: context.history.serverOf(view.node),
      call: view.call,
      title: 'A call ends with the first connection that breaks',
      confidence: 0.8,
      summary: `A session of this target ends with its connection, and the call with it: ${view.node} lost its connection and gave call ${view.call} up${faultWords(faults, 'was active on it')}.`,
      evidence: evidenceOf(...faults, loss, view),
      ruledOutBy,
      originN: view.n,
    }));
}
