/** Both sides are connected, and sound flows in one direction only. */
import { presenceOf } from '../history/presence.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';
import { lostSignals, silencesOf } from './silences.js';
import { faultWords } from './wording.js';

export const oneWayMedia: Rule = {
  code: 'one-way-media',
  title: 'Media flows in one direction only',
  lookAt: 'directions in the descriptions, and candidates of the silent side',
  doc: 'Both sides showed connected, and RTP flowed in one direction only.',
  ruledOutBy: 'packets of the other side arriving at the side that is said to receive nothing',
  apply(context) {
    return silencesOf(context).flatMap((silence): Candidate[] => {
      const { talk, sides } = silence;
      const deaf = sides.find(({ state }) => state !== 'flowing');
      const hearing = sides.find(({ state }) => state === 'flowing');
      if (deaf === undefined || hearing === undefined) return [];
      const { activeOn } = presenceOf(context.history);
      const faults = [hearing, deaf].flatMap(({ device }) => activeOn(device, talk.fromN, talk.toN));
      const [lost] = lostSignals(context, silence);
      const received = deaf.measured?.stats?.packetsReceived ?? 0;
      const sent = hearing.measured?.stats?.packetsSent ?? null;
      // Who sends nothing can't be received, whatever the path is like.
      const isMute = sent === 0;
      const measured = sent === null ? '' : ` (${received} of ${sent} packets arrived)`;
      const figures = isMute ? `: ${hearing.device} sent nothing` : measured;
      const stopped = lost === undefined ? '' : `; ${lost.words} of ${lost.from} did not get past ${lost.hop}`;
      return [
        {
          hop: lost?.hop ?? `${isMute ? hearing.device : deaf.device}.media`,
          call: talk.call.call,
          confidence: SURE,
          summary: `In call ${talk.call.call} ${hearing.device} received media of ${deaf.device}, and ${deaf.device} received none of ${hearing.device}${figures}${stopped}${faultWords(faults, 'was active on the media')}.`,
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
