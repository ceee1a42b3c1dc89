/** It left the server for another device, session or call. */
import { isEvent } from '../../protocol/message-kinds.js';
import { eventsOf } from '../../trace/event.js';
import { ASK_THE_SERVER, oddsOf } from '../evidence/black-box.js';
import { failureOf } from '../evidence/failing.js';
import { handedOn } from '../evidence/handed-on.js';
import { strayOf } from '../evidence/routing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from '../evidence/rule.js';
import type { Timeline } from '../evidence/timeline.js';
import { newsWords, plight } from '../evidence/wording.js';
import { carriedBy, deviceOf } from '../history/letters.js';
import { SERVER } from '../history/replay.js';

export const wrongRecipient: Rule = {
  code: 'wrong-recipient',
  doc: 'It left the server for another device, over a connection that was replaced, or under the id of another call.',
  ruledOutBy: 'a frame of the server to the right device with this version or a newer one',
  apply(timeline) {
    const missed = timeline.gaps.flatMap((gap): Candidate[] => {
      const { device, journey, moment, healed } = gap;
      const { news, stage } = journey;
      if (healed !== null) return [];
      const stray = strayOf(timeline, gap);
      const odds = stage === 'unseen' ? oddsOf(timeline, gap) : null;
      const confidence = odds === null ? SURE : odds.shares['wrong-recipient'];
      if (confidence === undefined || (odds === null && stray === null)) return [];
      const where = stray?.where ?? odds?.where ?? 'to somebody else';
      return [
        {
          hop: 'server',
          call: news.call,
          confidence,
          summary: `The server ${odds === null ? 'sent' : 'may have sent'} ${newsWords(news)} of call ${news.call} ${where}, and not to ${device}${odds?.where === undefined ? '' : ' as it is now'}. ${plight(gap)}.`,
          evidence: evidenceOf(news.op, news, stray?.wire, ...(odds?.proof ?? []), moment),
          ruledOutBy: odds === null ? this.ruledOutBy : ASK_THE_SERVER,
          originN: news.n,
        },
      ];
    });
    return [...missed, ...underAnotherId(timeline, this.ruledOutBy), ...handedOn(timeline, 'echoed', this.ruledOutBy)];
  },
};

/** News of one call that the server told under the id of another: the device then shows a call that there is not. */
function underAnotherId(timeline: Timeline, ruledOutBy: string): Candidate[] {
  if (failureOf(timeline) === null) return [];
  return eventsOf(timeline.trace, 'wire').flatMap((wire): Candidate[] => {
    if (wire.node !== SERVER || wire.dir !== 'out' || wire.cause === null || !isEvent(wire.kind)) return [];
    const change = timeline.index.get(wire.cause);
    const [carried] = carriedBy(wire);
    if (change?.type !== 'record' || carried === undefined || carried.id === change.call) return [];
    const device = deviceOf(wire);
    return [
      {
        hop: SERVER,
        call: change.call,
        confidence: SURE,
        summary: `The server told ${device} of ${change.phase} of call ${change.call} under the id of another call, ${carried.id.slice(0, 80)}.`,
        evidence: evidenceOf(change, wire, timeline.letters.of(wire.n)?.reads[0]),
        ruledOutBy,
        originN: change.n,
      },
    ];
  });
}
