/** The reporter `perfetto`: the traces of a run as Chrome trace-event JSON, which ui.perfetto.dev and chrome://tracing open. */
import type { RunReport } from '../../scenarios/run/result.js';
import { type ChosenTraces, chooseTraces } from '../chosen-traces.js';
import type { ReporterContext, ReporterEntry } from '../reporter.js';
import { createNumbers, drawTrace } from './drawing.js';
import type { TraceEventJson } from './trace-event.js';

/** Viewers become slow beyond that. */
const TRACES_MAX = 50;
const EVENTS_MAX = 200_000;

/** The document as text: one event a line, so that it can be searched and compared. */
export function renderPerfetto(report: RunReport, { chosen, leftOut }: ChosenTraces, redaction: 'on' | 'off'): string {
  const originWall = chosen.reduce(
    (first, { trace }) => Math.min(first, trace[0] === undefined ? first : trace[0].wall - trace[0].at),
    Number.POSITIVE_INFINITY,
  );
  const numbers = createNumbers();
  const events = chosen.flatMap((one) => drawTrace(one, originWall, numbers));
  const otherData = {
    'call-probe': report.version,
    seed: report.seed,
    target: report.target,
    defects: report.defects.join(' '),
    redaction,
    'repetitions shown': chosen.length,
    'repetitions left out': leftOut,
  };
  const lines = inOrder(events).map((event) => JSON.stringify(event));
  return `{"displayTimeUnit":"ms","otherData":${JSON.stringify(otherData)},"traceEvents":[\n${lines.join(',\n')}\n]}\n`;
}

/** Metadata first, then by time; at one instant things end before others begin, and what was drawn first comes first. */
function inOrder(events: readonly TraceEventJson[]): TraceEventJson[] {
  const ts = (event: TraceEventJson): number => (event.ph === 'M' ? -1 : event.ts);
  return events
    .map((event, index) => ({ event, index }))
    .sort((a, b) => ts(a.event) - ts(b.event) || a.index - b.index)
    .map(({ event }) => event);
}

export const perfettoReporter: ReporterEntry = {
  name: 'perfetto',
  doc: 'States, messages and faults on a time line, for ui.perfetto.dev (Chrome trace-event JSON).',
  create: (out, { traceOf, redaction }: ReporterContext) => ({
    runEnd: (report) => out.write(renderPerfetto(report, chooseTraces(report, traceOf, TRACES_MAX, EVENTS_MAX), redaction)),
  }),
};
