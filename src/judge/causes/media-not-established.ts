/** Both sides are connected, and the media did not come up: which stage, which side, which candidates. */
import { lostSignals, offeredBy, type Silence, silencesOf } from '../evidence/media.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from '../evidence/rule.js';
import type { Timeline } from '../evidence/timeline.js';
import { owing } from '../evidence/wording.js';

export const mediaNotEstablished: Rule = {
  code: 'media-not-established',
  doc: 'Both sides showed connected, and ICE, DTLS or RTP did not come up or broke off on both: the diagnosis names the stage, the side and the candidates, and signals that got lost.',
  ruledOutBy: 'packets of the other side arriving at a side that is said to hear nothing',
  apply(timeline) {
    return silencesOf(timeline)
      .filter(({ sides }) => sides.every(({ hears }) => !hears))
      .map((silence) => told(timeline, silence, this.ruledOutBy));
  },
};

function told(timeline: Timeline, silence: Silence, ruledOutBy: string): Candidate {
  const { talk, sides } = silence;
  const [lost] = lostSignals(timeline, silence);
  const order = ['ice', 'dtls', 'rtp'];
  const stuck = sides.reduce((a, b) => (order.indexOf(b.stage ?? '') < order.indexOf(a.stage ?? '') ? b : a));
  const faults = sides.flatMap(({ device }) => timeline.presence.atWork(device, talk.fromN, talk.toN));
  const states = sides
    .map(
      ({ device, last, stage }) =>
        `${device} ${last === null ? 'never began' : `was ${last.state}`} ${stage === null ? 'before ICE' : `at ${stage}`}${last?.message ? ` (${last.message.slice(0, 80)})` : ''}`,
    )
    .join(', ');
  const signals =
    lost === undefined
      ? sides.map(({ device }) => offeredBy(timeline, silence, device)).join(', ')
      : `${lost.words} of ${lost.from} did not get past ${lost.hop}`;
  return {
    hop: lost?.hop ?? `${stuck.device}.media`,
    call: talk.history.call,
    confidence: lost !== undefined || faults.length > 0 ? SURE : LIKELY,
    summary: `Call ${talk.history.call} was connected on both sides and no media came through: ${states}; ${signals}${owing(faults, 'was at work on the media')}.`,
    evidence: evidenceOf(
      ...talk.evidence,
      ...sides.flatMap(({ last, measured }) => [last, measured]),
      ...(lost?.letters ?? []).slice(0, 3).map(({ writes, reads }) => writes[0] ?? reads[0]),
      ...faults.slice(0, 3),
    ),
    ruledOutBy,
    // The signals that came before it may have brought it about.
    originN: lost?.letters[0]?.reads[0]?.n ?? stuck.last?.n ?? talk.fromN,
  };
}
