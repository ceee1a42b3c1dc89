/** One message took effect twice at the server of a black box, or was sent on twice. */
import { isEndingAction } from '../../protocol/actions.js';
import type { MessageKind } from '../../protocol/message-kinds.js';
import type { EventOf } from '../../trace/event.js';
import { copiesIn } from '../history/copies.js';
import { evidenceIn } from '../history/evidence.js';
import type { CallHistory, History } from '../history/history.js';
import type { Moment } from '../history/mismatches.js';
import { seconds } from '../history/wording.js';
import { failureOf } from './failing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';
import { times } from './wording.js';

export const handledTwice: Rule = {
  code: 'handled-twice',
  title: 'The server sends one message on twice',
  lookAt: 'whether the server checks the state of the call before it passes a message on',
  doc: 'One message took effect twice, or was sent on twice.',
  ruledOutBy: 'two actions of a user, or a message that is sent again until it is acknowledged',
  apply(context) {
    const { history } = context;
    const failure = failureOf(context);
    if (failure === null) return [];
    const copies = copiesIn(history).map(({ reads, action, fault }): Candidate => {
      const [first, second] = reads;
      const what = `"${action.action}"`;
      const again =
        fault === null
          ? `${action.node} had done it once, and its message left once.`
          : `The message reached the server twice (the probe's own fault "${fault.fault}"), and it passed both on.`;
      return {
        hop: history.serverOf(first.node),
        call: first.call,
        title: fault === null ? `The server sends ${what} on twice` : `The server handles a second ${what} like the first one`,
        confidence: SURE,
        proof: [
          `${first.node} was sent "${first.name ?? first.kind}" ${times(reads.length)}: at ${seconds(first.at)} and at ${seconds(second.at)}.`,
          again,
        ],
        summary: `The server sent ${first.node} "${first.name ?? first.kind}" of call ${first.call} ${times(reads.length)}. ${again}`,
        evidence: evidenceOf(action, fault, ...reads),
        ruledOutBy: this.ruledOutBy,
        originN: second.n,
      };
    });
    return [...copies, ...history.calls.flatMap((call) => takenTwice(history, call, failure, this.ruledOutBy))];
  },
};

/** How long a device may go on showing a call that another one has taken, in milliseconds. */
const ELSEWHERE_MS = 250;

/** Two devices that answered one call and both have it: the second answer had an effect, and neither was sent an end. */
function takenTwice(history: History, call: CallHistory, failure: Moment, ruledOutBy: string): Candidate[] {
  if (!history.isForeign || history.serverVisible) return [];
  const own = history.wires.filter((wire) => wire.call === call.call && wire.n < failure.n);
  const accepts = own.filter(({ dir, kind, node }) => dir === 'out' && kind === 'command.accept' && node !== call.caller);
  const [first] = accepts;
  const second = accepts.find(({ node }) => node !== first?.node);
  if (first === undefined || second === undefined) return [];
  const isEnd = (one: EventOf<'action'>): boolean => one.call === call.call && one.n > second.n && isEndingAction(one.action);
  const until = history.actions.find((one) => isEnd(one) && one.n < failure.n) ?? failure;
  const pair = [first.node, second.node];
  const { troubleOn } = evidenceIn(history);
  if (pair.some((device) => troubleOn(device, first.n, until.n).length > 0)) return [];
  const isSentAway = own.some(
    ({ dir, kind, node, n, reason }) =>
      dir === 'in' && kind === 'event.ended' && pair.includes(node) && (n < until.n || reason === 'answered-elsewhere'),
  );
  const views = pair.flatMap(
    (device) => call.shown.get(device)?.find((view) => view.state === 'connected' && view.n < failure.n) ?? [],
  );
  if (isSentAway || views.length < 2) return [];
  const effect =
    own.filter(({ dir, kind, node }) => dir === 'in' && kind === 'event.connected' && node === call.caller)[1] ??
    own.find(({ dir, kind, node, n }) => dir === 'in' && isTaken(kind) && node === second.node && n > second.n);
  if (effect === undefined || failure.at - second.at < ELSEWHERE_MS) return [];
  return [
    {
      hop: history.serverOf(second.node),
      call: call.call,
      title: 'The server lets two devices take the same call',
      lookAt: 'whether the server checks that a call still rings before it takes an answer',
      confidence: SURE,
      proof: [
        `${first.node} answered at ${seconds(first.at)}, ${second.node} at ${seconds(second.at)}.`,
        `${effect.node} read "${effect.name ?? effect.kind}" at ${seconds(effect.at)}; both devices showed connected, and neither was sent that the other has the call.`,
      ],
      summary: `The server took the answer of ${second.node} in call ${call.call}, which ${first.node} had answered already, and ended it at neither of them.`,
      evidence: evidenceOf(first, second, effect, ...views),
      ruledOutBy,
      originN: second.n,
    },
  ];
}

const isTaken = (kind: MessageKind): boolean => kind === 'result.ok' || kind === 'event.connected';
