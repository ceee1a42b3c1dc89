/** Both ends were there, it was written, and it was never read. */
import { ASK_THE_SERVER, oddsOf } from '../evidence/black-box.js';
import { handedOn } from '../evidence/handed-on.js';
import { blockedBy, damagedBy, isRejected, lostWhileGone } from '../evidence/obstacles.js';
import { strayOf } from '../evidence/routing.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from '../evidence/rule.js';
import { unconfirmed } from '../evidence/unconfirmed.js';
import { newsWords, owing, plight } from '../evidence/wording.js';

export const droppedInTransit: Rule = {
  code: 'dropped-in-transit',
  doc: 'The server wrote it to a device that was connected, and the device never read it: the link lost it. A fault of the probe that did so is named.',
  ruledOutBy: 'a capture on the link that shows the frame arriving at the device',
  apply(timeline) {
    const lost = handedOn(timeline, 'lost', this.ruledOutBy);
    const missed = timeline.gaps.flatMap((gap): Candidate[] => {
      const { device, journey, moment, healed } = gap;
      const { news, stage, written } = journey;
      if (healed !== null) return [];
      const hop = `${device}.signaling`;
      const base = { hop, call: news.call, originN: news.n } as const;
      if (stage === 'unseen') {
        if (damagedBy(timeline, gap) !== null) return [];
        const struck = timeline.presence.atWork(device, news.n, moment.n);
        const { shares, proof, because } = oddsOf(timeline, gap);
        // What was said to a connection that ended could have been said again on the next one.
        const isCut = shares['lost-downlink'] !== undefined;
        const share = struck.length > 0 && !isCut ? 0.9 : shares['dropped-in-transit'];
        if (share === undefined) return [];
        const summary = `${newsWords(news)} of call ${news.call} may have been lost on the way to ${device}: ${because}${owing(struck, 'was at work on its link')}. ${plight(gap)}.`;
        return [
          {
            ...base,
            confidence: share,
            summary,
            evidence: evidenceOf(news, ...proof, ...struck.slice(0, 3), moment),
            ruledOutBy: ASK_THE_SERVER,
          },
        ];
      }
      const letter =
        stage === 'unread' ? (written === null ? undefined : timeline.letters.of(written.n)) : blockedBy(timeline, gap);
      const lost = letter?.writes.findLast(({ n }) => n <= moment.n);
      if (letter === undefined || letter === null || lost === undefined) return [];
      if (
        isRejected(timeline, gap) ||
        lostWhileGone(timeline, gap, letter) ||
        (stage === 'unread' && strayOf(timeline, gap) !== null)
      )
        return [];
      const struck = timeline.presence.striking(letter);
      const around = struck.length > 0 ? struck : timeline.presence.atWork(device, letter.writes[0]?.n ?? lost.n, moment.n);
      const what =
        stage === 'unread'
          ? `${newsWords(news)} of call ${news.call}`
          : `${lost.kind} with number ${letter.seq}, for which all later frames have to wait,`;
      const words = struck.length > 0 ? owing(struck) : owing(around, 'was at work on its link');
      return [
        {
          ...base,
          confidence: struck.length > 0 || stage === 'unread' ? SURE : LIKELY,
          summary: `The server wrote ${what} to ${device} ${letter.writes.length === 1 ? 'once' : `${letter.writes.length} times`}, and ${device} never read it${words}. ${plight(gap)}.`,
          evidence: evidenceOf(news.op, news, ...letter.writes.slice(0, 3), ...around.slice(0, 3), moment),
          ruledOutBy: this.ruledOutBy,
        },
      ];
    });
    return [...missed, ...lost, ...unconfirmed(timeline, 'dropped-in-transit')];
  },
};
