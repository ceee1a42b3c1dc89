/** Nothing of a call outlives it: nobody rings or talks, the server holds nothing live, the pair can call again. */
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import { participants } from '../history/agreement.js';
import {
  type CallHistory,
  devicesOfUser,
  firstShown,
  type History,
  isLive,
  markOf,
  onlineAt,
  recordAt,
  shownAt,
} from '../history/history.js';
import { labelOf, seconds, stateWords } from '../history/wording.js';
import { type Checker, type CheckResult, evidenceOf, type Finding, unknown, verdictOf } from './checker.js';

/** How long media may run on after the end of its call, in milliseconds. */
export const MEDIA_AFTER_END_MS = 1_000;

export const noGhosts: Checker = {
  name: 'no-ghosts',
  doc: `After the run nobody rings, invites or is connected, the server holds no live call, no media runs for more than ${MEDIA_AFTER_END_MS} ms after its call, and the same pair can call again.`,
  check(history) {
    const tornDown = markOf(history, 'torn-down');
    const redialed = markOf(history, 'redialed');
    const findings = [...outlivingMedia(history)];
    if (tornDown !== null) {
      const ghosts = ghostsAt(history, tornDown);
      findings.push(...ghosts);
      if (tornDown.ok === false && ghosts.length === 0) findings.push(markFinding('the run could not be cleared', tornDown));
    }
    if (redialed !== null) {
      if (redialed.ok === false) findings.push(markFinding('the same pair cannot call again', redialed));
      const before = new Set(tornDown === null ? [] : ghostCalls(history, tornDown.n));
      findings.push(...ghostsAt(history, redialed, before));
    }
    if (findings.length > 0) return verdictOf(findings);
    return undecided(history, tornDown, redialed) ?? verdictOf([]);
  },
};

/** Why the trace does not decide it, or null when it does. */
function undecided(history: History, tornDown: EventOf<'mark'> | null, redialed: EventOf<'mark'> | null): CheckResult | null {
  const last = evidenceOf(history.last);
  if (tornDown === null) return unknown('the run was cut before its calls were cleared away (no mark `torn-down`)', last);
  if (redialed !== null)
    return redialed.ok === null ? unknown('whether the pair can call again was not decided', [redialed.n]) : null;
  const redial = markOf(history, 'redial');
  if (redial !== null) return unknown('the run was cut while the pair called again', [redial.n]);
  const first = history.actions.find(({ action }) => action === 'call');
  if (first === undefined || first.peer === null) return null;
  const callee = first.peer.includes('/')
    ? [first.peer]
    : (first.group ?? [first.peer]).flatMap((user) => devicesOfUser(history, user));
  const couldCall = onlineAt(history, first.node, tornDown.n) && callee.some((device) => onlineAt(history, device, tornDown.n));
  return couldCall
    ? unknown('the trace does not say whether the same pair can call again (no mark `redialed`)', [tornDown.n])
    : null;
}

function ghostsAt(history: History, mark: EventOf<'mark'>, except: ReadonlySet<string> = new Set()): Finding[] {
  return history.calls
    .filter(({ call }) => !except.has(call))
    .flatMap((call) => [...showingGhosts(history, call, mark), ...servedGhost(history, call, mark)]);
}

function ghostCalls(history: History, n: number): string[] {
  const isShown = (call: CallHistory): boolean =>
    [...call.shown.keys()].some((device) => isLive(shownAt(history, call, device, n)?.state));
  const isHeld = (call: CallHistory): boolean => (recordAt(call, n)?.phase ?? 'ended') !== 'ended';
  return history.calls.filter((call) => isShown(call) || isHeld(call)).map(({ call }) => call);
}

function showingGhosts(history: History, call: CallHistory, mark: EventOf<'mark'>): Finding[] {
  return [...call.shown.keys()].flatMap((device) => {
    const view = shownAt(history, call, device, mark.n);
    if (view === null || !isLive(view.state) || !onlineAt(history, device, mark.n)) return [];
    const ended = recordAt(call, mark.n);
    const over = ended?.phase === 'ended' ? `, ${seconds(mark.at - ended.at)} after the server ended it` : '';
    return [
      {
        message: `${labelOf(history, device)} still shows ${stateWords(view)} for call ${call.call} at ${seconds(mark.at)}${over}`,
        expected: 'idle or ended',
        actual: stateWords(view),
        evidence: evidenceOf(view, ended, mark),
      },
    ];
  });
}

/** A live call that no device online has a part in waits for the grace of those that left, and is no ghost yet. */
function servedGhost(history: History, call: CallHistory, mark: EventOf<'mark'>): Finding[] {
  const held = recordAt(call, mark.n);
  if (held === null || held.phase === 'ended') return [];
  const someone = participants(history, call).some((device) => onlineAt(history, device, mark.n));
  if (!someone) return [];
  const since = `${held.phase} since ${seconds(held.at)}`;
  return [
    {
      message: `the server still holds call ${call.call} as ${since} although everybody hung up by ${seconds(mark.at)}`,
      expected: 'ended',
      actual: held.phase,
      evidence: [held.n, mark.n],
    },
  ];
}

function outlivingMedia(history: History): Finding[] {
  const { last: traceEnd } = history;
  if (traceEnd === null) return [];
  return history.calls.flatMap((call) =>
    [...groupBy(history.media.get(call.call) ?? [], ({ node }) => node)].flatMap(([device, events]): Finding[] => {
      const last = events.at(-1);
      const end = endOf(history, call, device);
      if (last === undefined || end === null || traceEnd.at < end.at + MEDIA_AFTER_END_MS) return [];
      if (!onlineAt(history, device, last.n) || !onlineAt(history, device, traceEnd.n)) return [];
      const deadline = end.at + MEDIA_AFTER_END_MS;
      const late = events.findLast((event) => event.at > deadline && isRunning(event));
      const ghost = late ?? (isRunning(last) ? last : undefined);
      if (ghost === undefined) return [];
      return [
        {
          message: `media of ${labelOf(history, device)} is still ${ghost.state} more than ${MEDIA_AFTER_END_MS} ms after call ${call.call} ended at ${seconds(end.at)}`,
          expected: 'idle',
          actual: ghost.state,
          evidence: [end.n, ghost.n],
        },
      ];
    }),
  );
}

/** The event that ended the call for a device: its own view, else the server's record. */
function endOf({ last }: History, call: CallHistory, device: string): TraceEvent | null {
  const held = recordAt(call, last?.n ?? 0);
  return firstShown(call, device, 'ended') ?? (held?.phase === 'ended' ? held : null);
}

function isRunning(event: EventOf<'media'>): boolean {
  return event.state !== 'idle' && event.state !== 'failed';
}

function markFinding(message: string, mark: EventOf<'mark'>): Finding {
  const detail = mark.actual === null ? '' : `: ${mark.actual}`;
  return { message: `${message}${detail}`, expected: mark.text, actual: mark.actual, evidence: [mark.n] };
}
