/** It left for a recipient that was away, or would have, and was never sent again when the recipient was back. */
import type { EventOf } from '../../trace/event.js';
import { ASK_THE_SERVER, oddsOf } from '../evidence/black-box.js';
import { diedWith, lostWhileGone } from '../evidence/obstacles.js';
import { type Candidate, evidenceOf, type Rule, SURE } from '../evidence/rule.js';
import type { Timeline } from '../evidence/timeline.js';
import { unconfirmed } from '../evidence/unconfirmed.js';
import { newsWords, owing, plight } from '../evidence/wording.js';
import type { Gap } from '../history/gaps.js';

export const lostDownlink: Rule = {
  code: 'lost-downlink',
  doc: 'It left for, or would have left for, a recipient that was offline or reconnecting, and was never told again when the recipient was back.',
  ruledOutBy: 'a frame with this version or a newer one after the recipient was greeted again',
  apply(timeline) {
    const missed = timeline.gaps.flatMap((gap): Candidate[] => {
      const { device, journey, moment, healed } = gap;
      const { news, stage, written } = journey;
      if (healed !== null) return [];
      const { presence, letters } = timeline;
      const letter = written === null ? undefined : letters.of(written.n);
      const isLost =
        (stage === 'unwritten' && presence.wasGone(device, news.n, news.n) && presence.wasAwayForServer(device, news.n)) ||
        (stage === 'unread' && letter !== undefined && lostWhileGone(timeline, gap, letter));
      const odds = stage === 'unseen' ? oddsOf(timeline, gap) : null;
      const death = diedWith(timeline, gap);
      if (death !== null) return reborn(timeline, gap, death);
      const cuts = presence.atWork(device, news.n, moment.n);
      const share = odds?.shares['lost-downlink'];
      const confidence = odds === null ? SURE : share === undefined || cuts.length === 0 ? share : CUT_OFF;
      if (confidence === undefined || (odds === null && !isLost)) return [];
      const welcome = (letters.down.get(device) ?? [])
        .flatMap(({ reads }) => reads)
        .find(({ kind, n }) => kind === 'welcome' && n > (written?.n ?? news.n) && n <= moment.n);
      const back =
        welcome === undefined ? 'it did not come back before it was found wrong' : 'it came back and was not told of it again';
      return [
        {
          hop: welcome === undefined ? `${device}.signaling` : 'server',
          call: news.call,
          confidence,
          summary: `${newsWords(news)} of call ${news.call} happened while ${device} had no connection${odds === null ? '' : ' or was losing it'}, and ${back}${owing(cuts, 'had cut it off')}. ${plight(gap)}.`,
          evidence: evidenceOf(news.op, news, written, ...cuts.slice(0, 3), welcome, moment),
          ruledOutBy: odds === null ? this.ruledOutBy : ASK_THE_SERVER,
          originN: news.n,
        },
      ];
    });
    return [...missed, ...unconfirmed(timeline, 'lost-downlink')];
  },
};

/** How sure it is where the probe itself had cut the device off. */
const CUT_OFF = 0.9;

/** An app that died and came back knows what it is told. */
function reborn({ letters, presence }: Timeline, gap: Gap, death: EventOf<'action'>): Candidate[] {
  const { device, moment, journey } = gap;
  const { news } = journey;
  const welcome = (letters.down.get(device) ?? [])
    .flatMap(({ reads }) => reads)
    .find(({ kind, n }) => kind === 'welcome' && n > death.n && n <= moment.n);
  if (welcome === undefined) return [];
  const cuts = presence.atWork(device, death.n - 1, moment.n);
  return [
    {
      hop: 'server',
      call: news.call,
      confidence: CUT_OFF,
      summary: `${device} died in call ${news.call} and came back, and was not told of the call again${journey.read === null || journey.read.n < death.n ? '' : ', but of what came next, which means nothing without it'}${owing(cuts.slice(-1), 'had ended it')}. ${plight(gap)}.`,
      evidence: evidenceOf(news.op, journey.shown, ...cuts.slice(-1), death, welcome, moment),
      ruledOutBy: ASK_THE_SERVER,
      originN: death.n,
    },
  ];
}
