/** What devices of a black box show although nobody did anything that leads to it: answers, ends, and calls that come back. */
import { isEndingAction, presenceOf as turnOf } from '../../protocol/actions.js';
import { isEndingCommand } from '../../protocol/message-kinds.js';
import type { ViewEndReason } from '../../protocol/reasons.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { participants } from './agreement.js';
import { lastUpTo } from './by-number.js';
import { evidenceIn } from './evidence.js';
import { type CallHistory, causeOf, type History, hasRestarted, isLive, perHistory, userOf } from './history.js';
import { presenceOf } from './presence.js';

type View = EventOf<'state'>;
type Wire = EventOf<'wire'>;

export interface Surprise {
  readonly what: 'answered' | 'ended' | 'revived';
  readonly call: CallHistory;
  readonly view: View;
  /** The message that the device showed it for. */
  readonly wire: Wire;
  /** The end of a call that came back; null for the others. */
  readonly end: TraceEvent | null;
}

/** Ends that a server decides on by itself, or that the other device of a user leads to. */
const SERVERS_OWN: readonly ViewEndReason[] = ['busy', 'unreachable', 'server-error', 'media-failed'];
/** A call that nobody answered for so long, in milliseconds, ends by a time-out. */
const RING_MS = 10_000;
/** A server may notice a lost connection before its device does, by this much, in milliseconds. */
const NOTICE_MS = 1_000;
/** What was on its way when a call ended arrives within this time, in milliseconds. */
const CROSSING_MS = 400;

/** The surprises of a trace, in order; none where the server's own record says what happened. */
export const surprisesOf = perHistory((history): readonly Surprise[] => {
  if (history.serverVisible || !history.isForeign) return [];
  const found = history.calls.flatMap((call) =>
    [...call.shown.values()].flatMap((views) =>
      views.flatMap((view, i) => surpriseAt(history, call, view, views[i - 1] ?? null)),
    ),
  );
  return found.sort((a, b) => a.view.n - b.view.n);
});

function surpriseAt(history: History, call: CallHistory, view: View, before: View | null): Surprise[] {
  const wire = causeOf(history, view);
  if (wire?.type !== 'wire' || wire.dir !== 'in' || wire.refusal !== undefined) return [];
  const found = (what: Surprise['what'], end: TraceEvent | null = null): Surprise[] => [{ what, call, view, wire, end }];
  if (isLive(view.state)) {
    const end = endBefore(history, call, view, before);
    if (end !== null) return found('revived', end);
  }
  if (view.state === 'connected' && before?.state !== 'connected' && !isAnswered(history, call, view)) return found('answered');
  if (view.state === 'ended' && before !== null && isLive(before.state) && !isEnded(history, call, view)) return found('ended');
  return [];
}

/** Whether somebody had accepted by then, or both users had called each other, which some targets take for an answer. */
function isAnswered({ actions, wires }: History, { call, caller, callees }: CallHistory, { n }: View): boolean {
  return (
    actions.some((one) => one.n < n && one.action === 'accept' && one.call === call) ||
    wires.some((one) => one.n < n && one.dir === 'out' && one.kind === 'command.accept' && one.call === call) ||
    actions.some(
      (one) =>
        one.n < n &&
        one.action === 'call' &&
        caller !== null &&
        callees.includes(userOf(one.node)) &&
        one.peer === userOf(caller),
    )
  );
}

