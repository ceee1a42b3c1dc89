/** The frame arrived, and what the device has or shows did not change. */
import { isProvisional } from '../../trace/event.js';
import { blockedBy, diedWith } from '../evidence/obstacles.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from '../evidence/rule.js';
import { newsWords, plight } from '../evidence/wording.js';

export const receivedNotApplied: Rule = {
  code: 'received-not-applied',
  doc: 'The frame arrived at the device as it was sent, and the device did not take it on, or took it on and did not show it.',
  ruledOutBy: 'a later read of the device that put it right before the moment at which it was found wrong',
  apply(timeline) {
    return timeline.gaps.flatMap((gap): Candidate[] => {
      const { device, journey, moment, healed } = gap;
      const { news, stage, read, applied } = journey;
      if (healed !== null || (stage !== 'unapplied' && stage !== 'unshown' && stage !== 'shown')) return [];
      if (stage === 'unapplied' && blockedBy(timeline, gap) !== null) return [];
      const shown = gap.history.shown.get(device)?.findLast(({ n }) => n <= moment.n);
      // What it was told, or gave up on, after it had come right is not for want of taking on.
      if (
        stage === 'shown' &&
        shown !== undefined &&
        (isProvisional(shown) || timeline.index.get(shown.cause ?? 0)?.type === 'wire')
      )
        return [];
      // Nor is what was lost with the app that knew it.
      if (diedWith(timeline, gap) !== null) return [];
      const fault =
        stage === 'unapplied'
          ? 'read it and did not take it on'
          : stage === 'unshown'
            ? 'took it on and did not show it'
            : 'showed it and then showed something else';
      return [
        {
          hop: device,
          call: news.call,
          confidence: timeline.replay.serverVisible || news.record !== null ? SURE : LIKELY,
          summary: `${newsWords(news)} of call ${news.call} reached ${device}, which ${fault}. ${plight(gap)}.`,
          evidence: evidenceOf(news.op, news, journey.written, read, applied, shown, moment),
          ruledOutBy: this.ruledOutBy,
          originN: news.n,
        },
      ];
    });
  },
};
