/** It left for a recipient that was away, or would have, and was never sent again when the recipient was back. */
import { ASK_THE_SERVER, oddsOf } from '../black-box.js';
import { lostWhileGone } from '../obstacles.js';
import { type Candidate, evidenceOf, type Rule, SURE } from '../rule.js';
import { newsWords, owing, plight } from '../wording.js';

export const lostDownlink: Rule = {
  code: 'lost-downlink',
  doc: 'It left for, or would have left for, a recipient that was offline or reconnecting, and was never told again when the recipient was back.',
  ruledOutBy: 'a frame with this version or a newer one after the recipient was greeted again',
  apply(timeline) {
    return timeline.gaps.flatMap((gap): Candidate[] => {
      const { device, journey, moment, healed } = gap;
      const { news, stage, written } = journey;
      if (healed !== null) return [];
      const { presence, letters } = timeline;
      const letter = written === null ? undefined : letters.of(written.n);
      const isLost =
        (stage === 'unwritten' && presence.wasGone(device, news.n, news.n)) ||
        (stage === 'unread' && letter !== undefined && lostWhileGone(timeline, gap, letter));
      const odds = stage === 'unseen' ? oddsOf(timeline, gap) : null;
      const confidence = odds === null ? SURE : odds.shares['lost-downlink'];
      if (confidence === undefined || (odds === null && !isLost)) return [];
      const welcome = (letters.down.get(device) ?? [])
        .flatMap(({ reads }) => reads)
        .find(({ kind, n }) => kind === 'welcome' && n > (written?.n ?? news.n) && n <= moment.n);
      const cuts = presence.atWork(device, news.n, moment.n);
      const back =
        welcome === undefined ? 'it did not come back before it was found wrong' : 'it came back and was not told of it again';
      return [
        {
          hop: welcome === undefined ? `${device}.signaling` : 'server',
          call: news.call,
          confidence,
          summary: `${newsWords(news)} of call ${news.call} happened while ${device} had no connection, and ${back}${owing(cuts, 'had cut it off')}. ${plight(gap)}.`,
          evidence: evidenceOf(news.op, news, written, ...cuts.slice(0, 3), welcome, moment),
          ruledOutBy: odds === null ? this.ruledOutBy : ASK_THE_SERVER,
          originN: news.n,
        },
      ];
    });
  },
};
