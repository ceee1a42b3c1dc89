/** What `compare` is given: traces, a JSON report with the traces that it names, or a folder of traces. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { CAUSES } from '../diagnosis/diagnosis.js';
import type { ComparedRun, ComparedSide } from '../reporters/compare/comparison.js';
import { judgeRepetition } from '../scenarios/judge.js';
import { REPORT_SCHEMA } from '../scenarios/result.js';
import { beginOf, type TraceEvent } from '../trace/event.js';
import { decodeTrace } from '../trace/jsonl.js';
import type { Names } from '../trace/redaction/names.js';
import type { Privacy } from '../trace/redaction/privacy.js';
import { redactTrace } from '../trace/redaction/trace.js';
import type { TimingSummary } from '../trace/timings.js';
import { UsageError } from './exit.js';

/** Traces of one side, and the size of one file: beyond that a comparison is not what is needed. */
const TRACES_MAX = 5_000;
const BYTES_MAX = 256 * 1024 * 1024;
const TRACE_ENDS = '.jsonl';

export interface GivenSide {
  readonly side: ComparedSide;
  /** What could not be read, a sentence each; the rest was. */
  readonly warnings: readonly string[];
}

/** Reads one side, redacted unless `privacy` is off. Throws a UsageError where there is nothing to compare in it. */
export function readSide(path: string, privacy: Privacy): GivenSide {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new UsageError(`${path}: there is no such file or folder; give a trace, a JSON report or a folder of traces`);
  if (stat.isDirectory()) return fromTraces(path, tracesIn(path), privacy);
  if (path.endsWith('.json')) return fromReport(path, privacy);
  return fromTraces(path, [path], privacy);
}

function labelOf(path: string, privacy: Privacy): string {
  return privacy.redaction === 'off' ? path : privacy.names.path(path);
}

function tracesIn(folder: string): string[] {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(`.trace${TRACE_ENDS}`))
    .sort()
    .map((name) => join(folder, name));
  if (found.length === 0) throw new UsageError(`${folder}: no *.trace.jsonl in it; name the folder that --out named`);
  if (found.length > TRACES_MAX)
    throw new UsageError(`${folder}: ${found.length} traces, at most ${TRACES_MAX}; name a part of them`);
  return found;
}

interface Read {
  readonly events: readonly TraceEvent[];
  /** The first thing that is wrong with it, or null. */
  readonly problem: string | null;
}

function readTrace(path: string, privacy: Privacy): Read {
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > BYTES_MAX) return { events: [], problem: `it has ${size} bytes, at most ${BYTES_MAX} are read` };
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return { events: [], problem: error instanceof Error ? error.message : String(error) };
  }
  const { events, problems } = decodeTrace(text);
  const [first] = problems;
  const problem = first === undefined ? null : `${first.line === 0 ? '' : `line ${first.line}: `}${first.message}`;
  if (beginOf(events) === null) return { events: [], problem: problem ?? 'it holds no run' };
  return { events: privacy.redaction === 'off' ? events : redactTrace(events, privacy.names), problem };
}

function fromTraces(label: string, paths: readonly string[], privacy: Privacy): GivenSide {
  const warnings: string[] = [];
  const runs: ComparedRun[] = [];
  const targets = new Set<string>();
  const defects = new Set<string>();
  for (const path of paths) {
    const { events, problem } = readTrace(path, privacy);
    if (problem !== null) warnings.push(`${path}: ${problem}`);
    const begin = beginOf(events);
    if (begin === null) continue;
    targets.add(begin.target);
    for (const defect of begin.defects) defects.add(defect);
    runs.push(runOf(events, path, problem, privacy));
  }
  if (runs.length === 0) throw new UsageError(`${label}: nothing to compare in it. ${warnings[0] ?? 'It is empty.'}`);
  return {
    side: { label: labelOf(label, privacy), target: [...targets].join(', '), defects: [...defects], runs, summaries: new Map() },
    warnings,
  };
}

/** The verdict from the trace alone, by the limits that hold where a scenario names none. */
function runOf(trace: readonly TraceEvent[], path: string, problem: string | null, privacy: Privacy): ComparedRun {
  const begin = beginOf(trace);
  const last = trace.at(-1);
  const end = last?.type === 'run' && last.phase === 'end' ? last : null;
  const repetition = begin?.repetition ?? 1;
  const outcome = {
    trace,
    end: end?.status ?? ('complete' as const),
    message: end?.message ?? null,
    durationMs: last?.at ?? 0,
    agents: {},
  };
  const judged = judgeRepetition(outcome, repetition, {});
  const isCut = end === null && judged.status === 'passed';
  const failing = judged.checks.find(({ valid }) => valid === false);
  return {
    name: begin?.scenario ?? '',
    file: begin?.file ?? null,
    repetition,
    status: isCut ? 'unknown' : judged.status,
    why: failing?.message.split('\n')[0] ?? judged.why ?? (isCut ? (problem ?? 'the trace has no end') : null),
    diagnoses: judged.diagnoses,
    timings: judged.timings,
    path,
    trace: () => {
      const { events } = readTrace(path, privacy);
      return events.length === 0 ? null : events;
    },
  };
}

