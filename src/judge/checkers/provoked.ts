/** What devices of a black box show follows from something that somebody did. */

import type { History } from '../history/history.js';
import { lateAnswersOf, type Surprise, surprisesOf } from '../history/provocation.js';
import { labelOf, seconds, stateWords } from '../history/wording.js';
import { type Checker, evidenceOf, type Finding, verdictOf } from './checker.js';

export const provoked: Checker = {
  name: 'provoked',
  doc: 'At a black box: nobody is connected in a call that nobody answered, no call ends that nobody ended or left, and none comes back that was over.',
  check(history) {
    const late = lateAnswersOf(history).map(({ call, end, accept, read }): Finding => {
      const message = `${labelOf(history, read.node)} was sent an answer of call ${call.call} at ${seconds(read.at)}, ${seconds(accept.at - end.at)} after the target had read its end`;
      return { message, expected: 'to be refused', actual: 'passed on', evidence: evidenceOf(end, accept, read) };
    });
    return verdictOf([...surprisesOf(history).map((surprise) => findingFor(history, surprise)), ...late]);
  },
};

function findingFor(history: History, { what, call, view, wire, end }: Surprise): Finding {
  const who = `${labelOf(history, view.node)} shows ${stateWords(view)} in call ${call.call} at ${seconds(view.at)}`;
  const why = {
    answered: 'and nobody has answered it',
    ended: 'and nobody has ended it, left it or lost the connection',
    revived: `which was over at ${seconds(end?.at ?? view.at)}`,
  } as const;
  return {
    message: `${who}, ${why[what]}`,
    expected: what === 'revived' ? 'ended' : 'no change',
    actual: stateWords(view),
    evidence: evidenceOf(end, wire, view),
  };
}