/** Whether somebody ended the call by then, left it, lost the connection, or was struck by a fault that may lead to an end. */
function isEnded(history: History, call: CallHistory, view: View): boolean {
  const { n, at, reason, node } = view;
  const { actions, wires, conns, hits } = history;
  if (reason !== null && SERVERS_OWN.includes(reason)) return true;
  const first = [...call.shown.values()].flatMap((views) => views[0] ?? []).sort((a, b) => a.n - b.n)[0] ?? view;
  const wasConnected = [...call.shown.values()].flat().some((one) => one.state === 'connected' && one.n < n);
  if (!wasConnected && (reason === 'missed' || at - first.at >= RING_MS)) return true;
  const isSiblings = reason === 'answered-elsewhere' || reason === 'rejected-elsewhere';
  const isOnSameSide = (device: string): boolean =>
    userOf(device) === userOf(node) || (call.callees.includes(userOf(device)) && call.callees.includes(userOf(node)));
  if (isSiblings && actions.some((one) => one.n < n && one.call === call.call && one.node !== node && isOnSameSide(one.node)))
    return true;
  const members = new Set(participants(history, call));
  const isMember = (one: { readonly node: string }): boolean => members.has(one.node) || members.has(userOf(one.node));
  return (
    actions.some((one) => one.n < n && one.call === call.call && isEndingAction(one.action)) ||
    wires.some((one) => one.n < n && one.dir === 'out' && one.call === call.call && isEndingCommand(one.kind)) ||
    actions.some((one) => one.n < n && one.n > first.n && isMember(one) && turnOf(one.action) === 'off') ||
    conns.some((one) => one.state !== 'opened' && one.n > first.n && one.at <= at + NOTICE_MS && isMember(one)) ||
    hits.some(
      (one) =>
        one.n < n &&
        (one.layer !== 'message' || one.struck?.dropped === true || one.fault === 'duplicate') &&
        one.layer !== 'clock' &&
        one.layer !== 'media',
    )
  );
}

/** The end of the call that a live view comes after; null where the call was not over, or the message was on its way when it ended. */
function endBefore(history: History, call: CallHistory, view: View, before: View | null): TraceEvent | null {
  const { n, at, node } = view;
  const isOver = (device: string): boolean => !isLive(lastUpTo(call.shown.get(device), n - 1)?.state);
  if (![...call.shown.keys()].every((device) => device === node || isOver(device))) return null;
  if (before !== null && (before.state !== 'ended' || hasRestarted(history, node, before.n, n))) return null;
  const ended = before ?? lastEnd(call, n);
  if (ended === null) return null;
  // Nothing can have been on its way to a device that was not there.
  if (at - ended.at < CROSSING_MS && presenceOf(history).goneAt(node, ended.n) === null) return null;
  const cause = causeOf(history, ended);
  // An app that gave the call up by itself, for want of a connection, may well be notified that it goes on.
  const isReal =
    cause?.type === 'action' ||
    (cause?.type === 'wire' && cause.dir === 'in') ||
    history.actions.some((one) => one.call === call.call && one.n < ended.n && isEndingAction(one.action));
  const isDelayed = history.hits.some(
    ({ node: at, struck, layer }) => (at === node || at === userOf(node)) && (struck?.call === call.call || layer === 'link'),
  );
  return isReal && !isDelayed ? ended : null;
}

function lastEnd({ shown }: CallHistory, n: number): View | null {
  const ends = [...shown.values()].flatMap((views) => views.filter((view) => view.state === 'ended' && view.n < n));
  return ends.sort((a, b) => a.n - b.n).at(-1) ?? null;
}

/** An answer that a device was sent although the endpoint had read the end of the call before the answer was given. */
export interface LateAnswer {
  readonly call: CallHistory;
  /** The command that ended the call, and the accept that came after it. */
  readonly end: Wire;
  readonly accept: Wire;
  readonly read: Wire;
}

/** Answers that a black box passed on in a call of which it knew that it was over, whatever the devices made of them. */
export const lateAnswersOf = perHistory((history): readonly LateAnswer[] => {
  // Some protocols have to pass such an answer on, and leave it to the caller to end the call.
  if (history.serverVisible || !history.isForeign || history.begin?.adapter?.limits.includes('late-answer') === true) return [];
  const { readOf } = evidenceIn(history);
  return history.calls.flatMap((call): LateAnswer[] => {
    // What somebody without a part in the call sends ends nothing, and answers nothing.
    const members = participants(history, call);
    const own = history.wires.filter((wire) => wire.call === call.call && members.includes(wire.node));
    const end = own.find(({ dir, kind }) => dir === 'out' && (kind === 'command.cancel' || kind === 'command.reject'));
    const known = end === undefined ? null : readOf(end);
    if (end === undefined || known === null) return [];
    const accept = own.find(({ dir, kind, n }) => dir === 'out' && kind === 'command.accept' && n > known.event.n);
    const read = own.find(({ dir, kind, n }) => dir === 'in' && kind === 'event.connected' && n > (accept?.n ?? Infinity));
    const before = own.some(({ dir, kind, n }) => dir === 'in' && kind === 'event.connected' && n < end.n);
    return accept === undefined || read === undefined || before ? [] : [{ call, end, accept, read }];
  });
});
