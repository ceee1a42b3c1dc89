/** The server had it, its recipient was there, and no frame left for it. */
import { ACTIONS, USER_ACTIONS } from '../../protocol/actions.js';
import { LEGAL_MOVES } from '../../protocol/call.js';
import { isEndingCommand, phaseOf } from '../../protocol/message-kinds.js';
import type { EventOf } from '../../trace/event.js';
import { outcomesOf } from '../history/actions.js';
import { within } from '../history/by-number.js';
import { evidenceIn, isRemoved, quietSentence, readSentence } from '../history/evidence.js';
import { isLive, onlineAt, recordAt, shownAt, userOf } from '../history/history.js';
import type { Mismatch } from '../history/mismatches.js';
import { presenceOf } from '../history/presence.js';
import { seconds } from '../history/wording.js';
import { ASK_THE_SERVER, oddsOf } from './black-box.js';
import type { Context } from './context.js';
import { failureOf, hadTime, isTeardown } from './failing.js';
import { misroutedOf } from './misrouting.js';
import { damageTo } from './obstacles.js';
import { lostBetween } from './relay.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from './rule.js';
import { causeWords, changeWords, phaseWords, sideWords, symptom } from './wording.js';

export const notForwarded: Rule = {
  code: 'not-forwarded',
  title: 'The server does not pass a change on to the other side',
  lookAt: 'what the server does when it reads this message: for whom it looks, and to which connection it writes',
  doc: 'The server had it (its record changed, or it acknowledged the command), the recipient was connected, and no frame left for it.',
  ruledOutBy:
    'a frame of the server to that device with this version or a newer one, on another connection or after the end of the trace',
  apply(context) {
    const { history } = context;
    const unforwarded = context.mismatches.flatMap((mismatch): Candidate[] => {
      const { device, delivery, moment, isSibling, resolved } = mismatch;
      const { change, stage } = delivery;
      if (resolved !== null || isSibling) return [];
      const base = { hop: history.serverOf(device), call: change.call, originN: change.n } as const;
      if (stage === 'unseen') {
        const { shares, proof, because, sentences = [] } = oddsOf(history, mismatch);
        const share = shares['not-forwarded'];
        if (share === undefined) return [];
        return [
          {
            ...base,
            ...claimOf(mismatch),
            proof: sentences,
            confidence: share,
            summary: `The server ${share >= LIKELY ? 'has not sent' : 'may never have sent'} ${changeWords(change)} to ${device}: ${because}. ${symptom(mismatch)}.`,
            evidence: evidenceOf(change.action, change, ...proof, moment),
            ruledOutBy: ASK_THE_SERVER,
          },
        ];
      }
      if (stage !== 'unwritten' || misroutedOf(history, mismatch) !== null) return [];
      // A server that took the device for connected would have written, wherever the device was.
      const presence = presenceOf(history);
      const wasGone = presence.wasGone(device, change.n, change.n);
      if (wasGone && presence.wasAwayForServer(device, change.n)) return [];
      const command = outcomesOf(history).find(({ action }) => action.n === change.action?.n);
      return [
        {
          ...base,
          ...claimOf(mismatch),
          confidence: SURE,
          summary: `The server made ${changeWords(change)} and wrote nothing about it to ${device}, which ${wasGone ? 'it took for connected' : 'was connected'}. ${symptom(mismatch)}.`,
          evidence: evidenceOf(change.action, command?.received, change, moment),
          ruledOutBy: this.ruledOutBy,
        },
      ];
    });
    return [...unforwarded, ...swallowed(context, this.ruledOutBy), ...unpassed(context), ...unrelayed(context, this.ruledOutBy)];
  },
};

/** A description or candidate that reached nobody, over links that nothing disturbed. */
function unrelayed(context: Context, ruledOutBy: string): Candidate[] {
  if (context.history.serverVisible) return [];
  return lostBetween(context, 'server', ruledOutBy).map((one) => ({
    ...one,
    title: 'The server does not pass a description or a candidate on to the other side',
    lookAt: 'what the server does with descriptions and candidates in this state of a call',
  }));
}

/**
 * An end that somebody sent at a black box, and of which the other side read nothing while it went on showing the call; also one by
 * somebody who is no device of the scenario.
 */
