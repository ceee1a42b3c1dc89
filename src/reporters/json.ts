/** The JSON report: the run's result as it is, for machines. */
import type { RunReport } from '../scenarios/run/result.js';
import type { ReporterEntry } from './reporter.js';

/** The report as text, indented by two spaces, with a line feed at its end. */
export function renderJson(report: RunReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

export const jsonReporter: ReporterEntry = {
  name: 'json',
  doc: 'The whole result as one JSON document (schema call-probe/report@1).',
  create: (out) => ({ runEnd: (report) => out.write(renderJson(report)) }),
};
