/** The server had it, its recipient was there, and no frame left for it. */
import { ASK_THE_SERVER, oddsOf } from '../black-box.js';
import { strayOf } from '../routing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from '../rule.js';
import { newsWords, plight } from '../wording.js';

export const notForwarded: Rule = {
  code: 'not-forwarded',
  doc: 'The server had it (its record changed, or it acknowledged the command), the recipient was connected, and no frame left for it.',
  ruledOutBy:
    'a frame of the server to that device with this version or a newer one, on another connection or after the end of the trace',
  apply(timeline) {
    const unforwarded = timeline.gaps.flatMap((gap): Candidate[] => {
      const { device, journey, moment, isSibling, healed } = gap;
      const { news, stage } = journey;
      if (healed !== null || isSibling) return [];
      const told = newsWords(news);
      if (stage === 'unseen') {
        const { shares, proof, because } = oddsOf(timeline, gap);
        const share = shares['not-forwarded'];
        if (share === undefined) return [];
        return [
          {
            hop: 'server',
            call: news.call,
            confidence: share,
            summary: `The server may never have passed ${told} of call ${news.call} on to ${device}: ${because}. ${plight(gap)}.`,
            evidence: evidenceOf(news.op, news, ...proof, moment),
            ruledOutBy: ASK_THE_SERVER,
            originN: news.n,
          },
        ];
      }
      if (stage !== 'unwritten' || timeline.presence.wasGone(device, news.n, news.n) || strayOf(timeline, gap) !== null)
        return [];
      const command = timeline.deeds.find(({ op }) => op.n === news.op?.n) ?? null;
      return [
        {
          hop: 'server',
          call: news.call,
          confidence: SURE,
          summary: `The server took ${told} of call ${news.call} on and wrote nothing about it to ${device}, which was connected. ${plight(gap)}.`,
          evidence: evidenceOf(news.op, command?.heard, news, moment),
          ruledOutBy: this.ruledOutBy,
          originN: news.n,
        },
      ];
    });
    return [...unforwarded];
  },
};
