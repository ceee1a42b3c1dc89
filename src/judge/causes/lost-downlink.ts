/** It left for a recipient that was away, or would have, and was never sent again when the recipient was back. */
import type { EventOf } from '../../trace/event.js';
import type { History } from '../history/history.js';
import { messagesOf, readsOf } from '../history/messages.js';
import type { Mismatch } from '../history/mismatches.js';
import { presenceOf } from '../history/presence.js';
import { ASK_THE_SERVER, oddsOf } from './black-box.js';
import { diedWith, lostWhileGone } from './obstacles.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';
import { unconfirmed } from './unconfirmed.js';
import { changeWords, faultWords, symptom } from './wording.js';

export const lostDownlink: Rule = {
  code: 'lost-downlink',
  title: 'A device that was away does not receive what it missed',
  lookAt: 'what the server sends to a device that has logged in again',
  doc: 'It left for, or would have left for, a recipient that was offline or reconnecting, and was never sent again when the recipient was back.',
  ruledOutBy: 'a frame with this version or a newer one after the recipient had registered again',
  apply(context) {
    const { history } = context;
    const missed = context.mismatches.flatMap((mismatch): Candidate[] => {
      const { device, delivery, moment, resolved } = mismatch;
      const { change, stage, written } = delivery;
      if (resolved !== null) return [];
      const presence = presenceOf(history);
      const message = written === null ? undefined : messagesOf(history).of(written.n);
      const isLost =
        (stage === 'unwritten' && presence.wasGone(device, change.n, change.n) && presence.wasAwayForServer(device, change.n)) ||
        (stage === 'unread' && message !== undefined && lostWhileGone(history, mismatch, message));
      const odds = stage === 'unseen' ? oddsOf(history, mismatch) : null;
      const crash = diedWith(history, mismatch);
      if (crash !== null) return restarted(history, mismatch, crash);
      const cuts = presence.activeOn(device, change.n, moment.n);
      const share = odds?.shares['lost-downlink'];
      const confidence = odds === null ? SURE : share === undefined || cuts.length === 0 ? share : CUT_OFF;
      if (confidence === undefined || (odds === null && !isLost)) return [];
      const welcome = welcomeBetween(history, device, written?.n ?? change.n, moment.n);
      const back =
        welcome === undefined
          ? `${device} did not register again before it was found wrong`
          : `the server did not send it again when ${device} had registered again`;
      return [
        {
          hop: welcome === undefined ? `${device}.signaling` : history.serverOf(device),
          call: change.call,
          confidence,
          summary: `${changeWords(change)} happened while ${device} had no connection${odds === null ? '' : ' or was losing it'}, and ${back}${faultWords(cuts, 'had cut it off')}. ${symptom(mismatch)}.`,
          evidence: evidenceOf(change.action, change, written, ...cuts.slice(0, 3), welcome, moment),
          ruledOutBy: odds === null ? this.ruledOutBy : ASK_THE_SERVER,
          originN: change.n,
        },
      ];
    });
    return [...missed, ...unconfirmed(context, 'lost-downlink')];
  },
};

/** How sure it is where the probe itself had cut the device off. */
const CUT_OFF = 0.9;

/** An app that died and came back knows only what it receives from then on. */
function restarted(history: History, mismatch: Mismatch, crash: EventOf<'action'>): Candidate[] {
  const { device, moment, delivery } = mismatch;
  const { change, read, shown } = delivery;
  const welcome = welcomeBetween(history, device, crash.n, moment.n);
  if (welcome === undefined) return [];
  const cuts = presenceOf(history)
    .activeOn(device, crash.n - 1, moment.n)
    .slice(-1);
  const only = read === null || read.n < crash.n ? '' : ', but only what came next, which means nothing without it';
  return [
    {
      hop: history.serverOf(device),
      call: change.call,
      confidence: CUT_OFF,
      summary: `${device} died in call ${change.call} and came back, and the server did not send it the call again${only}${faultWords(cuts, 'had ended it')}. ${symptom(mismatch)}.`,
      evidence: evidenceOf(change.action, shown, ...cuts, crash, welcome, moment),
      ruledOutBy: ASK_THE_SERVER,
      originN: crash.n,
    },
  ];
}

function welcomeBetween(history: History, device: string, fromN: number, toN: number): EventOf<'wire'> | undefined {
  return readsOf(history, device).find(({ kind, n }) => kind === 'welcome' && n > fromN && n <= toN);
}
