/** A call that was over came back at a device of a black box. */
import { surprisesOf } from '../history/provocation.js';
import { seconds, stateWords } from '../history/wording.js';
import { failureOf } from './failing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';

export const revivedCall: Rule = {
  code: 'revived-call',
  title: 'The server brings back a call that is over',
  lookAt: 'whether the server looks at the state of a call before it sends an invitation, an answer or an update of it',
  doc: 'A call that was over came back: a late invitation, answer or update; also to a device that was not there.',
  ruledOutBy: 'a new call of a user under the same id',
  apply(context) {
    const { ruledOutBy } = this;
    if (failureOf(context) === null) return [];
    return surprisesOf(context.history).flatMap(({ what, call, view, wire, end }): Candidate[] => {
      if (what !== 'revived' || end === null) return [];
      const name = wire.name ?? wire.kind;
      return [
        {
          hop: context.history.serverOf(view.node),
          call: call.call,
          confidence: SURE,
          proof: [
            `The call was over at ${seconds(end.at)}.`,
            `${view.node} was sent "${name}" of it at ${seconds(wire.at)} and shows ${stateWords(view)}.`,
          ],
          summary: `The server sent ${view.node} "${name}" of call ${call.call} ${seconds(wire.at - end.at)} after its end, and the device shows ${stateWords(view)}.`,
          evidence: evidenceOf(end, wire, view),
          ruledOutBy,
          originN: wire.n,
        },
      ];
    });
  },
};
