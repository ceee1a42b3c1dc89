/** Somebody without a part in the call changed it. */

import { eventAt } from '../history/history.js';
import { outageIn } from '../history/outage.js';
import { failedIn } from './context.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';

export const impersonated: Rule = {
  code: 'impersonated',
  title: 'The server lets somebody without a part in a call change it',
  lookAt: 'whether the server checks that the sender of a message is one of the two sides of its call',
  doc: 'Somebody without a part in the call changed it.',
  ruledOutBy: 'an action of one of the two sides right before the change',
  apply(context) {
    const { history } = context;
    // A target that went away ends all connections: that has a cause of its own.
    if (!history.isForeign || outageIn(history) !== null) return [];
    return failedIn(context, 'isolation').map(({ message, evidence }): Candidate => {
      const events = evidence.flatMap((n) => eventAt(history, n) ?? []);
      const call = events.flatMap((event) => ('call' in event && event.call !== null ? [event.call] : []))[0] ?? null;
      return {
        hop: history.serverOf(''),
        call,
        confidence: SURE,
        summary: `${message}.`,
        evidence: evidenceOf(...evidence),
        ruledOutBy: this.ruledOutBy,
        originN: evidence[0] ?? 0,
      };
    });
  },
};
