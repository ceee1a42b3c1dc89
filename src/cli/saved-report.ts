/** A saved JSON report with its traces. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { findingsOf } from '../scenarios/run/findings.js';
import { reportSchema } from '../scenarios/run/report-schema.js';
import { REPORT_SCHEMA, type RunReport } from '../scenarios/run/result.js';
import { UsageError } from './exit.js';

const BYTES_MAX = 256 * 2 ** 20;

/** Reads a report of --reporter json=FILE. Throws a UsageError with the problem and the place. */
export function readSavedReport(path: string): RunReport {
  const value = jsonIn(path);
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : null;
  if (schema !== REPORT_SCHEMA) {
    const found = typeof schema === 'string' ? JSON.stringify(schema.slice(0, 80)) : 'none';
    throw new UsageError(`${path}: not a supported report: its schema is ${found}, expected ${REPORT_SCHEMA}`);
  }
  const read = reportSchema.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? 'its beginning' : issue.path.join('.');
    throw new UsageError(`${path}: the report is damaged at ${where}: ${issue?.message ?? 'unreadable'}`);
  }
  const { findings, ...rest } = read.data;
  // Reports of earlier versions hold none.
  const isListed = typeof value === 'object' && value !== null && 'findings' in value;
  return withTraces({ ...rest, findings: isListed ? findings : findingsOf(rest.scenarios) }, path);
}

function jsonIn(path: string): unknown {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new UsageError(`${path}: there is no such file; name a report of --reporter json=FILE, or traces`);
  if (stat.size > BYTES_MAX) throw new UsageError(`${path}: it has ${stat.size} bytes, the limit is ${BYTES_MAX}`);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new UsageError(`${path}: not JSON; name a report of --reporter json=FILE, or traces (*.trace.jsonl)`);
  }
}

/** The report with paths of traces that can be opened from here; a missing trace keeps its name. */
function withTraces(report: RunReport, path: string): RunReport {
  const found = (trace: string | null): string | null => (trace === null ? null : (traceBeside(path, trace) ?? trace));
  return {
    ...report,
    scenarios: report.scenarios.map((scenario) => ({
      ...scenario,
      trace: found(scenario.trace),
      repetitions: scenario.repetitions.map((repetition) => ({ ...repetition, trace: found(repetition.trace) })),
    })),
  };
}

/** Relative to the report, then to the working folder, then beside the report under the same name. */
function traceBeside(report: string, named: string): string | null {
  if (!named.endsWith('.jsonl')) return null;
  const folder = dirname(report);
  const places = [resolve(folder, named), resolve(named), join(folder, 'traces', basename(named)), join(folder, basename(named))];
  return places.find((place) => existsSync(place)) ?? null;
}
