/** Another device of the user went on ringing after the answer or the decline. */
import { ASK_THE_SERVER } from '../evidence/black-box.js';
import { strayOf } from '../evidence/routing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from '../evidence/rule.js';
import { newsWords, plight } from '../evidence/wording.js';

export const otherDeviceNotTold: Rule = {
  code: 'other-device-not-told',
  doc: 'Another device of the same user went on ringing after the answer or the decline, and the server wrote nothing to it.',
  ruledOutBy: 'a frame of the server to that device after the answer or the decline',
  apply(timeline) {
    return timeline.gaps.flatMap((gap): Candidate[] => {
      const { device, journey, moment, isSibling, healed } = gap;
      const { news, stage } = journey;
      const isUntold = stage === 'unwritten' || stage === 'unseen';
      if (!isSibling || healed !== null || !isUntold || timeline.presence.wasGone(device, news.n, news.n)) return [];
      const stray = strayOf(timeline, gap);
      return [
        {
          hop: 'server',
          call: news.call,
          confidence: stage === 'unseen' ? 0.7 : stray === null ? SURE : 0.6,
          summary: `${newsWords(news)} of call ${news.call} came about at another device of the user, and ${stage === 'unseen' ? `${device} read nothing about it` : `the server wrote nothing about it to ${device}`}. ${plight(gap)}.`,
          evidence: evidenceOf(news.op, news, moment),
          ruledOutBy: stage === 'unseen' ? ASK_THE_SERVER : this.ruledOutBy,
          originN: news.n,
        },
      ];
    });
  },
};
