/** The NDJSON reporter: the events of a run, one JSON object a line, as it happens. */
import type { Out, Reporter, ReporterEntry } from './reporter.js';

/** Of the lines; a change of meaning raises it. */
export const EVENTS_SCHEMA = 'call-probe/events@1';

/** One value as one line, in any reader's idea of lines. */
export function ndjsonLine(value: Readonly<Record<string, unknown>>): string {
  // JSON lets these stand as they are, and programs break lines at them.
  const escaped = JSON.stringify(value).replace(
    /[\u0085\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${escaped}\n`;
}

/** `run-begin`, then `repetition-end`, `scenario-end` and `target` as they come, then `run-end`. Traces are files of their own. */
function createNdjson(out: Out): Reporter {
  const write = (value: Readonly<Record<string, unknown>>): void => out.write(ndjsonLine(value));
  return {
    runBegin: (plan) => write({ type: 'run-begin', schema: EVENTS_SCHEMA, ...plan }),
    repetitionEnd: (done) => write({ type: 'repetition-end', ...done }),
    scenarioEnd: (result) => write({ type: 'scenario-end', result }),
    target: (change) => write({ type: 'target', ...change }),
    runEnd: ({ scenarios: _written, ...report }) => write({ type: 'run-end', report }),
  };
}

export const ndjsonReporter: ReporterEntry = {
  name: 'ndjson',
  doc: 'One JSON object a line while the run goes on; a file grows with it.',
  create: createNdjson,
  streams: true,
};
