/** The user acted, and no frame left his device for it. */

import { failureOf, hadTime } from '../evidence/failing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from '../evidence/rule.js';
import type { Timeline } from '../evidence/timeline.js';
import { awaitsConfirmation } from '../evidence/unconfirmed.js';
import { type Deed, isMoot, unsentOf } from '../history/deeds.js';
import { PATIENCE_MS } from '../history/gaps.js';

export const neverEmitted: Rule = {
  code: 'never-emitted',
  doc: "The user's action is in the trace, his device was connected, and no frame left it.",
  ruledOutBy: 'a frame of that device with the command, later or on another link',
  apply(timeline) {
    const failure = failureOf(timeline);
    if (failure === null) return [];
    return timeline.deeds.flatMap((deed): Candidate[] => {
      const { op, letter } = deed;
      if (letter !== null || !hadTime(timeline, op, failure) || isMoot(timeline.replay, deed)) return [];
      // While it has no connection it keeps what it has to say, or loses it.
      if (timeline.presence.goneUntil(op.node, op.n) > failure.n || unsentOf(timeline, deed) !== null) return [];
      if (awaitsConfirmation(timeline, deed) !== null || isOvertaken(timeline, deed)) return [];
      const shown = timeline.replay.views.get(op.node)?.findLast(({ n }) => n > op.n && n <= failure.n);
      return [
        {
          hop: op.node,
          call: op.call,
          confidence: SURE,
          summary: `The user at ${op.node} did "${op.action}" in call ${op.call} and no frame left the device for it${shown === undefined ? '' : `, though it then showed ${shown.state}`}.`,
          evidence: evidenceOf(op, shown, failure),
          ruledOutBy: this.ruledOutBy,
          originN: op.n,
        },
      ];
    });
  },
};

/** Whether the app of a foreign target heard that the call is over while it still made ready what it had to send. */
function isOvertaken({ begin, index, replay }: Timeline, { op }: Deed): boolean {
  if (begin?.adapter === undefined) return false;
  const end = replay.views.get(op.node)?.find(({ n, call, state }) => n > op.n && call === op.call && state === 'ended');
  const cause = index.get(end?.cause ?? 0);
  return end !== undefined && end.at - op.at < PATIENCE_MS && (cause?.type === 'wire' || cause?.type === 'conn');
}
