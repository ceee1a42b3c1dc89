/** The diagnosis of a trace: what went wrong first, and what follows from it. Pure. */
import type { CheckOptions } from '../checkers/checker.js';
import { notedChecks } from '../checkers/noted-checks.js';
import type { TraceEvent } from '../trace/event.js';
import { lineOf } from '../trace/line.js';
import { RULES } from './causes/index.js';
import type { Diagnosis } from './diagnosis.js';
import { ranked } from './rank.js';
import { timelineOf } from './timeline.js';

export { RULES } from './causes/index.js';

export interface DiagnoseOptions {
  /** The limits of the scenario; where they are left out, those that the trace itself names, or the defaults, count. */
  readonly checks?: CheckOptions;
}

/**
 * The causes that explain what is wrong in a trace, the surest and earliest first; none for a trace in which nothing is
 * wrong. Works from the trace alone, also from one that was cut. Never throws for a list of events of the schema.
 */
export function diagnose(
  trace: readonly TraceEvent[],
  { checks = notedChecks(trace) }: DiagnoseOptions = {},
): readonly Diagnosis[] {
  if (trace.length === 0) return [];
  const timeline = timelineOf(trace, checks);
  const candidates = RULES.flatMap((rule) => rule.apply(timeline).map((candidate) => ({ code: rule.code, ...candidate })));
  return ranked(candidates).map(({ originN: _, evidence, ...diagnosis }) => {
    const events = evidence.flatMap((n) => timeline.index.get(n) ?? []);
    return { ...diagnosis, evidence: events.map(({ n }) => n), lines: events.map(lineOf) };
  });
}
