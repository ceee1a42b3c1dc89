/** A state changed at a device of a black box, and nobody had done anything for it. */
import { type Surprise, surprisesOf } from '../history/provocation.js';
import { seconds, stateWords } from '../history/wording.js';
import { failureOf } from './failing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';

const TITLES = {
  answered: 'The server reports an answer that nobody gave',
  ended: 'The server ends a call that nobody ended',
} as const;
const LOOK_AT = {
  answered: 'on which messages the server tells a caller that his call was answered',
  ended: 'what ends calls at the server besides its users: timers, other devices, the answer itself',
} as const;

export const unprovoked: Rule = {
  code: 'unprovoked',
  title: TITLES.ended,
  lookAt: LOOK_AT.ended,
  doc: 'A state changed and nobody did anything for it: answered, ended; also when the device that answered is sent the end of its own call.',
  ruledOutBy: 'an action of a user, a lost connection or a time-out before it that leads to this change',
  apply(context) {
    if (failureOf(context) === null) return [];
    return surprisesOf(context.history).flatMap((surprise) =>
      candidateFor(surprise, context.history.serverOf(surprise.view.node), this.ruledOutBy),
    );
  },
};

function candidateFor({ what, call, view, wire }: Surprise, hop: string, ruledOutBy: string): Candidate[] {
  if (what === 'revived') return [];
  const name = wire.name ?? wire.kind;
  const nobody =
    what === 'answered' ? 'Nobody had accepted the call' : 'Nobody had ended the call, left it or lost the connection';
  return [
    {
      hop,
      call: call.call,
      title: TITLES[what],
      lookAt: LOOK_AT[what],
      confidence: SURE,
      proof: [`${view.node} read "${name}" at ${seconds(wire.at)} and shows ${stateWords(view)}.`, `${nobody} by then.`],
      summary: `The server sent ${view.node} "${name}" of call ${call.call}, which then showed ${stateWords(view)}, and nobody had done anything for it.`,
      evidence: evidenceOf(wire, view),
      ruledOutBy,
      originN: wire.n,
    },
  ];
}