function unpassed(context: Context): Candidate[] {
  const { history } = context;
  const failure = failureOf(context);
  if (failure === null || !history.isForeign || history.serverVisible) return [];
  const { refusalOf, readOf, quietUntil, troubleOn } = evidenceIn(history);
  return history.calls.flatMap((call): Candidate[] => {
    const sent = history.wires.find(
      (wire) => wire.dir === 'out' && wire.call === call.call && isEndingCommand(wire.kind) && wire.n < failure.n,
    );
    if (sent === undefined || isTeardown(context, sent) || refusalOf(sent) !== null) return [];
    if (isRemoved(history, sent) || damageTo(history, sent) !== null) return [];
    return [...call.shown.keys()].flatMap((device): Candidate[] => {
      const isLeft = isLive(shownAt(history, call, device, failure.n)?.state) && onlineAt(history, device, failure.n);
      // A device that was found wrong has been explained.
      if (context.mismatches.some((one) => one.device === device && one.call === call)) return [];
      if (!isLeft || userOf(device) === userOf(sent.node) || troubleOn(device, sent.n, failure.n).length > 0) return [];
      const isRead = ({ node, dir, call: of, kind }: EventOf<'wire'>): boolean =>
        node === device && dir === 'in' && of === call.call && phaseOf(kind) === 'ended';
      if (within(history.wires, sent.n).some(isRead)) return [];
      const proof = readOf(sent);
      const quiet = quietUntil(device, sent.n, failure.n);
      if (proof === null && troubleOn(sent.node, sent.n, failure.n).length > 0) return [];
      const what = USER_ACTIONS.find((action) => sent.kind === `command.${ACTIONS[action].command}`) ?? 'hang up';
      const side = sideWords({ call, device, isSibling: false });
      return [
        {
          hop: history.serverOf(device),
          call: call.call,
          title: `The server does not pass "${what}" on to ${side}`,
          lookAt: `what the server does on "${what}" ${phaseWords(call, sent.n - 1)}`,
          confidence: proof !== null && quiet !== null ? SURE : LIKELY,
          proof: [readSentence(sent, proof, what), quietSentence(device, quiet, failure.at), `${device} still showed the call.`],
          summary: `${sent.node} sent "${what}" in call ${call.call}, and nothing about it reached ${device}, which still showed the call at ${seconds(failure.at)}.`,
          evidence: evidenceOf(sent, proof?.event, quiet, failure),
          ruledOutBy: ASK_THE_SERVER,
          originN: sent.n,
        },
      ];
    });
  });
}

/** `The server does not pass "cancel" on to the callee`. */
function claimOf(mismatch: Mismatch): { title: string; lookAt: string } {
  const { change } = mismatch.delivery;
  const when = phaseWords(mismatch.call, (change.action?.n ?? change.n) - 1);
  return {
    title: `The server does not pass ${causeWords(change)} on to ${sideWords(mismatch)}`,
    lookAt: `what the server does on ${causeWords(change)} ${when}`,
  };
}

/** A command that the server read, and that neither changed the call as the table of moves says nor was refused. */
function swallowed(context: Context, ruledOutBy: string): Candidate[] {
  const { history } = context;
  const failure = failureOf(context);
  if (failure === null || !history.serverVisible) return [];
  return outcomesOf(history).flatMap(({ action, received, change, result }): Candidate[] => {
    if (received === null || change !== null || (result?.refused ?? null) !== null) return [];
    if (received.n > failure.n || !hadTime(context, received, failure)) return [];
    const call = history.callsById.get(action.call ?? '');
    const held = call === undefined ? null : recordAt(call, received.n);
    const { move } = ACTIONS[action.action];
    // Without a record there is nothing to move but for the invitation, which makes one.
    if (held === null ? action.action !== 'call' : move === null || !('to' in LEGAL_MOVES[held.phase][move])) return [];
    // The same change may have come about by the other side at the same time.
    const isMoved = ({ n, version }: { n: number; version: number }): boolean =>
      n > received.n && n <= failure.n && version > (held?.version ?? Infinity);
    if (call?.server.some(isMoved)) return [];
    return [
      {
        hop: received.node,
        call: action.call,
        confidence: SURE,
        summary: `The server read "${action.action}" of ${action.node} in call ${action.call}, ${result === null ? 'gave no result' : 'answered that it was done'}, and neither changed the call nor notified anybody.`,
        evidence: evidenceOf(action, received, held, result?.wire, failure),
        ruledOutBy,
        originN: action.n,
      },
    ];
  });
}
