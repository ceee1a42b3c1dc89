/** After the end, or a lost client, someone is still ringing, busy or connected; or an ended call came back to life. */
import { ACTIONS, isEndingAction, presenceOf } from '../../protocol/actions.js';
import { LEGAL_MOVES } from '../../protocol/call.js';
import { isEndingCommand } from '../../protocol/message-kinds.js';
import type { EventOf } from '../../trace/event.js';
import { outcomesOf } from '../history/actions.js';
import { agreementAt, isProvisional } from '../history/agreement.js';
import { lastUpTo } from '../history/by-number.js';
import { evidenceIn } from '../history/evidence.js';
import {
  type CallHistory,
  calleeDevices,
  causeOf,
  devicesOfUser,
  type History,
  isLive,
  markOf,
  onlineAt,
  recordAt,
  shownAt,
  userOf,
} from '../history/history.js';
import type { Moment } from '../history/mismatches.js';
import { seconds, stateWords } from '../history/wording.js';
import { type Context, failedIn } from './context.js';
import { failureOf, isTeardown } from './failing.js';
import { abandoned } from './given-up.js';
import { heldBusy } from './held-busy.js';
import { answeredAfterEnd } from './relay.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from './rule.js';

/** How long after a client was lost nobody can know yet whether the server will notice, in milliseconds: longer than any grace. */
const GRACE_MS = 30_000;

export const staleState: Rule = {
  code: 'stale-state',
  title: 'A call goes on after its end',
  lookAt: 'what the server does with a call when a side is gone or its time is over',
  doc: 'After the end of a call, the end of its time or the loss of a client, someone is still ringing, busy or connected; or a call that was over came back.',
  ruledOutBy: 'a later change of the record that nobody waited for, or another live call that makes the user busy',
  apply(context) {
    const failure = failureOf(context);
    if (failure === null) return [];
    const { ruledOutBy } = this;
    const { history } = context;
    return [
      ...history.calls.flatMap((call) => [
        ...revived(history, call, ruledOutBy),
        ...busyForNothing(history, call, ruledOutBy),
        ...outlasting(context, call, failure, ruledOutBy),
        ...unheld(history, call, failure, ruledOutBy),
      ]),
      ...answeredAfterEnd(context, ruledOutBy),
      ...abandoned(context, ruledOutBy),
    ];
  },
};

/** Ends by a wait that the answer had ended already. */
const BEFORE_ANSWER: readonly (string | null)[] = ['missed', 'unreachable', 'busy'];

/** The server changed a record after its end, or ended an answered one as if nobody had answered. */
function revived(history: History, { call, server }: CallHistory, ruledOutBy: string): Candidate[] {
  return server.flatMap((change, i): Candidate[] => {
    const before = server[i - 1];
    if (before === undefined || change.version <= before.version) return [];
    const isOverdue = before.phase === 'connected' && BEFORE_ANSWER.includes(change.record.reason);
    if (before.phase !== 'ended' && !isOverdue) return [];
    const why = isOverdue
      ? 'though it had been answered: a wait that was over still counted'
      : 'though a call that is over stays so';
    return [
      {
        hop: change.node,
        call,
        confidence: SURE,
        summary: `The server took call ${call} from ${recordWords(before)} to ${recordWords(change)}, ${why}.`,
        evidence: evidenceOf(before, causeOf(history, change), change),
        ruledOutBy,
        originN: change.n,
      },
    ];
  });
}

const recordWords = ({ phase, record }: EventOf<'record'>): string => stateWords({ state: phase, reason: record.reason });

/** A call ended as busy, or was refused for a live one, and there is no live call of that user in the trace. */
function busyForNothing(history: History, call: CallHistory, ruledOutBy: string): Candidate[] {
  const held = heldBusy(history, call);
  if (held === null) return [];
  const { callee, busy, before } = held;
  const ended = before === null ? null : lastUpTo(before.server, busy.n);
  const action = outcomesOf(history).find((one) => one.action.call === call.call)?.action;
  return [
    {
      hop: history.serverOf(busy.node),
      call: call.call,
      title: 'The server holds a user busy who is in no call',
      lookAt: 'what the server forgets of a user when a call of his ends, on each of the ways in which it can end',
      confidence: history.serverVisible || before !== null ? SURE : LIKELY,
      summary: `Call ${call.call} to ${callee} ended as busy, and no live call of ${callee} is in the trace: the server still holds ${callee} for busy${before === null ? '' : ` after call ${before.call}`}.`,
      evidence: evidenceOf(ended, action, busy),
      ruledOutBy,
      originN: action?.n ?? busy.n,
    },
  ];
}

