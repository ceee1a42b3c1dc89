/** The diagnosis of a trace: what went wrong first, and what follows from it. Pure. */

import { lineOf } from '../trace/line.js';
import { type Context, type ContextOptions, contextOf } from './causes/context.js';
import type { Diagnosis } from './causes/diagnosis.js';
import { RULES } from './causes/index.js';
import { type Ranked, ranked } from './causes/rank.js';
import type { Rule } from './causes/rule.js';
import { notedChecks } from './checkers/noted-checks.js';
import { eventAt, type History } from './history/history.js';
import { isOfRedial } from './history/redial.js';

export { RULES } from './causes/index.js';

/** `checks` are the limits of the scenario; where they are left out, those that the trace itself names, or the defaults, count. */
export type DiagnoseOptions = Partial<ContextOptions>;

/**
 * The causes that explain what is wrong in a trace, the surest and earliest first; none for a trace in which nothing is
 * wrong. Works from the trace alone, also from one that was cut. Never throws for a list of events of the schema.
 */
export function diagnose(history: History, options: DiagnoseOptions = {}): readonly Diagnosis[] {
  if (history.last === null) return [];
  const context = contextOf(history, { ...options, checks: options.checks ?? notedChecks(history) });
  const candidates = RULES.flatMap((rule) => applied(rule, context));
  return ranked(candidates).map(({ originN: _, evidence, ...diagnosis }) => {
    const events = evidence.flatMap((n) => eventAt(context.history, n) ?? []);
    const numbers = events.map(({ n }) => n);
    const redial = isOfRedial(context.history, diagnosis.call, numbers) ? { redial: true as const } : {};
    return { ...diagnosis, evidence: numbers, lines: events.map(lineOf), ...redial };
  });
}

/** The candidates of a rule. One that fails must not cost those of the others: its failure is reported, last of all. */
function applied(rule: Rule, context: Context): Ranked[] {
  try {
    const { code, title, lookAt } = rule;
    return rule.apply(context).map((candidate) => ({ code, title, lookAt, proof: [], ...candidate }));
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const summary = `The rule for ${rule.code} failed on this trace, which says nothing about the target: ${text}`;
    return [
      {
        ...{ code: rule.code, title: rule.title, proof: [], lookAt: null, hop: 'probe', call: null },
        ...{ confidence: 0, summary, evidence: [], ruledOutBy: null, originN: Infinity },
      },
    ];
  }
}
