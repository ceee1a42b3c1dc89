/** The server took a connected user for absent, or wrote to a connection that the device had replaced. */
import { isCallAction } from '../../protocol/actions.js';
import type { EventOf } from '../../trace/event.js';
import { evidenceIn } from '../history/evidence.js';
import { allShown, type CallHistory, calleeDevices, type History } from '../history/history.js';
import { presenceOf } from '../history/presence.js';
import { seconds } from '../history/wording.js';
import { ASK_THE_SERVER, oddsOf } from './black-box.js';
import type { Context } from './context.js';
import { failureOf } from './failing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';
import { causeWords, changeWords, faultWords, symptom } from './wording.js';

export const staleRegistration: Rule = {
  code: 'stale-registration',
  title: 'The server takes a connected user for absent',
  lookAt: 'what the server removes when an old connection of a user ends, and which connection it keeps for the user',
  doc: "The server takes a connected user for absent, or writes to a connection that he has replaced: his old connection's end removed the new one, or what came after went to the old one.",
  ruledOutBy: 'a frame of the server over the new connection of that device after it had logged in',
  apply(context) {
    return [...overReplaced(context), ...takenForAbsent(context, this.ruledOutBy)];
  },
};

/** What should have come over the newest connection of a device went to an older one. */
function overReplaced({ history, mismatches }: Context): Candidate[] {
  return mismatches.flatMap((mismatch): Candidate[] => {
    const { device, delivery, moment, resolved } = mismatch;
    const { change, stage } = delivery;
    if (resolved !== null || stage !== 'unseen') return [];
    const {
      shares,
      proof,
      because,
      where = 'to a connection that the device has replaced',
      sentences = [],
    } = oddsOf(history, mismatch);
    const confidence = shares['stale-registration'];
    if (confidence === undefined) return [];
    return [
      {
        hop: history.serverOf(device),
        call: change.call,
        title: `The server does not send ${causeWords(change)} over the newest connection of a device`,
        confidence,
        proof: sentences,
        summary: `The server sent ${changeWords(change)} ${where}, or nowhere: ${because}. ${symptom(mismatch)}.`,
        evidence: evidenceOf(change.action, change, ...proof, moment),
        ruledOutBy: ASK_THE_SERVER,
        originN: change.n,
      },
    ];
  });
}

/** A call ended as unreachable although a device of the callee was connected all the time. */
function takenForAbsent(context: Context, ruledOutBy: string): Candidate[] {
  const { history } = context;
  if (!history.isForeign || failureOf(context) === null) return [];
  return history.calls.flatMap((call): Candidate[] => {
    const view = allShown(call).find(({ reason, node }) => reason === 'unreachable' && node === call.caller);
    const action = history.actions.find((one) => one.call === call.call && one.action === 'call');
    if (view === undefined || action === undefined || !isCallAction(action.action)) return [];
    return calleeDevices(history, call)
      .flatMap((device) => absentee(history, call, device, action, view, ruledOutBy))
      .slice(0, 1);
  });
}

function absentee(
  history: History,
  { call }: CallHistory,
  device: string,
  action: EventOf<'action'>,
  view: EventOf<'state'>,
  ruledOutBy: string,
): Candidate[] {
  const welcome = history.wires.findLast((wire) => wire.node === device && wire.kind === 'welcome' && wire.n < action.n);
  if (welcome === undefined || presenceOf(history).wasGone(device, action.n - 1, view.n)) return [];
  const pong = evidenceIn(history).quietUntil(device, welcome.n, Infinity);
  const faults = presenceOf(history).activeOn(device, 0, action.n).slice(-1);
  const isReplaced = welcome.conn > 1;
  return [
    {
      hop: history.serverOf(device),
      call,
      confidence: SURE,
      proof: [
        `${device} had logged in over connection ${welcome.conn} at ${seconds(welcome.at)}${pong === null ? '' : `, which was healthy: it answered a ping at ${seconds(pong.at)}`}.`,
        `${view.node} called at ${seconds(action.at)} and was answered that the user is not there.`,
      ],
      summary: `The server answered ${view.node} that the callee of call ${call} is not there, while ${device} was logged in over connection ${welcome.conn}${isReplaced ? ', which had replaced an older one' : ''}${faultWords(faults, 'had ended that one')}.`,
      evidence: evidenceOf(...faults, welcome, action, pong, view),
      ruledOutBy,
      originN: isReplaced ? welcome.n : action.n,
    },
  ];
}
