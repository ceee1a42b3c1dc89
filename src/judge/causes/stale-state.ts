/** After the end, or a lost client, someone is still ringing, busy or connected; or an ended call came back to life. */

import { isEndingAction, presenceOf } from '../../protocol/actions.js';
import { LEGAL_MOVES } from '../../protocol/call.js';
import { isProvisional } from '../../trace/event.js';
import { failureOf, isEpilogue } from '../evidence/failing.js';
import { abandoned } from '../evidence/given-up.js';
import { answeredAfterEnd } from '../evidence/handed-on.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from '../evidence/rule.js';
import type { Timeline } from '../evidence/timeline.js';
import { agreementAt } from '../history/agreement.js';
import type { Moment } from '../history/gaps.js';
import {
  type CallHistory,
  calleeDevices,
  devicesOfUser,
  markOf,
  onlineAt,
  recordAt,
  SERVER,
  shownAt,
  userOf,
} from '../history/replay.js';
import { stateWords } from '../history/wording.js';

/** How long after a client was lost nobody can tell yet whether the server will notice, in milliseconds: longer than any grace. */
const GRACE_MS = 30_000;

export const staleState: Rule = {
  code: 'stale-state',
  doc: 'After the end of a call, the end of its time or the loss of a client, someone is still ringing, busy or connected; or a call that was over came back.',
  ruledOutBy: 'a later change of the record that nobody waited for, or another live call that makes the user busy',
  apply(timeline) {
    const failure = failureOf(timeline);
    if (failure === null) return [];
    const { replay } = timeline;
    const late = answeredAfterEnd(timeline, this.ruledOutBy);
    const ofRecords = replay.calls.flatMap((history) => [
      ...revived(timeline, history, this.ruledOutBy),
      ...busyForNothing(timeline, history, this.ruledOutBy),
      ...outlasting(timeline, history, failure, this.ruledOutBy),
      ...unheld(timeline, history, failure, this.ruledOutBy),
    ]);
    return [...ofRecords, ...late, ...abandoned(timeline, this.ruledOutBy)];
  },
};

/** Ends by a wait that the answer had ended already. */
const BEFORE_ANSWER: readonly (string | null)[] = ['missed', 'unreachable', 'busy'];

/** The server changed a record after its end, or ended an answered one as if nobody had answered. */
function revived(timeline: Timeline, history: CallHistory, ruledOutBy: string): Candidate[] {
  const changes = history.server;
  return changes.flatMap((change, i): Candidate[] => {
    const before = changes[i - 1];
    if (before === undefined || change.version <= before.version) return [];
    const isOverdue = before.phase === 'connected' && BEFORE_ANSWER.includes(change.record.reason);
    if (before.phase !== 'ended' && !isOverdue) return [];
    const why = isOverdue
      ? 'though it had been answered: a wait that was over still counted'
      : 'though a call that is over stays so';
    return [
      {
        hop: SERVER,
        call: history.call,
        confidence: SURE,
        summary: `The server took call ${history.call} from ${stateWords({ state: before.phase, reason: before.record.reason })} to ${stateWords({ state: change.phase, reason: change.record.reason })}, ${why}.`,
        evidence: evidenceOf(before, timeline.index.get(change.cause ?? 0), change),
        ruledOutBy,
        originN: change.n,
      },
    ];
  });
}

/** A call ended as busy, or was refused for a live one, and there is no live call of that user in the trace. */
function busyForNothing(timeline: Timeline, history: CallHistory, ruledOutBy: string): Candidate[] {
  const { replay, deeds } = timeline;
  const busy =
    history.server.find(({ record }) => record.reason === 'busy') ??
    [...history.applied.values()].flat().find(({ record }) => record.reason === 'busy');
  const told = busy ?? [...history.shown.values()].flat().find(({ reason }) => reason === 'busy');
  if (told === undefined || history.callee === null) return [];
  const busyWith = replay.calls.find(
    (other) => other !== history && concerns(other, history.callee) && isLiveAt(timeline, other, told.n),
  );
  if (busyWith !== undefined) return [];
  const old = replay.calls.filter((other) => other !== history && concerns(other, history.callee)).at(-1);
  const ended = old?.server.findLast(({ n }) => n < told.n) ?? null;
  const op = deeds.find(({ op }) => op.call === history.call)?.op;
  return [
    {
      hop: SERVER,
      call: history.call,
      confidence: replay.serverVisible ? SURE : LIKELY,
      summary: `Call ${history.call} to ${history.callee} ended as busy, and no live call of ${history.callee} is in the trace: the server still holds ${history.callee} for busy${old === undefined ? '' : ` after call ${old.call}`}.`,
      evidence: evidenceOf(ended, op, told),
      ruledOutBy,
      originN: op?.n ?? told.n,
    },
  ];
}

