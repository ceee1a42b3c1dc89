/** Nothing of a call outlives it: nobody rings or talks, the server holds nothing live, the pair can call again. */
import { type EventOf, eventsOf, type TraceEvent } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import { partakers } from '../history/agreement.js';
import {
  type CallHistory,
  devicesOfUser,
  markOf,
  onlineAt,
  type Replay,
  recordAt,
  replayOf,
  shownAt,
} from '../history/replay.js';
import { labelOf, seconds, stateWords } from '../history/wording.js';
import { type Checker, type CheckResult, type Finding, unknown, verdictOf } from './checker.js';

/** How long media may run on after the end of its call, in milliseconds. */
export const MEDIA_AFTER_END_MS = 1_000;

export const noGhosts: Checker = {
  name: 'no-ghosts',
  doc: `After the run nobody rings, invites or is connected, the server holds no live call, no media runs for more than ${MEDIA_AFTER_END_MS} ms after its call, and the same pair can call again.`,
  check(trace) {
    const replay = replayOf(trace);
    const tornDown = markOf(trace, 'torn-down');
    const recalled = markOf(trace, 'redialed');
    const findings = [...outlivingMedia(replay)];
    if (tornDown !== null) {
      const ghosts = ghostsAt(replay, tornDown);
      findings.push(...ghosts);
      if (tornDown.ok === false && ghosts.length === 0) findings.push(markFinding('the run could not be cleared', tornDown));
    }
    if (recalled !== null) {
      if (recalled.ok === false) findings.push(markFinding('the same pair cannot call again', recalled));
      const before = new Set(tornDown === null ? [] : ghostCalls(replay, tornDown.n));
      findings.push(...ghostsAt(replay, recalled, before));
    }
    if (findings.length > 0) return verdictOf(findings);
    return undecided(replay, tornDown, recalled) ?? verdictOf([]);
  },
};

/** Why the trace cannot tell, or null when it can. */
function undecided(replay: Replay, tornDown: EventOf<'mark'> | null, recalled: EventOf<'mark'> | null): CheckResult | null {
  const last = replay.trace.slice(-1).map(({ n }) => n);
  if (tornDown === null) return unknown('the run was cut before its calls were cleared away (no mark `torn-down`)', last);
  if (recalled !== null)
    return recalled.ok === null ? unknown('whether the pair can call again was not decided', [recalled.n]) : null;
  const recall = markOf(replay.trace, 'redial');
  if (recall !== null) return unknown('the run was cut while the pair called again', [recall.n]);
  const first = replay.ops.find((op) => op.action === 'call');
  if (first === undefined || first.peer === null) return null;
  const callee = first.peer.includes('/')
    ? [first.peer]
    : (first.group ?? [first.peer]).flatMap((user) => devicesOfUser(replay, user));
  const couldCall = onlineAt(replay, first.node, tornDown.n) && callee.some((device) => onlineAt(replay, device, tornDown.n));
  return couldCall
    ? unknown('the trace does not say whether the same pair can call again (no mark `recall`)', [tornDown.n])
    : null;
}

function ghostsAt(replay: Replay, mark: EventOf<'mark'>, except: ReadonlySet<string> = new Set()): Finding[] {
  return replay.calls
    .filter(({ call }) => !except.has(call))
    .flatMap((history) => [...showingGhosts(replay, history, mark), ...servedGhost(replay, history, mark)]);
}

function ghostCalls(replay: Replay, n: number): string[] {
  const shows = (history: CallHistory): boolean =>
    [...history.shown.keys()].some((device) => isLive(shownAt(replay, history, device, n)?.state ?? 'idle'));
  const served = (history: CallHistory): boolean => (recordAt(history, n)?.phase ?? 'ended') !== 'ended';
  return replay.calls.filter((history) => shows(history) || served(history)).map(({ call }) => call);
}

function showingGhosts(replay: Replay, history: CallHistory, mark: EventOf<'mark'>): Finding[] {
  return [...history.shown.keys()].flatMap((device) => {
    const view = shownAt(replay, history, device, mark.n);
    if (view === null || !isLive(view.state) || !onlineAt(replay, device, mark.n)) return [];
    const ended = recordAt(history, mark.n);
    const over = ended?.phase === 'ended' ? `, ${seconds(mark.at - ended.at)} after the server ended it` : '';
    return [
      {
        message: `${labelOf(replay, device)} still shows ${stateWords(view)} for call ${history.call} at ${seconds(mark.at)}${over}`,
        expected: 'idle or ended',
        actual: stateWords(view),
        evidence: [view.n, ...(ended === null ? [] : [ended.n]), mark.n].sort((a, b) => a - b),
      },
    ];
  });
}

/** A live call that no device online has a part in waits for the grace of those that left, and is no ghost yet. */
function servedGhost(replay: Replay, history: CallHistory, mark: EventOf<'mark'>): Finding[] {
  const held = recordAt(history, mark.n);
  if (held === null || held.phase === 'ended') return [];
  const someone = partakers(replay, history).some((device) => onlineAt(replay, device, mark.n));
  if (!someone) return [];
  const since = `${held.phase} since ${seconds(held.at)}`;
  return [
    {
      message: `the server still holds call ${history.call} as ${since} although everybody hung up by ${seconds(mark.at)}`,
      expected: 'ended',
      actual: held.phase,
      evidence: [held.n, mark.n],
    },
  ];
}

function outlivingMedia(replay: Replay): Finding[] {
  const endAt = replay.trace.at(-1)?.at ?? 0;
  const media = groupBy(eventsOf(replay.trace, 'media'), (event) => JSON.stringify([event.call, event.node]));
  const histories = new Map(replay.calls.map((history) => [history.call, history]));
  return [...media.values()].flatMap((events) => {
    const first = events[0];
    const last = events.at(-1);
    const history = first === undefined ? undefined : histories.get(first.call);
    if (first === undefined || last === undefined || history === undefined) return [];
    const device = first.node;
    const end = endOf(replay, history, device);
    if (end === null || endAt < end.at + MEDIA_AFTER_END_MS || !onlineAt(replay, device, last.n)) return [];
    const deadline = end.at + MEDIA_AFTER_END_MS;
    const late = events.findLast((event) => event.at > deadline && isRunning(event));
    const ghost = late ?? (isRunning(last) ? last : undefined);
    if (ghost === undefined || !onlineAt(replay, device, replay.trace.at(-1)?.n ?? 0)) return [];
    return [
      {
        message: `media of ${labelOf(replay, device)} is still ${ghost.state} more than ${MEDIA_AFTER_END_MS} ms after call ${history.call} ended at ${seconds(end.at)}`,
        expected: 'idle',
        actual: ghost.state,
        evidence: [end.n, ghost.n],
      },
    ];
  });
}

/** The event that ended the call for a device: its own view, else the server's record. */
function endOf(replay: Replay, history: CallHistory, device: string): TraceEvent | null {
  const shown = history.shown.get(device)?.find((view) => view.state === 'ended');
  const last = replay.trace.at(-1)?.n ?? 0;
  const held = recordAt(history, last);
  return shown ?? (held?.phase === 'ended' ? held : null);
}

function isRunning(event: EventOf<'media'>): boolean {
  return event.state !== 'idle' && event.state !== 'failed';
}

function isLive(state: EventOf<'state'>['state']): boolean {
  return state === 'inviting' || state === 'ringing' || state === 'connected';
}

function markFinding(message: string, mark: EventOf<'mark'>): Finding {
  const detail = mark.actual === null ? '' : `: ${mark.actual}`;
  return { message: `${message}${detail}`, expected: mark.text, actual: mark.actual, evidence: [mark.n] };
}
