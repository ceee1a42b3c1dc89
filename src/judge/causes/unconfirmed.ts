/** An answer whose confirmation never came: whoever gave it may not hang up before, and the other side is not notified. Pure. */
import type { EventOf } from '../../trace/event.js';
import { type ActionOutcome, outcomesOf } from '../history/actions.js';
import { within } from '../history/by-number.js';
import type { History } from '../history/history.js';
import { presenceOf } from '../history/presence.js';
import { ASK_THE_SERVER } from './black-box.js';
import type { Context } from './context.js';
import { isTeardown } from './failing.js';
import { type Candidate, evidenceOf, LIKELY } from './rule.js';
import { faultWords } from './wording.js';

/** The event by which a device says that it holds a hang-up back for want of a confirmation, or null. */
export function awaitsConfirmation({ unsent }: History, { action }: ActionOutcome): EventOf<'unsent'> | null {
  if (action.action !== 'hang up') return null;
  const isIt = ({ node, why }: EventOf<'unsent'>): boolean => node === action.node && why === 'awaits-confirmation';
  return within(unsent, action.n).find(isIt) ?? null;
}

/** What became of the confirmations that devices wait for: lost while they were away, or in transit to one that was there. */
export function unconfirmed(context: Context, code: 'lost-downlink' | 'dropped-in-transit'): Candidate[] {
  const { history } = context;
  if (!history.unsent.some(({ why }) => why === 'awaits-confirmation')) return [];
  const outcomes = outcomesOf(history);
  return outcomes.flatMap((outcome): Candidate[] => {
    const { action, message } = outcome;
    const { node, call } = action;
    const waits = message === null ? awaitsConfirmation(history, outcome) : null;
    const accept = outcomes.find((one) => one.action.action === 'accept' && one.action.node === node && one.action.call === call);
    const answer = accept?.message?.writes[0];
    if (waits === null || answer === undefined || isTeardown(context, action)) return [];
    const ack = within(history.wires, answer.n, action.n - 1).find(
      (wire) => wire.node !== node && wire.dir === 'out' && wire.kind === 'ack' && wire.call === call,
    );
    if (ack === undefined) return [];
    const presence = presenceOf(history);
    const wasGone = presence.wasGone(node, answer.n, action.n);
    if (wasGone !== (code === 'lost-downlink')) return [];
    const cuts = presence.activeOn(node, answer.n, action.n);
    const how = wasGone
      ? `${node} had no connection for a while after its answer, and no confirmation reaches it on the new one`
      : `${node} had a connection all the time`;
    return [
      {
        hop: wasGone ? history.serverOf(node) : `${node}.signaling`,
        call,
        confidence: cuts.length > 0 ? 0.9 : LIKELY,
        summary: `${ack.node} confirmed the answer of call ${call} and ${node} never read it: ${how}${faultWords(cuts.slice(0, 1), 'was active on its link')}. Without it ${node} may not hang up, and ${ack.node} stays connected.`,
        evidence: evidenceOf(answer, ack, ...cuts.slice(0, 2), action, waits),
        ruledOutBy: ASK_THE_SERVER,
        originN: ack.n,
      },
    ];
  });
}
