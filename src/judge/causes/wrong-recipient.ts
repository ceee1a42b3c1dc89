/** It left the server for another device, session or call. */
import { isEvent } from '../../protocol/message-kinds.js';
import { causeOf, deviceOf, userOf } from '../history/history.js';
import { carriedBy, messagesOf } from '../history/messages.js';
import type { Mismatch } from '../history/mismatches.js';
import { seconds } from '../history/wording.js';
import { ASK_THE_SERVER, oddsOf } from './black-box.js';
import type { Context } from './context.js';
import { failureOf } from './failing.js';
import { type Misrouted, misroutedOf } from './misrouting.js';
import { relayCandidates } from './relay.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';
import { causeWords, changeWords, sideWords, symptom } from './wording.js';

export const wrongRecipient: Rule = {
  code: 'wrong-recipient',
  title: 'The server sends a change to the wrong recipient',
  lookAt: 'how the server finds the connection of a user, and which call id it writes',
  doc: 'It left the server for another device, over a connection that was replaced, or under the id of another call.',
  ruledOutBy: 'a frame of the server to the right device with this version or a newer one',
  apply(context) {
    const { history } = context;
    const missed = context.mismatches.flatMap((mismatch): Candidate[] => {
      const { device, delivery, moment, resolved } = mismatch;
      const { change, stage } = delivery;
      if (resolved !== null) return [];
      const misrouted = misroutedOf(history, mismatch);
      const odds = stage === 'unseen' ? oddsOf(history, mismatch) : null;
      const confidence = odds === null ? SURE : odds.shares['wrong-recipient'];
      if (confidence === undefined || (odds === null && misrouted === null)) return [];
      const where = misrouted?.where ?? odds?.where ?? 'to somebody else';
      return [
        {
          hop: history.serverOf(device),
          call: change.call,
          ...claimOf(mismatch, misrouted),
          confidence,
          summary: `The server ${odds === null ? 'sent' : 'may have sent'} ${changeWords(change)} ${where}, and not to ${device}${odds?.where === undefined ? '' : ' as it is now'}. ${symptom(mismatch)}.`,
          evidence: evidenceOf(change.action, change, misrouted?.wire, ...(odds?.proof ?? []), moment),
          ruledOutBy: odds === null ? this.ruledOutBy : ASK_THE_SERVER,
          originN: change.n,
        },
      ];
    });
    return [
      ...missed,
      ...rungUncalled(context, this.ruledOutBy),
      ...underAnotherId(context, this.ruledOutBy),
      ...relayCandidates(context, 'echoed', this.ruledOutBy),
    ];
  },
};

/** What went where instead, as far as somebody read it. */
function claimOf(mismatch: Mismatch, misrouted: Misrouted | null): Partial<Pick<Candidate, 'title' | 'proof'>> {
  const { delivery, device } = mismatch;
  const wire = misrouted?.wire;
  if (wire === undefined || delivery.change.version !== null) return {};
  const what = causeWords(delivery.change);
  const isOtherId = wire.node === device;
  return {
    title:
      `The server sends ${what} ${isOtherId ? 'under another call id than the call has' : 'to somebody else than'} ${isOtherId ? '' : sideWords(mismatch)}`.trimEnd(),
    proof: [
      `${wire.node} read "${wire.name ?? wire.kind}" at ${seconds(wire.at)}${isOtherId ? ', of a call that it does not know' : ''}.`,
      `${symptom(mismatch)}.`,
    ],
  };
}

/** A user whom nobody called, and whom a black box rings for a call of others. */
function rungUncalled(context: Context, ruledOutBy: string): Candidate[] {
  const { history } = context;
  if (failureOf(context) === null || !history.isForeign || history.serverVisible) return [];
  return history.calls.flatMap(({ call, caller, callees, shown }): Candidate[] => {
    if (caller === null) return [];
    const users = [userOf(caller), ...callees];
    return [...shown].flatMap(([device, [view]]): Candidate[] => {
      const wire = view === undefined ? null : causeOf(history, view);
      if (view === undefined || wire?.type !== 'wire' || wire.kind !== 'event.inviting' || users.includes(userOf(device)))
        return [];
      return [
        {
          hop: history.serverOf(device),
          call,
          title: 'The server rings a user who was not called',
          lookAt: 'to which connections the server writes an invitation',
          confidence: SURE,
          proof: [
            `${device} read "${wire.name ?? wire.kind}" at ${seconds(wire.at)} and shows ${view.state}.`,
            `${caller} had called ${callees.join(', ')}.`,
          ],
          summary: `The server sent ${device} the invitation of call ${call}, in which ${caller} called ${callees.join(', ')}.`,
          evidence: evidenceOf(wire, view),
          ruledOutBy,
          originN: wire.n,
        },
      ];
    });
  });
}

/** A change of one call that the server sent under the id of another: the device then shows a call that does not exist. */
function underAnotherId(context: Context, ruledOutBy: string): Candidate[] {
  if (failureOf(context) === null) return [];
  const { history } = context;
  return history.wires.flatMap((wire): Candidate[] => {
    if (wire.dir !== 'out' || !isEvent(wire.kind) || !history.isServer(wire.node)) return [];
    const change = causeOf(history, wire);
    const [carried] = carriedBy(wire);
    if (change?.type !== 'record' || carried === undefined || carried.id === change.call) return [];
    return [
      {
        hop: wire.node,
        call: change.call,
        confidence: SURE,
        summary: `The server sent ${deviceOf(wire)} ${change.phase} of call ${change.call} under the id of another call, ${carried.id.slice(0, 80)}.`,
        evidence: evidenceOf(change, wire, messagesOf(history).of(wire.n)?.reads[0]),
        ruledOutBy,
        originN: change.n,
      },
    ];
  });
}
