/** The frame arrived, and what the device has or shows did not change. */
import { isProvisional } from '../history/agreement.js';
import { causeOf } from '../history/history.js';
import { blockedBy, diedWith } from './obstacles.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from './rule.js';
import { changeWords, symptom } from './wording.js';

const HOW = {
  unapplied: 'read it and did not apply it',
  unshown: 'applied it and did not show it',
  shown: 'showed it and then showed something else',
} as const;

/** At a foreign target the device is the probe's client, which applies what the adapter makes of a message. */
const MAPPING = {
  title: 'A mapping to check: the device reads a message, and its adapter makes nothing of it in this state',
  lookAt: 'what the adapter takes this message for, and whether the app of the target shows it in this state',
} as const;

/** How sure it is that the mapping is wrong, rather than what the server sent. */
const UNLIKELY = 0.3;

export const receivedNotApplied: Rule = {
  code: 'received-not-applied',
  title: 'The app reads a message and does not apply it',
  lookAt: 'what the app does with this message in this state',
  doc: 'The frame arrived at the device as it was sent, and the device did not apply it, or applied it and did not show it.',
  ruledOutBy: 'a later read of the device that put it right before the moment at which it was found wrong',
  apply({ history, mismatches }) {
    return mismatches.flatMap((mismatch): Candidate[] => {
      const { device, delivery, moment, resolved, call } = mismatch;
      const { change, stage, read, written, applied } = delivery;
      if (resolved !== null || (stage !== 'unapplied' && stage !== 'unshown' && stage !== 'shown')) return [];
      if (stage === 'unapplied' && blockedBy(history, mismatch) !== null) return [];
      const shown = call.shown.get(device)?.findLast(({ n }) => n <= moment.n);
      // What it received, or gave up on, after it had come right is another matter.
      if (stage === 'shown' && shown !== undefined && (isProvisional(shown) || causeOf(history, shown)?.type === 'wire'))
        return [];
      // So is what was lost with the app that knew it.
      if (diedWith(history, mismatch) !== null) return [];
      const said = `${changeWords(change)} reached ${device}, which ${HOW[stage]}. ${symptom(mismatch)}.`;
      return [
        {
          hop: device,
          call: change.call,
          ...(history.isForeign ? MAPPING : {}),
          confidence: history.isForeign ? UNLIKELY : history.serverVisible || change.record !== null ? SURE : LIKELY,
          summary: history.isForeign
            ? `${said} This device is the probe's own client: the mapping of the adapter may be wrong.`
            : said,
          evidence: evidenceOf(change.action, change, written, read, applied, shown, moment),
          ruledOutBy: this.ruledOutBy,
          originN: change.n,
        },
      ];
    });
  },
};
