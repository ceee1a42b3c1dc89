/** The diagnosis of a trace: what went wrong first, and what follows from it. Pure. */

import type { TraceEvent } from '../trace/event.js';
import { lineOf } from '../trace/line.js';
import { RULES } from './causes/index.js';
import type { CheckOptions } from './checkers/checker.js';
import { notedChecks } from './checkers/noted-checks.js';
import type { Diagnosis } from './evidence/diagnosis.js';
import { type Ranked, ranked } from './evidence/rank.js';
import type { Rule } from './evidence/rule.js';
import { type Timeline, timelineOf } from './evidence/timeline.js';

export { RULES } from './causes/index.js';

export interface DiagnoseOptions {
  /** The limits of the scenario; where they are left out, those that the trace itself names, or the defaults, count. */
  readonly checks?: CheckOptions;
  /** The same trace with the server's side joined to it, where its log was at hand; verdicts come from the trace itself. */
  readonly witnessed?: readonly TraceEvent[];
}

/**
 * The causes that explain what is wrong in a trace, the surest and earliest first; none for a trace in which nothing is
 * wrong. Works from the trace alone, also from one that was cut. Never throws for a list of events of the schema.
 */
export function diagnose(
  trace: readonly TraceEvent[],
  { checks = notedChecks(trace), witnessed = trace }: DiagnoseOptions = {},
): readonly Diagnosis[] {
  if (trace.length === 0) return [];
  const timeline = timelineOf(witnessed, checks, trace);
  const candidates = RULES.flatMap((rule) => applied(rule, timeline));
  return ranked(candidates).map(({ originN: _, evidence, ...diagnosis }) => {
    const events = evidence.flatMap((n) => timeline.index.get(n) ?? []);
    return { ...diagnosis, evidence: events.map(({ n }) => n), lines: events.map(lineOf) };
  });
}

/** What a rule says. One that fails must not cost what the others say: it is told of, last of all. */
function applied(rule: Rule, timeline: Timeline): Ranked[] {
  try {
    return rule.apply(timeline).map((candidate) => ({ code: rule.code, ...candidate }));
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const summary = `The rule for ${rule.code} failed on this trace, which says nothing about the target: ${text}`;
    return [
      { code: rule.code, hop: 'probe', call: null, confidence: 0, summary, evidence: [], ruledOutBy: null, originN: Infinity },
    ];
  }
}

/** The registry as a Markdown table for docs/diagnosis.md. */
export function causesTable(): string {
  const rows = RULES.map(({ code, doc, ruledOutBy }) => `| \`${code}\` | ${doc} | ${ruledOutBy} |`.replaceAll('\n', ' '));
  return ['| code | the evidence | ruled out by |', '|---|---|---|', ...rows].join('\n');
}
