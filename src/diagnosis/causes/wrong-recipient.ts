/** It left the server for another device, session or call. */
import { ASK_THE_SERVER, oddsOf } from '../black-box.js';
import { strayOf } from '../routing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from '../rule.js';
import { newsWords, plight } from '../wording.js';

export const wrongRecipient: Rule = {
  code: 'wrong-recipient',
  doc: 'It left the server for another device, over a connection that was replaced, or under the id of another call.',
  ruledOutBy: 'a frame of the server to the right device with this version or a newer one',
  apply(timeline) {
    return timeline.gaps.flatMap((gap): Candidate[] => {
      const { device, journey, moment, healed } = gap;
      const { news, stage } = journey;
      if (healed !== null) return [];
      const stray = strayOf(timeline, gap);
      const odds = stage === 'unseen' ? oddsOf(timeline, gap) : null;
      const confidence = odds === null ? SURE : odds.shares['wrong-recipient'];
      if (confidence === undefined || (odds === null && stray === null)) return [];
      const where = stray === null ? 'to somebody else' : stray.where;
      return [
        {
          hop: 'server',
          call: news.call,
          confidence,
          summary: `The server ${odds === null ? 'sent' : 'may have sent'} ${newsWords(news)} of call ${news.call} ${where}, and not to ${device}. ${plight(gap)}.`,
          evidence: evidenceOf(news.op, news, stray?.wire, moment),
          ruledOutBy: odds === null ? this.ruledOutBy : ASK_THE_SERVER,
          originN: news.n,
        },
      ];
    });
  },
};