const summary = z.object({
  count: z.number(),
  never: z.number(),
  min: z.number().nullable(),
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
  max: z.number().nullable(),
}) satisfies z.ZodType<TimingSummary>;
const status = z.enum(['passed', 'failed', 'unknown', 'skipped']);
const diagnosis = z.object({
  code: z.enum(CAUSES),
  hop: z.string(),
  call: z.string().nullable(),
  confidence: z.number(),
  summary: z.string(),
  evidence: z.array(z.number()),
  lines: z.array(z.string()),
  ruledOutBy: z.string().nullable(),
});
/** What a comparison needs of a report; further fields are welcome. */
const report = z.object({
  target: z.string(),
  defects: z.array(z.string()),
  scenarios: z.array(
    z.object({
      name: z.string(),
      file: z.string().nullable(),
      status,
      why: z.string().nullable(),
      trace: z.string().nullable(),
      checks: z.array(z.object({ valid: z.union([z.boolean(), z.literal('unknown')]), message: z.string() })),
      timings: z.record(z.string(), summary),
      diagnoses: z.array(diagnosis),
      repetitions: z.array(z.object({ repetition: z.number(), status, trace: z.string().nullable() })),
    }),
  ),
});
type Report = z.infer<typeof report>;

function fromReport(path: string, privacy: Privacy): GivenSide {
  const read = decodeReport(path);
  const { target, defects, scenarios } = privacy.redaction === 'off' ? read : published(read, privacy.names);
  const warnings: string[] = [];
  const summaries = new Map<string, Readonly<Record<string, TimingSummary>>>();
  let traces = 0;
  const runs = scenarios.flatMap((scenario): ComparedRun[] => {
    const { name, file, why, diagnoses, timings } = scenario;
    const isTraced = scenario.repetitions.length > 0 && scenario.repetitions.every(({ trace }) => trace !== null);
    const failing = scenario.checks.find(({ valid }) => valid === false)?.message.split('\n')[0] ?? why;
    const bare = (repetition: number, status: ComparedRun['status']): ComparedRun => {
      return {
        name,
        file,
        repetition,
        status,
        why: status === 'passed' ? null : failing,
        diagnoses: status === 'passed' ? [] : diagnoses,
        timings: [],
        path: null,
        trace: () => null,
      };
    };
    if (!isTraced) summaries.set(name, timings);
    if (scenario.repetitions.length === 0) return [bare(1, scenario.status)];
    return scenario.repetitions.map(({ repetition, status, trace }) => {
      const told = bare(repetition, status);
      const found = trace === null || traces >= TRACES_MAX ? null : traceBeside(path, trace);
      if (found === null) {
        if (trace !== null) warnings.push(`${path}: its trace ${trace} is not there; its scenario is compared without steps`);
        summaries.set(name, timings);
        return told;
      }
      traces++;
      const { events, problem } = readTrace(found, privacy);
      if (problem !== null) warnings.push(`${found}: ${problem}`);
      if (events.length === 0) return told;
      const judged = runOf(events, found, problem, privacy);
      // The run knew the limits of its scenario, which the trace does not: what it failed stays failed.
      return status === judged.status ? judged : { ...judged, status, why: told.why ?? judged.why, diagnoses: told.diagnoses };
    });
  });
  if (runs.length === 0) throw new UsageError(`${path}: the report holds no scenario`);
  return { side: { label: labelOf(path, privacy), target, defects, runs, summaries }, warnings };
}

function decodeReport(path: string): Report {
  const { size } = statSync(path);
  if (size > BYTES_MAX) throw new UsageError(`${path}: it has ${size} bytes, at most ${BYTES_MAX} are read`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new UsageError(`${path}: no JSON; give a report of --reporter json=FILE, or traces (*.trace.jsonl)`);
  }
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : null;
  if (schema !== REPORT_SCHEMA) {
    const found = typeof schema === 'string' ? JSON.stringify(schema.slice(0, 80)) : 'none';
    throw new UsageError(`${path}: no report of this version: its schema is ${found}, known is ${REPORT_SCHEMA}`);
  }
  const read = report.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new UsageError(
    `${path}: the report is damaged at ${issue?.path.join('.') ?? 'its beginning'}: ${issue?.message ?? 'it can not be read'}`,
  );
}

/** The same without what identifies people or opens doors; traces are found by their paths, which stay. */
function published({ target, defects, scenarios }: Report, names: Names): Report {
  const text = (value: string | null): string | null => (value === null ? null : names.text(value));
  return {
    target: names.target(target),
    defects: defects.map((defect) => names.text(defect)),
    scenarios: scenarios.map((scenario) => ({
      ...scenario,
      name: names.text(scenario.name),
      file: scenario.file === null ? null : names.path(scenario.file),
      why: text(scenario.why),
      checks: scenario.checks.map(({ valid, message }) => ({ valid, message: names.text(message) })),
      diagnoses: scenario.diagnoses.map((one) => ({
        ...one,
        hop: names.address(one.hop),
        call: one.call === null ? null : names.call(one.call),
        summary: names.text(one.summary),
        lines: one.lines.map((line) => names.text(line)),
        ruledOutBy: text(one.ruledOutBy),
      })),
    })),
  };
}

/** A trace as a report names it: beside the report, else from the working folder of the run, else among the report's own. */
function traceBeside(reportPath: string, named: string): string | null {
  const folder = dirname(reportPath);
  if (!named.endsWith(TRACE_ENDS)) return null;
  const places = [resolve(folder, named), resolve(named), join(folder, 'traces', basename(named)), join(folder, basename(named))];
  return places.find((place) => existsSync(place)) ?? null;
}
