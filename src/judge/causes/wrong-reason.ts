/** The end came with another reason than what happened. */
import { ACTIONS, isEndingAction } from '../../protocol/actions.js';
import type { ViewEndReason } from '../../protocol/reasons.js';
import type { EventOf } from '../../trace/event.js';
import { outcomesOf } from '../history/actions.js';
import { evidenceIn } from '../history/evidence.js';
import { type CallHistory, causeOf, type History, onlineAt, shownAt, userOf } from '../history/history.js';
import { seconds } from '../history/wording.js';
import { failureOf } from './failing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';

export const wrongReason: Rule = {
  code: 'wrong-reason',
  title: 'The server reports an end with another reason than what happened',
  lookAt: 'which message the server sends for this end, and to whom',
  doc: 'The end came with another reason than what happened.',
  ruledOutBy: 'a target that cannot distinguish these reasons (byDesign.reasons), or another end of the call before',
  apply(context) {
    const { history } = context;
    const failure = failureOf(context);
    if (failure === null || !history.isForeign || history.serverVisible) return [];
    const expected = history.marks.find(({ ok, wants }) => ok === false && wants?.states.includes('ended') === true);
    return expected === undefined ? [] : history.calls.flatMap((call) => wrongEnds(history, call, expected, this.ruledOutBy));
  },
};

function wrongEnds(history: History, call: CallHistory, expected: EventOf<'mark'>, ruledOutBy: string): Candidate[] {
  const end = history.actions.find(({ action, call: of, n }) => of === call.call && isEndingAction(action) && n < expected.n);
  if (end === undefined) return [];
  const { readOf, troubleOn } = evidenceIn(history);
  const sent = outcomesOf(history).find(({ action }) => action.n === end.n)?.message?.writes[0];
  // The end of a connection is what the server reports where the message itself may never have reached it.
  const mayBeLost = sent !== undefined && readOf(sent) === null && troubleOn(end.node, end.n, expected.n).length > 0;
  if (mayBeLost) return [];
  return [...call.shown.keys()].flatMap((device): Candidate[] => {
    const view = shownAt(history, call, device, expected.n);
    if (view === null || view.state !== 'ended' || view.reason === null || view.n < end.n) return [];
    // Whoever ended it himself may have crossed an end of the other side.
    const isOwn = device === end.node;
    if (isOwn && history.actions.some((one) => isOther(one, end) && one.n < view.n)) return [];
    // Whoever answered before he read of the end shows what it means in a call that is connected.
    if (history.actions.some((one) => one.node === device && isAnswerAfter(one, end) && one.n < view.n)) return [];
    const wanted = reasonAt(end, device);
    const wire = causeOf(history, view);
    if (
      wanted === null ||
      view.reason === wanted ||
      wire?.type !== 'wire' ||
      wire.refusal !== undefined ||
      !onlineAt(history, device, view.n)
    )
      return [];
    // Where each device of a user may decline for itself, the others go on ringing and end by themselves.
    const name = wire.name ?? wire.kind;
    return [
      {
        hop: history.serverOf(device),
        call: call.call,
        title: `The server reports "${end.action}" as ${view.reason}${isOwn ? ' to the device itself' : userOf(device) === userOf(end.node) ? ' to the other devices of the user' : ''}`,
        lookAt: `which message the server sends on "${end.action}", and to whom`,
        confidence: SURE,
        proof: [
          `${end.node} did "${end.action}" at ${seconds(end.at)}, and nobody had ended the call before.`,
          `${device} was sent "${name}" at ${seconds(wire.at)}, which means ${view.reason} and not ${wanted}.`,
        ],
        summary: `${end.node} did "${end.action}" in call ${call.call}, and the server sent ${device} "${name}", which means ended(${view.reason}) instead of ended(${wanted}).`,
        evidence: evidenceOf(end, wire, view, expected),
        ruledOutBy,
        originN: wire.n,
      },
    ];
  });
}

const isAnswerAfter = ({ action, call, n }: EventOf<'action'>, end: EventOf<'action'>): boolean =>
  action === 'accept' && call === end.call && n > end.n;

const isOther = (one: EventOf<'action'>, { call, n }: EventOf<'action'>): boolean =>
  one.call === call && one.n !== n && isEndingAction(one.action);

/** What a device should show for the end of a call; null where nobody can say. */
function reasonAt({ action, node }: EventOf<'action'>, device: string): ViewEndReason | null {
  const { ends } = ACTIONS[action];
  if (device === node || userOf(device) !== userOf(node)) return ends;
  return ends === 'rejected' ? 'rejected-elsewhere' : null;
}
