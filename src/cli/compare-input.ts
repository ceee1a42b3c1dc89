/** Inputs of `compare`: traces, a JSON report with its traces, or a folder of traces. */
import { existsSync } from 'node:fs';
import type { TimingSummary } from '../judge/history/timings.js';
import type { ComparedRun, ComparedSide } from '../reporters/compare/comparison.js';
import { redactReport } from '../reporters/redaction/report.js';
import { flawOf, readTraceFile } from '../reporters/trace-file.js';
import { type Rejudged, rejudge, reportOf } from '../scenarios/run/rejudge.js';
import type { ScenarioResult } from '../scenarios/run/result.js';
import type { TraceEvent } from '../trace/event.js';
import { redactTrace } from '../trace/redact-trace.js';
import type { Privacy } from '../trace/redaction/privacy.js';
import { UsageError } from './exit.js';
import { traceFilesAt } from './trace-input.js';
import { VERSION } from './version.js';

export interface GivenSide {
  readonly side: ComparedSide;
  /** Problems of unreadable parts, one sentence each; the rest was read. */
  readonly warnings: readonly string[];
}

/** Reads one side, redacted unless `privacy` is off. Rejects with a UsageError if it has nothing to compare. */
export async function readSide(path: string, privacy: Privacy): Promise<GivenSide> {
  if (path.endsWith('.json') && existsSync(path)) return fromReport(path, privacy);
  return fromTraces(path, traceFilesAt([path]), privacy);
}

function labelOf(path: string, privacy: Privacy): string {
  return privacy.redaction === 'off' ? path : privacy.names.path(path);
}

/** A redacted trace, and its problems. */
function read(path: string, privacy: Privacy): { readonly events: readonly TraceEvent[]; readonly problem: string | null } {
  const trace = readTraceFile(path);
  const { events } = trace;
  return { events: privacy.redaction === 'off' ? events : redactTrace(events, privacy.names), problem: flawOf(trace) };
}

function fromTraces(path: string, files: readonly string[], privacy: Privacy): GivenSide {
  const warnings: string[] = [];
  const runs: ComparedRun[] = [];
  const all: Rejudged[] = [];
  const targets = new Set<string>();
  const defects = new Set<string>();
  for (const file of files) {
    const { events, problem } = read(file, privacy);
    if (problem !== null) warnings.push(`${file}: ${problem}`);
    const judged = rejudge(events, file, problem);
    if (judged === null) continue;
    targets.add(judged.target);
    for (const defect of judged.defects) defects.add(defect);
    runs.push(runOf(judged, file, privacy));
    all.push(judged);
  }
  if (runs.length === 0) throw new UsageError(`nothing to compare: ${warnings[0] ?? `${path} is empty`}`);
  const label = labelOf(path, privacy);
  const { findings } = reportOf(all, VERSION);
  const about = { label, target: [...targets].join(', '), defects: [...defects] };
  return { side: { ...about, runs, findings, summaries: new Map() }, warnings };
}

/** The verdict from the trace alone, by the default limits. */
function runOf({ record, scenario, file }: Rejudged, path: string, privacy: Privacy): ComparedRun {
  const { status, why, checks, diagnoses, timings } = record.judgement;
  const failing = checks.find(({ valid }) => valid === false)?.message.split('\n')[0] ?? null;
  return {
    name: scenario,
    file,
    repetition: record.repetition,
    status,
    why: failing ?? why,
    diagnoses,
    timings,
    path: labelOf(path, privacy),
    trace: () => {
      const { events } = read(path, privacy);
      return events.length === 0 ? null : events;
    },
  };
}

async function fromReport(path: string, privacy: Privacy): Promise<GivenSide> {
  const { readSavedReport } = await import('./saved-report.js');
  const saved = readSavedReport(path);
  const shown = privacy.redaction === 'off' ? saved : redactReport(saved, privacy.names);
  const warnings: string[] = [];
  const summaries = new Map<string, Readonly<Record<string, TimingSummary>>>();
  const runs = saved.scenarios.flatMap((scenario, index) => {
    // Traces are opened by their original paths; everything else comes from the redacted report.
    const entry = shown.scenarios[index] ?? scenario;
    const found = scenario.repetitions.map(({ trace }) => (trace === null ? null : tracedRun(trace, privacy, warnings)));
    if (found.length === 0 || found.includes(null)) summaries.set(entry.name, entry.timings);
    if (found.length === 0) return [bareRun(entry, 1, scenario.status)];
    return scenario.repetitions.map(({ repetition, status }, at): ComparedRun => {
      const bare = bareRun(entry, repetition, status);
      const traced = found[at] ?? null;
      if (traced === null) return bare;
      // The run knew the limits of its scenario, which the trace may lack: a failure stays a failure.
      const own =
        status === traced.status ? traced : { ...bare, trace: traced.trace, path: traced.path, timings: traced.timings };
      return { ...own, name: entry.name, repetition };
    });
  });
  if (runs.length === 0) throw new UsageError(`${path}: the report has no scenario`);
  const label = labelOf(path, privacy);
  const { target, defects, findings } = shown;
  return { side: { label, target, defects, runs, findings, summaries }, warnings };
}

function tracedRun(path: string, privacy: Privacy, warnings: string[]): ComparedRun | null {
  const { events, problem } = read(path, privacy);
  if (problem !== null) warnings.push(`${path}: ${problem}`);
  const judged = rejudge(events, path, problem);
  return judged === null ? null : runOf(judged, path, privacy);
}

/** A repetition without a trace. */
function bareRun(scenario: ScenarioResult, repetition: number, status: ComparedRun['status']): ComparedRun {
  const { name, file, why, checks, diagnoses } = scenario;
  const isFine = status === 'passed';
  const failing = checks.find((check) => check.valid === false)?.message.split('\n')[0] ?? why;
  return {
    name,
    file,
    repetition,
    status,
    why: isFine ? null : failing,
    diagnoses: isFine ? [] : diagnoses,
    timings: [],
    path: null,
    trace: () => null,
  };
}
