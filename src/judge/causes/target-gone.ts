/** The target itself went away: all connections ended without the probe's doing, and no new one could be had. */

import { evidenceOf, LIKELY, type Rule, SURE } from '../evidence/rule.js';
import { lastWords, type Outage, outageIn, outageWords, suspectOf } from '../history/outage.js';
import { SERVER } from '../history/replay.js';

/** Connections that prove it, and attempts. */
const SHOWN_MAX = 3;

export const targetGone: Rule = {
  code: 'target-gone',
  doc: 'The target ended all connections, or did not take any, and refused new ones to whoever knocked: its process ended, or its host is out of reach.',
  ruledOutBy: 'the log of the target, or of what starts it, with the same process answering at that time',
  apply({ trace }) {
    const outage = outageIn(trace);
    if (outage === null) return [];
    const { closed, refused, health, last, sinceN } = outage;
    return [
      {
        hop: SERVER,
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
    ? ' It said that it goes away: somebody shut it down.'
    : suspectOf(last) === null
      ? ' Nothing was being said at that time: it may have been ended from outside.'
      : ' That message may have brought it down.';
  return `The target ${outageWords(outage)} since ${(sinceAt / 1_000).toFixed(3)} s (${error}); ${lastWords(last)}.${how}`;
}
