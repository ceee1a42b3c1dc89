/** Both sides are connected, and sound flows in one direction only. */
import { lostSignals, silencesOf } from '../evidence/media.js';
import { type Candidate, evidenceOf, type Rule, SURE } from '../evidence/rule.js';
import { owing } from '../evidence/wording.js';

export const oneWayMedia: Rule = {
  code: 'one-way-media',
  doc: 'Both sides showed connected, and RTP flowed in one direction only.',
  ruledOutBy: 'packets of the other side arriving at the side that is said to hear nothing',
  apply(timeline) {
    return silencesOf(timeline).flatMap((silence): Candidate[] => {
      const { talk, sides } = silence;
      const deaf = sides.find(({ hears }) => !hears);
      const hearing = sides.find(({ hears }) => hears);
      if (deaf === undefined || hearing === undefined) return [];
      const faults = [hearing, deaf].flatMap(({ device }) => timeline.presence.atWork(device, talk.fromN, talk.toN));
      const [lost] = lostSignals(timeline, silence);
      const received = deaf.measured?.stats?.packetsReceived ?? null;
      const sent = hearing.measured?.stats?.packetsSent ?? null;
      // Who sends nothing can't be heard, whatever the way is like.
      const isMute = sent === 0;
      const figures = isMute
        ? `: ${hearing.device} sent nothing`
        : sent === null
          ? ''
          : ` (${received ?? 0} of ${sent} packets arrived)`;
      return [
        {
          hop: lost?.hop ?? `${isMute ? hearing.device : deaf.device}.media`,
          call: talk.history.call,
          confidence: SURE,
          summary: `In call ${talk.history.call} ${hearing.device} heard ${deaf.device}, and ${deaf.device} did not hear ${hearing.device}${figures}${lost === undefined ? '' : `; ${lost.words} of ${lost.from} did not get past ${lost.hop}`}${owing(faults, 'was at work on the media')}.`,
          evidence: evidenceOf(
            ...talk.evidence,
            ...sides.flatMap(({ last, measured }) => [last, measured]),
            ...faults.slice(0, 3),
          ),
          ruledOutBy: this.ruledOutBy,
          originN: deaf.last?.n ?? talk.fromN,
        },
      ];
    });
  },
};
