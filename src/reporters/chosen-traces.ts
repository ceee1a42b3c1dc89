/** Which traces of a run an export holds: those of what did not pass first, and not more than it can bear. */
import type { RepetitionResult, RunReport, ScenarioResult } from '../scenarios/run/result.js';
import type { TraceEvent } from '../trace/event.js';

/** One repetition with its trace. */
export interface ChosenTrace {
  readonly scenario: ScenarioResult;
  readonly repetition: RepetitionResult;
  readonly trace: readonly TraceEvent[];
}

export interface ChosenTraces {
  readonly chosen: readonly ChosenTrace[];
  /** Repetitions with a trace that did not get in, or whose trace can't be read any more. */
  readonly leftOut: number;
}

const RANK: Readonly<Record<RepetitionResult['status'], number>> = { failed: 0, unknown: 1, passed: 2, skipped: 3 };

/** At most `max` repetitions, and no more once `eventsMax` events are there: the failed, the unknown, then the others. */
export function chooseTraces(
  report: RunReport,
  traceOf: (path: string) => readonly TraceEvent[] | null,
  max: number,
  eventsMax: number,
): ChosenTraces {
  const candidates = report.scenarios
    .flatMap((scenario) => scenario.repetitions.map((repetition) => ({ scenario, repetition })))
    .filter(({ repetition }) => repetition.trace !== null)
    .sort((a, b) => RANK[a.repetition.status] - RANK[b.repetition.status]);
  const chosen: ChosenTrace[] = [];
  let events = 0;
  for (const { scenario, repetition } of candidates) {
    if (chosen.length >= max || events >= eventsMax) break;
    const trace = repetition.trace === null ? null : traceOf(repetition.trace);
    if (trace === null) continue;
    events += trace.length;
    chosen.push({ scenario, repetition, trace });
  }
  return { chosen, leftOut: candidates.length - chosen.length };
}
