/** Both ends were there, it was written, and it was never read. */
import { messagesOf } from '../history/messages.js';
import { presenceOf } from '../history/presence.js';
import { ASK_THE_SERVER, oddsOf } from './black-box.js';
import { misroutedOf } from './misrouting.js';
import { blockedBy, damagedBy, isRejected, lostWhileGone } from './obstacles.js';
import { lostBetween } from './relay.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from './rule.js';
import { unconfirmed } from './unconfirmed.js';
import { changeWords, faultWords, symptom, times } from './wording.js';

export const droppedInTransit: Rule = {
  code: 'dropped-in-transit',
  title: 'A message to a device is lost on the way',
  lookAt: 'the network between the server and this device',
  doc: 'The server wrote it to a device that was connected, and the device never read it: the link lost it. A fault of the probe that did so is named.',
  ruledOutBy: 'a capture on the link that shows the frame arriving at the device',
  apply(context) {
    const { history } = context;
    const missed = context.mismatches.flatMap((mismatch): Candidate[] => {
      const { device, delivery, moment, resolved } = mismatch;
      const { change, stage, written } = delivery;
      if (resolved !== null) return [];
      const presence = presenceOf(history);
      const hop = `${device}.signaling`;
      const base = { hop, call: change.call, originN: change.n } as const;
      if (stage === 'unseen') {
        if (damagedBy(history, mismatch) !== null) return [];
        const { shares, proof, because } = oddsOf(history, mismatch);
        const share = shares['dropped-in-transit'];
        if (share === undefined) return [];
        const struck = presence.activeOn(device, change.n, moment.n);
        return [
          {
            ...base,
            confidence: struck.length > 0 ? Math.max(share, 0.9) : share,
            summary: `${changeWords(change)} ${share >= LIKELY ? 'was' : 'may have been'} lost in transit to ${device}: ${because}${faultWords(struck, 'was active on its link')}. ${symptom(mismatch)}.`,
            evidence: evidenceOf(change, ...proof, ...struck.slice(0, 3), moment),
            ruledOutBy: ASK_THE_SERVER,
          },
        ];
      }
      const unread = written === null ? undefined : messagesOf(history).of(written.n);
      const message = stage === 'unread' ? unread : blockedBy(history, mismatch);
      const lost = message?.writes.findLast(({ n }) => n <= moment.n);
      if (message === undefined || message === null || lost === undefined) return [];
      if (isRejected(history, mismatch) || lostWhileGone(history, mismatch, message)) return [];
      if (stage === 'unread' && misroutedOf(history, mismatch) !== null) return [];
      const struck = presence.striking(message);
      const around = struck.length > 0 ? struck : presence.activeOn(device, message.writes[0]?.n ?? lost.n, moment.n);
      const what =
        stage === 'unread'
          ? changeWords(change)
          : `${lost.kind} with number ${message.seq}, for which all later frames have to wait,`;
      const words = struck.length > 0 ? faultWords(struck) : faultWords(around, 'was active on its link');
      return [
        {
          ...base,
          confidence: struck.length > 0 || stage === 'unread' ? SURE : LIKELY,
          summary: `The server wrote ${what} to ${device} ${times(message.writes.length)}, and ${device} never read it${words}. ${symptom(mismatch)}.`,
          evidence: evidenceOf(change.action, change, ...message.writes.slice(0, 3), ...around.slice(0, 3), moment),
          ruledOutBy: this.ruledOutBy,
        },
      ];
    });
    return [...missed, ...lostBetween(context, 'link', this.ruledOutBy), ...unconfirmed(context, 'dropped-in-transit')];
  },
};
