/** The target itself went away: all connections ended without the probe's doing, and no new one could be had. */
import { lastWords, type Outage, outageIn, outageWords, suspectOf } from '../history/outage.js';
import { seconds } from '../history/wording.js';
import { evidenceOf, LIKELY, type Rule, SURE } from './rule.js';

/** Connections that prove it, and attempts. */
const SHOWN_MAX = 3;

export const targetGone: Rule = {
  code: 'target-gone',
  title: 'The target is gone',
  lookAt: 'the log of the target, and what it was handling when it ended',
  doc: 'The target ended all connections, or did not take any, and failed its health check: its process ended, or its host is out of reach.',
  ruledOutBy: 'the log of the target, or of what starts it, with the same process answering at that time',
  apply({ history }) {
    const outage = outageIn(history);
    if (outage === null) return [];
    const { closed, refused, health, last, sinceN } = outage;
    return [
      {
        hop: history.serverOf(closed[0]?.node ?? ''),
        call: null,
        confidence: closed.length + refused.length > 0 ? SURE : LIKELY,
        summary: summaryOf(outage),
        evidence: evidenceOf(suspectOf(last)?.n, ...closed.slice(0, SHOWN_MAX), ...refused.slice(0, SHOWN_MAX), health),
        ruledOutBy: this.ruledOutBy,
        originN: sinceN,
      },
    ];
  },
};

function summaryOf(outage: Outage): string {
  const { sinceAt, error, last, isOrderly } = outage;
  const how = isOrderly
    ? ' It announced that it goes away: somebody shut it down.'
    : suspectOf(last) === null
      ? ' No message was exchanged at that time: it may have been ended from outside.'
      : ' That message may have brought it down.';
  return `The target ${outageWords(outage)} since ${seconds(sinceAt)} (${error}); ${lastWords(last)}.${how}`;
}