/** A record that stayed live although it should have ended: nobody is there any more, or its time is over. */
function outlasting(timeline: Timeline, history: CallHistory, failure: Moment, ruledOutBy: string): Candidate[] {
  const { trace, replay, deeds } = timeline;
  const failed = timeline.marks.find(({ ok, wants }) => ok === false && wants?.states.includes('ended') === true);
  const ghost = timeline.complaints.some(({ checker }) => checker === 'no-ghosts') ? markOf(trace, 'torn-down') : null;
  const moment = failed ?? ghost ?? (failure.isCut ? failure : null);
  if (moment === null) return [];
  const held = recordAt(history, moment.n);
  const views = [...history.shown.keys()]
    .filter((device) => onlineAt(replay, device, moment.n))
    .flatMap((device) => shownAt(replay, history, device, moment.n) ?? []);
  const live = views.filter(({ state }) => state === 'ringing' || state === 'connected' || state === 'inviting');
  const isLive = replay.serverVisible
    ? held !== null && held.phase !== 'ended'
    : live.length > 0 && agreementAt(replay, history, moment.n).agrees;
  if (!isLive) return [];
  // Where devices had to end it by themselves and nobody shows it, the record is what the server has forgotten.
  if (replay.serverVisible && live.length === 0 && views.some(isProvisional)) return [];
  // A command that is still under way has a cause of its own.
  const ending = deeds.find(
    ({ op, heard }) =>
      op.call === history.call && isEndingAction(op.action) && op.n < moment.n && !isEpilogue(timeline, op) && heard === null,
  );
  if (ending !== undefined) return [];
  const heardEnd = deeds.find(
    ({ op, heard, change }) =>
      op.call === history.call &&
      heard !== null &&
      change === null &&
      heard.n < moment.n &&
      endsIt(timeline, history, op.action, heard.n),
  );
  const sides = [
    ...devicesOfUser(replay, history.caller === null ? null : userOf(history.caller)),
    ...calleeDevices(replay, history),
  ];
  const left = replay.turns.findLast(
    (op) => sides.includes(op.node) && presenceOf(op.action) === 'off' && op.n < moment.n && !onlineAt(replay, op.node, moment.n),
  );
  if (failed === undefined && ghost === null && (left === undefined || moment.at - left.at < GRACE_MS)) return [];
  const since = held ?? live[0];
  const state = held?.phase ?? live[0]?.state;
  const why =
    heardEnd !== undefined
      ? `although it had read "${heardEnd.op.action}" of ${heardEnd.op.node}`
      : left !== undefined
        ? `although ${left.node} was gone ("${left.action}")`
        : 'although its time was over';
  return [
    {
      hop: SERVER,
      call: history.call,
      confidence: replay.serverVisible ? 0.9 : 0.7,
      summary: `Call ${history.call} was still ${state} at ${(moment.at / 1_000).toFixed(3)} s, ${why}: the server did not end it.`,
      evidence: evidenceOf(heardEnd?.op, heardEnd?.heard, left, since, ...live.slice(0, 2), moment),
      ruledOutBy,
      originN: heardEnd?.op.n ?? left?.n ?? since?.n ?? moment.n,
    },
  ];
}

/** A device shows a live call of which the server holds no record, or none any more. */
function unheld(timeline: Timeline, history: CallHistory, failure: Moment, ruledOutBy: string): Candidate[] {
  const { replay, deeds } = timeline;
  if (!replay.serverVisible || recordAt(history, failure.n) !== null) return [];
  return [...history.shown.keys()].flatMap((device): Candidate[] => {
    const view = shownAt(replay, history, device, failure.n);
    const isLive = view !== null && view.state !== 'ended' && view.state !== 'idle';
    const isOwn = deeds.some(({ op }) => op.node === device && op.call === history.call);
    if (!isLive || isOwn || !onlineAt(replay, device, failure.n)) return [];
    return [
      {
        hop: device,
        call: history.call,
        confidence: 0.7,
        summary: `${device} shows call ${history.call} as ${view.state}, and the server holds no such call.`,
        evidence: evidenceOf(view, failure),
        ruledOutBy,
        originN: view.n,
      },
    ];
  });
}

function concerns({ caller, callee }: CallHistory, user: string | null): boolean {
  return user !== null && (callee === user || (caller !== null && userOf(caller) === user));
}

function isLiveAt({ replay }: Timeline, history: CallHistory, n: number): boolean {
  if (replay.serverVisible) return (recordAt(history, n)?.phase ?? 'ended') !== 'ended';
  return [...history.shown.keys()].some((device) => {
    const state = shownAt(replay, history, device, n)?.state;
    return state === 'inviting' || state === 'ringing' || state === 'connected';
  });
}

/** Whether the table of moves says that this action ends the call as it was when the server read it. */
function endsIt(_timeline: Timeline, history: CallHistory, op: string, n: number): boolean {
  const held = recordAt(history, n);
  const move = op === 'hang up' ? 'hangup' : op === 'reject' || op === 'cancel' ? op : null;
  if (held === null || move === null) return false;
  const cell = LEGAL_MOVES[held.phase][move];
  return 'to' in cell && cell.to === 'ended';
}
