/** One message took effect twice at the server of a black box, or was sent on twice. */
import { copiesIn } from '../history/copies.js';
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
    if (failureOf(context) === null) return [];
    return copiesIn(history).map(({ reads, action, fault }): Candidate => {
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
  },
};
