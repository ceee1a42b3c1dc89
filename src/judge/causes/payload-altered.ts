/** What arrived is not what was sent: another digest, a field that is missing or differs. */
import { isSignal } from '../../protocol/message-kinds.js';
import { eventsOf } from '../../trace/event.js';
import { handedOn } from '../evidence/handed-on.js';
import { damagedBy, isRejected } from '../evidence/obstacles.js';
import { strayOf } from '../evidence/routing.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from '../evidence/rule.js';
import type { Timeline } from '../evidence/timeline.js';
import { newsWords, owing, plight } from '../evidence/wording.js';
import { flawsOf } from '../history/journey.js';
import { carriedBy, isObject } from '../history/letters.js';
import { SERVER } from '../history/replay.js';

export const payloadAltered: Rule = {
  code: 'payload-altered',
  doc: 'It was received, but its digest or a required field differs from what was sent; or the server sent something else than its record says.',
  ruledOutBy: 'the same digest at both ends, and the fields of the record in the frame',
  apply(timeline) {
    const ofRecords = timeline.gaps.flatMap((gap): Candidate[] => {
      const { device, journey, moment, healed } = gap;
      const { news, stage, altered, written } = journey;
      const rejected = isRejected(timeline, gap);
      const isAlteredLast = stage === 'altered' || (stage === 'unread' && rejected !== null);
      if (healed !== null || !isAlteredLast || strayOf(timeline, gap)?.wire === altered) return [];
      const carried = altered === null ? undefined : carriedBy(altered)[0];
      const fields = carried === undefined ? [] : flawsOf(carried, news);
      const atServer = altered?.node === SERVER;
      const letter = timeline.letters.of((altered ?? written)?.n ?? 0);
      const faults = letter === undefined ? [] : timeline.presence.striking(letter);
      const what = fields.length > 0 ? ` (${fields.join(', ')})` : '';
      return [
        {
          hop: atServer ? SERVER : `${device}.signaling`,
          call: news.call,
          confidence: SURE,
          summary: `${newsWords(news)} of call ${news.call} ${atServer ? `left the server for ${device} as something else than its record${what}` : `arrived at ${device} as something else than was sent${what}`}${rejected === null ? '' : `, and the device could not read it (${rejected.message.slice(0, 120)})`}${owing(faults)}. ${plight(gap)}.`,
          evidence: evidenceOf(news.op, news, written, altered, rejected, ...faults.slice(0, 3), moment),
          ruledOutBy: this.ruledOutBy,
          originN: news.n,
        },
      ];
    });
    return [
      ...ofRecords,
      ...ofBlackBox(timeline, this.ruledOutBy),
      ...ofSignals(timeline, this.ruledOutBy),
      ...handedOn(timeline, 'altered', this.ruledOutBy),
    ];
  },
};

/** What the probe itself damaged on its way to a device that could not tell what it was any more. */
function ofBlackBox(timeline: Timeline, ruledOutBy: string): Candidate[] {
  return timeline.gaps.flatMap((gap): Candidate[] => {
    const { device, journey, healed } = gap;
    const { news } = journey;
    const damage = healed === null ? damagedBy(timeline, gap) : null;
    if (damage === null) return [];
    return [
      {
        hop: `${device}.signaling`,
        call: news.call,
        confidence: SURE,
        summary: `${newsWords(news)} of call ${news.call} arrived at ${device} as something else than was sent${owing([damage])}, and nobody sent it again. ${plight(gap)}.`,
        evidence: evidenceOf(news.op, news, damage, gap.moment),
        ruledOutBy,
        originN: news.n,
      },
    ];
  });
}

/** Descriptions and candidates that the server, or a link, passed on as something else: only where the media failed. */
function ofSignals(timeline: Timeline, ruledOutBy: string): Candidate[] {
  if (!timeline.complaints.some(({ checker }) => checker === 'media')) return [];
  for (const out of eventsOf(timeline.trace, 'wire')) {
    if (!isSignal(out.kind) || out.cause === null) continue;
    const before = timeline.index.get(out.cause);
    if (before?.type !== 'wire' || !isSignal(before.kind)) continue;
    const passedOn = out.node === SERVER && before.node === SERVER && out.dir === 'out' && before.dir === 'in';
    if (!passedOn || sameData(out.frame, before.frame)) continue;
    return [
      {
        hop: SERVER,
        call: before.call,
        confidence: LIKELY + 0.1,
        summary: `The server read ${before.kind} of call ${before.call} and passed it on as another one (${out.kind}): the two sides hold different descriptions.`,
        evidence: evidenceOf(before, out),
        ruledOutBy,
        originN: before.n,
      },
    ];
  }
  return [];
}

function sameData(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return true;
  return JSON.stringify(a['data']) === JSON.stringify(b['data']) && a['kind'] === b['kind'];
}
