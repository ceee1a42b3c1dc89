/** A user in a call was called, or two users called each other, and the server let both calls go on. */
import { allShown, type CallHistory, type History, isLive, shownAt, userOf } from '../history/history.js';
import type { Moment } from '../history/mismatches.js';
import { seconds } from '../history/wording.js';
import { failureOf } from './failing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';

export const secondCallNotRefused: Rule = {
  code: 'second-call-not-refused',
  title: 'The server lets a call through to a user who is in another one',
  lookAt: 'whether the server looks for a live call of the callee before it passes an invitation on',
  doc: 'A user who is in a call was called, or two users called each other, and the server lets both calls go on.',
  ruledOutBy: 'a refusal of the second call that its caller read in time, or a target on which several calls are meant to go on',
  apply(context) {
    const { history } = context;
    const failure = failureOf(context);
    if (failure === null || !history.isForeign || history.serverVisible) return [];
    return history.calls.flatMap((call) => secondCall(history, call, failure, this.ruledOutBy));
  },
};

function secondCall(history: History, call: CallHistory, failure: Moment, ruledOutBy: string): Candidate[] {
  const { caller, callees } = call;
  const action = history.actions.find((one) => one.call === call.call && one.action === 'call');
  if (action === undefined || caller === null || action.n > failure.n) return [];
  const isRefused = (call.shown.get(caller) ?? []).some(
    ({ state, n, reason }) => state === 'ended' && n < failure.n && reason !== 'cancelled',
  );
  if (isRefused) return [];
  for (const other of history.calls) {
    if (other === call) continue;
    const busy = allShown(other).findLast(
      (view) =>
        callees.includes(userOf(view.node)) &&
        view.n < action.n &&
        isLive(view.state) &&
        shownAt(history, other, view.node, action.n) === view,
    );
    const isGlare = other.caller !== null && callees.includes(userOf(other.caller)) && other.callees.includes(userOf(caller));
    // Two who call each other: the second call is the one that comes later.
    if (busy === undefined || (isGlare && busy.state !== 'inviting' && busy.state !== 'ringing')) continue;
    const passed = history.wires.find(
      (wire) =>
        wire.dir === 'in' && wire.call === call.call && wire.kind === 'event.inviting' && callees.includes(userOf(wire.node)),
    );
    if (passed === undefined) continue;
    return [
      {
        hop: history.serverOf(busy.node),
        call: call.call,
        ...(isGlare ? { title: 'The server lets two crossing calls go on' } : {}),
        confidence: SURE,
        proof: [
          `${busy.node} was ${busy.state} in another call when ${caller} called at ${seconds(action.at)}.`,
          `The server passed the call on to ${passed.node} at ${seconds(passed.at)}, and ${caller} was not notified that the user is busy.`,
        ],
        summary: `${caller} called a user who was ${busy.state} in call ${other.call}: the server passed call ${call.call} on to ${passed.node} and did not refuse it.`,
        evidence: evidenceOf(busy, action, passed, failure),
        ruledOutBy,
        originN: action.n,
      },
    ];
  }
  return [];
}