/** A record that stayed live although it should have ended: nobody is there any more, or its time is over. */
function outlasting(context: Context, call: CallHistory, failure: Moment, ruledOutBy: string): Candidate[] {
  const { history } = context;
  const { serverVisible } = history;
  const outcomes = outcomesOf(history).filter(({ action }) => action.call === call.call);
  const expected = history.marks.find(({ ok, wants }) => ok === false && wants?.states.includes('ended') === true);
  const ghost = failedIn(context, 'no-ghosts').length > 0 ? markOf(history, 'torn-down') : null;
  const moment = expected ?? ghost ?? (failure.isCut ? failure : null);
  if (moment === null) return [];
  const held = recordAt(call, moment.n);
  const views = [...call.shown.keys()]
    .filter((device) => onlineAt(history, device, moment.n))
    .flatMap((device) => shownAt(history, call, device, moment.n) ?? []);
  const live = views.filter(({ state }) => isLive(state));
  const isUp = serverVisible
    ? held !== null && held.phase !== 'ended'
    : live.length > 0 && agreementAt(history, call, moment.n).agrees;
  if (!isUp) return [];
  // Where devices had to end it by themselves and nobody shows it, the record is what the server has forgotten.
  if (serverVisible && live.length === 0 && views.some(isProvisional)) return [];
  const before = outcomes.filter(({ action }) => action.n < moment.n);
  // A command that is still on its way has a cause of its own.
  const isPending = before.some(
    ({ action, received }) => isEndingAction(action.action) && received === null && !isTeardown(context, action),
  );
  if (isPending) return [];
  const ignored = before.find(
    ({ action, received, change }) =>
      received !== null && change === null && received.n < moment.n && endsIt(call, action, received.n),
  );
  const sides = [...devicesOfUser(history, call.caller === null ? null : userOf(call.caller)), ...calleeDevices(history, call)];
  const left = history.presenceActions.findLast(
    ({ node, action, n }) =>
      sides.includes(node) && presenceOf(action) === 'off' && n < moment.n && !onlineAt(history, node, moment.n),
  );
  // At a black box only a side that is gone, or a call that nobody ever ended, is the server's to end.
  const isEndedByOne = history.wires.some(
    ({ call: of, dir, kind, n }) =>
      of === call.call && dir === 'out' && n < moment.n && isEndingCommand(kind) && !isTeardown(context, { n }),
  );
  if (!serverVisible && left === undefined && isEndedByOne) return [];
  const isWaiting = left === undefined || moment.at - left.at < GRACE_MS;
  if (expected === undefined && ghost === null && isWaiting) return [];
  const since = held ?? live[0];
  const gone = left === undefined ? 'although its time was over' : `although ${left.node} was gone ("${left.action}")`;
  const why = ignored === undefined ? gone : `although it had read "${ignored.action.action}" of ${ignored.action.node}`;
  return [
    {
      hop: held?.node ?? history.serverOf(live[0]?.node ?? ''),
      call: call.call,
      title:
        ignored !== undefined
          ? `The server does not end a call on "${ignored.action.action}"`
          : left === undefined
            ? 'The server does not end a call whose time is over'
            : 'The server does not end a call of which one side is gone',
      proof: serverVisible ? [] : leftSentences(history, left, live, moment),
      confidence: serverVisible || left !== undefined ? 0.9 : 0.7,
      summary: `Call ${call.call} was still ${held?.phase ?? live[0]?.state} at ${seconds(moment.at)}, ${why}: the server did not end it.`,
      evidence: evidenceOf(ignored?.action, ignored?.received, left, since, ...live.slice(0, 2), moment),
      ruledOutBy,
      originN: ignored?.action.n ?? left?.n ?? since?.n ?? moment.n,
    },
  ];
}

function leftSentences(
  history: History,
  left: EventOf<'action'> | undefined,
  live: readonly EventOf<'state'>[],
  moment: Pick<Moment, 'n' | 'at'>,
): string[] {
  if (left === undefined) return [];
  const views = live.map((view) => {
    const pong = evidenceIn(history).quietUntil(view.node, left.n, moment.n);
    const healthy = pong === null ? '' : `; its connection was healthy (ping answered at ${seconds(pong.at)})`;
    return `${view.node} still showed ${view.state} at ${seconds(moment.at)}${healthy}.`;
  });
  return [`${left.node} was gone from ${seconds(left.at)} on ("${left.action}").`, ...views];
}

/** A device shows a live call of which the server holds no record, or none any more. */
function unheld(history: History, call: CallHistory, failure: Moment, ruledOutBy: string): Candidate[] {
  if (!history.serverVisible || recordAt(call, failure.n) !== null) return [];
  return [...call.shown.keys()].flatMap((device): Candidate[] => {
    const view = shownAt(history, call, device, failure.n);
    const isOwn = outcomesOf(history).some(({ action }) => action.node === device && action.call === call.call);
    if (view === null || !isLive(view.state) || isOwn || !onlineAt(history, device, failure.n)) return [];
    return [
      {
        hop: device,
        call: call.call,
        confidence: 0.7,
        summary: `${device} shows call ${call.call} as ${view.state}, and the server holds no such call.`,
        evidence: evidenceOf(view, failure),
        ruledOutBy,
        originN: view.n,
      },
    ];
  });
}

/** Whether the table of moves says that this action ends the call as it was when the server read it. */
function endsIt(call: CallHistory, { action }: EventOf<'action'>, n: number): boolean {
  const held = recordAt(call, n);
  if (held === null || !isEndingAction(action)) return false;
  const cell = LEGAL_MOVES[held.phase][ACTIONS[action].move];
  return 'to' in cell && cell.to === 'ended';
}
