/** The server had it, its recipient was there, and no frame left for it. */
import { LEGAL_MOVES, type Move } from '../../protocol/call.js';
import { ASK_THE_SERVER, oddsOf } from '../evidence/black-box.js';
import { failureOf, hadTime } from '../evidence/failing.js';
import { strayOf } from '../evidence/routing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from '../evidence/rule.js';
import type { Timeline } from '../evidence/timeline.js';
import { newsWords, plight } from '../evidence/wording.js';
import { recordAt } from '../history/replay.js';

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
      if (stage !== 'unwritten' || strayOf(timeline, gap) !== null) return [];
      // A server that took the device for connected would have written, wherever the device was.
      const wasGone = timeline.presence.wasGone(device, news.n, news.n);
      if (wasGone && timeline.presence.wasAwayForServer(device, news.n)) return [];
      const command = timeline.deeds.find(({ op }) => op.n === news.op?.n) ?? null;
      return [
        {
          hop: 'server',
          call: news.call,
          confidence: SURE,
          summary: `The server took ${told} of call ${news.call} on and wrote nothing about it to ${device}, which ${wasGone ? 'it took for connected' : 'was connected'}. ${plight(gap)}.`,
          evidence: evidenceOf(news.op, command?.heard, news, moment),
          ruledOutBy: this.ruledOutBy,
          originN: news.n,
        },
      ];
    });
    return [...unforwarded, ...swallowed(timeline, this.ruledOutBy)];
  },
};

const MOVE_OF: Readonly<Record<string, Move>> = { accept: 'accept', reject: 'reject', cancel: 'cancel', 'hang up': 'hangup' };

/** A command that the server read, and that neither changed the call as the table of moves says nor was refused. */
function swallowed(timeline: Timeline, ruledOutBy: string): Candidate[] {
  const failure = failureOf(timeline);
  if (failure === null || !timeline.replay.serverVisible) return [];
  return timeline.deeds.flatMap(({ op, heard, change, answer }): Candidate[] => {
    if (heard === null || change !== null || (answer?.refused ?? null) !== null || !hadTime(timeline, heard, failure)) return [];
    if (heard.n > failure.n) return [];
    const history = timeline.histories.get(op.call ?? '');
    const held = history === undefined ? null : recordAt(history, heard.n);
    const move = MOVE_OF[op.action];
    // Without a record there is nothing to move but for the invitation, which makes one.
    if (held === null ? op.action !== 'call' : move === undefined || !('to' in LEGAL_MOVES[held.phase][move])) return [];
    // The same change may have come about by the other side at the same time.
    if (held !== null && history?.server.some(({ n, version }) => n > heard.n && n <= failure.n && version > held.version))
      return [];
    return [
      {
        hop: 'server',
        call: op.call,
        confidence: SURE,
        summary: `The server read "${op.action}" of ${op.node} in call ${op.call}, ${answer === null ? 'gave no answer' : 'said that it was done'}, and neither changed the call nor told anybody.`,
        evidence: evidenceOf(op, heard, held, answer?.wire, failure),
        ruledOutBy,
        originN: op.n,
      },
    ];
  });
}
