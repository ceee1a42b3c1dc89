/** The user acted, and no frame left his device for it. */
import { failureOf, hadTime } from '../failing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from '../rule.js';

export const neverEmitted: Rule = {
  code: 'never-emitted',
  doc: "The user's action is in the trace, his device was connected, and no frame left it.",
  ruledOutBy: 'a frame of that device with the command, later or on another link',
  apply(timeline) {
    const failure = failureOf(timeline);
    if (failure === null) return [];
    return timeline.deeds.flatMap(({ op, letter }): Candidate[] => {
      if (letter !== null || !hadTime(timeline, op, failure)) return [];
      // While it has no connection it keeps what it has to say.
      if (timeline.presence.goneUntil(op.node, op.n) > failure.n) return [];
      const shown = timeline.replay.views.get(op.node)?.findLast(({ n }) => n > op.n && n <= failure.n);
      return [
        {
          hop: op.node,
          call: op.call,
          confidence: SURE,
          summary: `The user at ${op.node} did "${op.op}" in call ${op.call} and no frame left the device for it${shown === undefined ? '' : `, though it then showed ${shown.state}`}.`,
          evidence: evidenceOf(op, shown, failure),
          ruledOutBy: this.ruledOutBy,
          originN: op.n,
        },
      ];
    });
  },
};
