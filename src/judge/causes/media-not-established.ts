/** Both sides are connected, and the media did not come up: which stage, which side, which candidates. */
import { presenceOf } from '../history/presence.js';
import type { Context } from './context.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from './rule.js';
import { lostSignals, offeredBy, type Silence, silencesOf } from './silences.js';
import { faultWords } from './wording.js';

export const mediaNotEstablished: Rule = {
  code: 'media-not-established',
  title: 'No media flows in either direction',
  lookAt: 'candidates, STUN and TURN of both sides',
  doc: 'Both sides showed connected, and ICE, DTLS or RTP did not come up or broke off on both: the diagnosis names the stage, the side and the candidates, and signals that got lost.',
  ruledOutBy: 'packets of the other side arriving at a side that is said to receive nothing',
  apply(context) {
    return silencesOf(context)
      .filter(({ sides }) => sides.every(({ state }) => state !== 'flowing'))
      .map((silence) => candidateOf(context, silence, this.ruledOutBy));
  },
};

const STAGES = ['ice', 'dtls', 'rtp'] as const;

function candidateOf(context: Context, silence: Silence, ruledOutBy: string): Candidate {
  const { talk, sides } = silence;
  const { call } = talk.call;
  const [lost] = lostSignals(context, silence);
  const order = (stage: (typeof sides)[0]['stage']): number => (stage === null ? -1 : STAGES.indexOf(stage));
  const stuck = sides.reduce((a, b) => (order(b.stage) < order(a.stage) ? b : a));
  const faults = sides.flatMap(({ device }) => presenceOf(context.history).activeOn(device, talk.fromN, talk.toN));
  const states = sides.map(({ device, last, stage }) => {
    const did = last === null ? 'never began' : `was ${last.state}`;
    const why = last?.message ? ` (${last.message.slice(0, 80)})` : '';
    return `${device} ${did} ${stage === null ? 'before ICE' : `at ${stage}`}${why}`;
  });
  const signals =
    lost === undefined
      ? sides.map(({ device }) => offeredBy(context, silence, device)).join(', ')
      : `${lost.words} of ${lost.from} did not get past ${lost.hop}`;
  return {
    hop: lost?.hop ?? `${stuck.device}.media`,
    call,
    confidence: lost !== undefined || faults.length > 0 ? SURE : LIKELY,
    summary: `Call ${call} was connected on both sides and no media came through: ${states.join(', ')}; ${signals}${faultWords(faults, 'was active on the media')}.`,
    evidence: evidenceOf(
      ...talk.evidence,
      ...sides.flatMap(({ last, measured }) => [last, measured]),
      ...(lost?.messages ?? []).slice(0, 3).map(({ writes, reads }) => writes[0] ?? reads[0]),
      ...faults.slice(0, 3),
    ),
    ruledOutBy,
    // The signals that came before it may have caused it.
    originN: lost?.messages[0]?.reads[0]?.n ?? stuck.last?.n ?? talk.fromN,
  };
}
