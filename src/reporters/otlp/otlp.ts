/** The reporter `otlp`: the calls of a run as OpenTelemetry traces, one document of OTLP/JSON. */
import type { RunReport } from '../../scenarios/run/result.js';
import { type ChosenTraces, chooseTraces } from '../chosen-traces.js';
import type { ReporterContext, ReporterEntry } from '../reporter.js';
import { spansOf } from './call-spans.js';
import { attributesOf, type ExportTraceServiceRequest } from './span.js';

const TRACES_MAX = 500;
const EVENTS_MAX = 500_000;

/** The semantic conventions that the names of attributes follow. */
const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.37.0';

/** The request that an OTLP endpoint takes, and a line that the Collector's receiver of files reads. */
export function otlpOf(
  report: RunReport,
  { chosen, leftOut }: ChosenTraces,
  ci: Readonly<Record<string, string>>,
  redaction: 'on' | 'off',
): ExportTraceServiceRequest {
  const resource = attributesOf({
    'service.name': 'call-probe',
    'service.version': report.version,
    ...ci,
    'call_probe.seed': report.seed,
    'call_probe.target': report.target,
    'call_probe.defects': report.defects.length === 0 ? null : report.defects,
    'call_probe.redaction': redaction,
    'call_probe.repetitions.left_out': leftOut,
  });
  const scope = { name: 'call-probe', version: report.version };
  const spans = chosen.flatMap((one) => spansOf(one, report.seed));
  return {
    resourceSpans: [
      { resource: { attributes: resource }, scopeSpans: [{ scope, spans, schemaUrl: SCHEMA_URL }], schemaUrl: SCHEMA_URL },
    ],
  };
}

export const otlpReporter: ReporterEntry = {
  name: 'otlp',
  doc: 'One OpenTelemetry trace a call, as OTLP/JSON for a collector (one line).',
  create: (out, { traceOf, ci = {}, redaction }: ReporterContext) => ({
    runEnd: (report) => {
      const request = otlpOf(report, chooseTraces(report, traceOf, TRACES_MAX, EVENTS_MAX), ci, redaction);
      out.write(`${JSON.stringify(request)}\n`);
    },
  }),
};
