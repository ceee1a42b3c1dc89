/** An answer whose confirmation never came: whoever gave it may not hang up before, and the other side hears nothing of that. Pure. */
import { eventsOf } from '../../trace/event.js';
import type { Deed } from '../history/deeds.js';
import { ASK_THE_SERVER } from './black-box.js';
import { isEpilogue } from './failing.js';
import { type Candidate, evidenceOf, LIKELY } from './rule.js';
import type { Timeline } from './timeline.js';
import { owing } from './wording.js';

/** Whether a device holds a hang-up back for want of a confirmation; the event that says so, or null. */
export function awaitsConfirmation({ trace }: Timeline, { op }: Deed) {
  if (op.action !== 'hang up') return null;
  return (
    eventsOf(trace, 'unsent').find(({ node, why, n }) => node === op.node && why === 'awaits-confirmation' && n > op.n) ?? null
  );
}

/** What became of the confirmations that devices wait for: lost while they were away, or on the way to one that was there. */
export function unconfirmed(timeline: Timeline, code: 'lost-downlink' | 'dropped-in-transit'): Candidate[] {
  const { deeds, trace, presence } = timeline;
  return deeds.flatMap((deed): Candidate[] => {
    const { op, letter } = deed;
    const waits = letter === null ? awaitsConfirmation(timeline, deed) : null;
    const accept = deeds.find((one) => one.op.action === 'accept' && one.op.node === op.node && one.op.call === op.call);
    const answer = accept?.letter?.writes[0];
    if (waits === null || answer === undefined || isEpilogue(timeline, op)) return [];
    const ack = eventsOf(trace, 'wire').find(
      ({ node, dir, kind, call, n }) =>
        node !== op.node && dir === 'out' && kind === 'ack' && call === op.call && n > answer.n && n < op.n,
    );
    if (ack === undefined) return [];
    const wasGone = presence.wasGone(op.node, answer.n, op.n);
    if (wasGone !== (code === 'lost-downlink')) return [];
    const cuts = presence.atWork(op.node, answer.n, op.n);
    const how = wasGone
      ? `${op.node} had no connection for a while after its answer, and is not reached by it since it is back`
      : `${op.node} had a connection all the time`;
    return [
      {
        hop: wasGone ? 'server' : `${op.node}.signaling`,
        call: op.call,
        confidence: cuts.length > 0 ? 0.9 : LIKELY,
        summary: `${ack.node} confirmed the answer of call ${op.call} and ${op.node} never read it: ${how}${owing(cuts.slice(0, 1), 'was at work on its link')}. Without it ${op.node} may not hang up, and ${ack.node} stays connected.`,
        evidence: evidenceOf(answer, ack, ...cuts.slice(0, 2), op, waits),
        ruledOutBy: ASK_THE_SERVER,
        originN: ack.n,
      },
    ];
  });
}
