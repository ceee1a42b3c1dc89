/** The user acted, and no frame left his device for it. */
import { type ActionOutcome, isMoot, outcomesOf, unsentOf } from '../history/actions.js';
import { causeOf, type History } from '../history/history.js';
import { PATIENCE_MS } from '../history/mismatches.js';
import { presenceOf } from '../history/presence.js';
import { failureOf, hadTime } from './failing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';
import { awaitsConfirmation } from './unconfirmed.js';

export const neverEmitted: Rule = {
  code: 'never-emitted',
  title: 'The app does not send what its user did',
  lookAt: 'how the app sends a command that its user gave',
  doc: "The user's action is in the trace, his device was connected, and no frame left it.",
  ruledOutBy: 'a frame of that device with the command, later or on another link',
  apply(context) {
    const failure = failureOf(context);
    if (failure === null) return [];
    const { history } = context;
    const outcomes = outcomesOf(history);
    return outcomes.flatMap((outcome): Candidate[] => {
      const { action, message } = outcome;
      // Who does the same once more has sent it already.
      const isAgain = outcomes.some(
        (one) =>
          one.message !== null &&
          one.action.n < action.n &&
          one.action.node === action.node &&
          one.action.call === action.call &&
          one.action.action === action.action,
      );
      if (isAgain || message !== null || !hadTime(context, action, failure) || isMoot(history, outcome)) return [];
      // While it has no connection it keeps what it has to send, or loses it.
      const isAway = presenceOf(history).goneUntil(action.node, action.n) > failure.n;
      if (isAway || unsentOf(history, outcome) !== null) return [];
      if (awaitsConfirmation(history, outcome) !== null || isOvertaken(history, outcome)) return [];
      const shown = history.states.get(action.node)?.findLast(({ n }) => n > action.n && n <= failure.n);
      return [
        {
          hop: action.node,
          call: action.call,
          confidence: SURE,
          summary: `The user at ${action.node} did "${action.action}" in call ${action.call} and no frame left the device for it${shown === undefined ? '' : `, though it then showed ${shown.state}`}.`,
          evidence: evidenceOf(action, shown, failure),
          ruledOutBy: this.ruledOutBy,
          originN: action.n,
        },
      ];
    });
  },
};

/** Whether the app of a foreign target learned that the call is over while it still prepared what it had to send. */
function isOvertaken(history: History, { action: { node, n, call, at } }: ActionOutcome): boolean {
  if (!history.isForeign) return false;
  const end = history.states.get(node)?.find((view) => view.n > n && view.call === call && view.state === 'ended');
  if (end === undefined || end.at - at >= PATIENCE_MS) return false;
  const cause = causeOf(history, end);
  return cause?.type === 'wire' || cause?.type === 'conn';
}
