/** Another device of the user went on ringing after the answer or the decline. */
import { presenceOf } from '../history/presence.js';
import { ASK_THE_SERVER, oddsOf } from './black-box.js';
import { misroutedOf } from './misrouting.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';
import { causeWords, changeWords, sideWords, symptom } from './wording.js';

export const otherDeviceNotTold: Rule = {
  code: 'other-device-not-told',
  title: 'The other devices of the user are not notified',
  lookAt: 'to which devices of a user the server writes when one of them answers or declines',
  doc: 'Another device of the same user went on ringing after the answer or the decline, and the server wrote nothing to it.',
  ruledOutBy: 'a frame of the server to that device after the answer or the decline',
  apply({ history, mismatches }) {
    return mismatches.flatMap((mismatch): Candidate[] => {
      const { device, delivery, moment, isSibling, resolved } = mismatch;
      const { change, stage } = delivery;
      if (!isSibling || resolved !== null || (stage !== 'unwritten' && stage !== 'unseen')) return [];
      if (presenceOf(history).wasGone(device, change.n, change.n)) return [];
      const isUnseen = stage === 'unseen';
      const odds = isUnseen ? oddsOf(history, mismatch) : null;
      const share = odds?.shares['not-forwarded'];
      if (odds !== null && share === undefined) return [];
      const sure = misroutedOf(history, mismatch) === null ? SURE : 0.6;
      const what = isUnseen ? `${device} read nothing about it` : `the server wrote nothing about it to ${device}`;
      return [
        {
          hop: history.serverOf(device),
          call: change.call,
          title: `The server does not pass ${causeWords(change)} on to ${sideWords(mismatch)}`,
          proof: odds?.sentences ?? [],
          confidence: share ?? sure,
          summary: `${changeWords(change)} came about at another device of the user, and ${what}. ${symptom(mismatch)}.`,
          evidence: evidenceOf(change.action, change, moment),
          ruledOutBy: isUnseen ? ASK_THE_SERVER : this.ruledOutBy,
          originN: change.n,
        },
      ];
    });
  },
};
