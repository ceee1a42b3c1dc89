/** From a run's result and its traces to what the page gets: bounded, failures first, and frank about what is left out. */
import type { CheckEntry, RepetitionResult, RunFinding, RunReport, ScenarioResult, Status } from '../../scenarios/run/result.js';
import { beginOf, type TraceEvent } from '../../trace/event.js';
import { hintOf } from '../failed-checks.js';
import {
  alternativeText,
  findingNumbers,
  findingsSummary,
  limitText,
  lookAtText,
  shownText,
  whereText,
} from '../finding-text.js';
import { counted } from '../format.js';
import { factsOf } from '../ladder/facts.js';
import type { WindowHint } from '../ladder/window.js';
import { notRunText, outageLines } from '../outage.js';
import type { ReporterContext } from '../reporter.js';
import { packed } from './embed.js';
import type {
  EmbeddedTrace,
  PageCheck,
  PageDiagnosis,
  PageFinding,
  PageRepetition,
  PageReport,
  PageScenario,
} from './page-data.js';
import { partOf } from './part.js';
import { samplePassed } from './sample.js';
import { mediaOf, timersOf } from './series.js';

export interface ReportLimits {
  /** Passed repetitions that are listed, with or without their ladder. */
  readonly passedMax: number;
  /** Events of one trace. */
  readonly eventsMax: number;
  /** Characters of one frame. */
  readonly frameCharsMax: number;
  /** Characters of all packed traces together. */
  readonly tracesCharsMax: number;
  readonly checksMax: number;
}

export const REPORT_LIMITS: ReportLimits = {
  passedMax: 1_000,
  eventsMax: 1_500,
  frameCharsMax: 16_384,
  tracesCharsMax: 32 * 2 ** 20,
  checksMax: 20_000,
};

export interface ReportModel {
  readonly page: PageReport;
  /** Packed traces; `embedded` of a repetition is an index into it. */
  readonly traces: readonly string[];
}

/** Worst first: where there is no room for all ladders, failures have theirs. */
const ORDER: readonly Status[] = ['failed', 'unknown', 'passed', 'skipped'];

interface Wanted {
  readonly scenario: number;
  readonly result: RepetitionResult;
}

/** What the report needs of the world, and what is said of it. */
export type HtmlContext = Pick<ReporterContext, 'traceOf' | 'notes'> & Partial<Pick<ReporterContext, 'redaction'>>;

/** Reads each trace once, one after the other, and keeps only what is packed of it. */
export function modelOf(report: RunReport, context: HtmlContext, limits: ReportLimits = REPORT_LIMITS): ReportModel {
  const sample = samplePassed(report, limits.passedMax);
  const isListed = (scenario: number, { status, repetition }: RepetitionResult): boolean =>
    status !== 'passed' || sample[scenario]?.has(repetition) === true;
  const wanted = report.scenarios
    .flatMap(({ repetitions }, scenario) => repetitions.map((result): Wanted => ({ scenario, result })))
    .filter(({ scenario, result }) => isListed(scenario, result))
    .sort((a, b) => ORDER.indexOf(a.result.status) - ORDER.indexOf(b.result.status));
  const packer = new Packer(report, context.traceOf, limits);
  for (const one of wanted) packer.add(one);
  const budget = { checks: limits.checksMax };
  const scenarios = report.scenarios.map((scenario, index) =>
    pageScenario(scenario, index, packer, (result) => isListed(index, result), budget, findingNumbers(report.findings, scenario)),
  );
  const { version, seed, target, defects, startedAt, durationMs, exitCode, interrupted, summary } = report;
  const notRun = notRunText(report);
  const away = [...outageLines(report), ...(notRun === null ? [] : [notRun])];
  const notes = [...away, ...(context.notes ?? []), ...notesOf(scenarios, packer, budget, limits)];
  const redaction = context.redaction ?? null;
  return {
    page: {
      ...{ version, seed, target, defects, startedAt, durationMs, exitCode, interrupted, redaction, summary, notes },
      findings: report.findings.slice(0, FINDINGS_MAX).map((finding) => pageFinding(finding, report)),
      findingsSummary: findingsSummary(report),
      limits: report.limits.map(limitText),
      scenarios,
    },
    traces: packer.traces,
  };
}

/** Findings on the page; the JSON report has them all. */
const FINDINGS_MAX = 50;

function pageFinding(finding: RunFinding, report: RunReport): PageFinding {
  const { title, proof, replay, alternatives } = finding;
  const index = report.scenarios.findIndex(({ name, status }) => status === 'failed' && name === finding.scenario);
  return {
    ...{ title, proof, replay },
    where: whereText(finding),
    lookAt: lookAtText(finding),
    alternatives: alternatives.map(alternativeText),
    shown: shownText(finding, report),
    scenario: index === -1 ? null : index,
  };
}

interface Packed {
  readonly embedded: number | null;
  readonly without: string | null;
}

class Packer {
  readonly traces: string[] = [];
  readonly byKey = new Map<string, Packed>();
  cutTraces = 0;
  noRoom = 0;
  #chars = 0;

  constructor(
    readonly report: RunReport,
    readonly traceOf: ReporterContext['traceOf'],
    readonly limits: ReportLimits,
  ) {}

  add({ scenario, result }: Wanted): void {
    this.byKey.set(keyOf(scenario, result.repetition), this.#packed(scenario, result));
  }

  #packed(scenario: number, result: RepetitionResult): Packed {
    const { trace: path } = result;
    const nothing = (without: string): Packed => ({ embedded: null, without });
    if (path === null) return nothing('no trace of it was written');
    if (this.#chars >= this.limits.tracesCharsMax) {
      this.noRoom++;
      return nothing('the report has no room for its trace');
    }
    const trace = this.traceOf(path);
    if (trace === null) return nothing('its trace could not be read');
    const own = this.report.scenarios[scenario];
    const embedded = embeddedTrace(trace, evidenceOf(own, result), own === undefined ? {} : hintOf(own, result), this.limits);
    const text = packed(embedded);
    if (this.#chars + text.length > this.limits.tracesCharsMax) {
      this.noRoom++;
      this.#chars = this.limits.tracesCharsMax;
      return nothing('the report has no room for its trace');
    }
    if (embedded.events.length < embedded.total) this.cutTraces++;
    this.#chars += text.length;
    this.traces.push(text);
    return { embedded: this.traces.length - 1, without: null };
  }
}

/** A part of a trace with what was found in the whole; frames that are too long are cut. */
export function embeddedTrace(
  trace: readonly TraceEvent[],
  evidence: readonly number[],
  hint: WindowHint = {},
  limits: Pick<ReportLimits, 'eventsMax' | 'frameCharsMax'> = REPORT_LIMITS,
): EmbeddedTrace {
  const facts = factsOf(trace, hint);
  const events = partOf(trace, facts, limits.eventsMax, evidence);
  return {
    facts,
    events: events.map((event) => withoutLongFrame(event, limits.frameCharsMax)),
    total: trace.length,
    timers: timersOf(trace),
    media: mediaOf(trace),
    replay: beginOf(trace)?.replay ?? null,
  };
}

function withoutLongFrame(event: TraceEvent, charsMax: number): TraceEvent {
  const bulky = event.type === 'wire' ? event.frame : event.type === 'log' ? event.data : undefined;
  if (bulky === undefined) return event;
  const text = JSON.stringify(bulky);
  if (text.length <= charsMax) return event;
  const note = { cut: `${text.length} characters`, beginning: text.slice(0, charsMax) };
  return event.type === 'wire' ? { ...event, frame: note } : event.type === 'log' ? { ...event, data: note } : event;
}

function evidenceOf(scenario: ScenarioResult | undefined, { repetition, diagnoses }: RepetitionResult): number[] {
  const found = (scenario?.checks ?? []).filter((check) => check.valid !== true && check.repetition === repetition);
  return [
    ...diagnoses.flatMap((index) => scenario?.diagnoses[index]?.evidence ?? []),
    ...found.flatMap(({ evidence }) => evidence),
  ];
}

function pageScenario(
  scenario: ScenarioResult,
  index: number,
  packer: Packer,
  isListed: (result: RepetitionResult) => boolean,
  budget: { checks: number },
  findings: readonly number[],
): PageScenario {
  const { name, file, tags, status, why, durationMs, replay, agents, timings, repetitions } = scenario;
  const listed = repetitions.filter(isListed);
  const inOrder = [...listed].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status) || a.repetition - b.repetition);
  const shown = repetitions.find((one) => one.trace !== null && one.trace === scenario.trace) ?? inOrder[0] ?? null;
  const failures = scenario.checks.filter((check) => check.valid !== true);
  const checks = failures.slice(0, Math.max(0, budget.checks)).map(pageCheck);
  budget.checks -= failures.length;
  return {
    name,
    file,
    tags,
    status,
    why,
    durationMs,
    replay,
    agents,
    shown: shown?.repetition ?? null,
    timings,
    findings,
    checks,
    held: [...new Set(scenario.checks.filter(({ valid }) => valid === true).map((check) => check.name))],
    diagnoses: scenario.diagnoses.map((diagnosis, at): PageDiagnosis => {
      return { ...diagnosis, repetition: repetitions.find(({ diagnoses }) => diagnoses.includes(at))?.repetition ?? null };
    }),
    repetitions: inOrder.map((result) => pageRepetition(result, packer.byKey.get(keyOf(index, result.repetition)))),
    passedLeftOut: repetitions.length - listed.length,
  };
}

function pageCheck({ name, valid, message, expected, actual, evidence, repetition }: CheckEntry): PageCheck {
  return { check: name, valid: valid === false ? false : null, message, expected, actual, evidence, repetition };
}

function pageRepetition(
  { repetition, status, durationMs, attempts, trace }: RepetitionResult,
  own: Packed | undefined,
): PageRepetition {
  return { repetition, status, durationMs, attempts, trace, embedded: own?.embedded ?? null, without: own?.without ?? null };
}

function notesOf(scenarios: readonly PageScenario[], packer: Packer, budget: { checks: number }, limits: ReportLimits): string[] {
  const left = scenarios.reduce((sum, { passedLeftOut }) => sum + passedLeftOut, 0);
  const all = scenarios.flatMap(({ repetitions }) => repetitions);
  const passed = all.filter(({ status }) => status === 'passed').length;
  const others = all.length - passed;
  const notes: string[] = [];
  if (left > 0) notes.push(`Showing ${passed} of ${passed + left} passed repetitions, and all ${others} that did not pass.`);
  if (packer.noRoom > 0)
    notes.push(
      `${counted(packer.noRoom, 'repetition')} of those shown came without a ladder: the report holds at most ${Math.round(limits.tracesCharsMax / 2 ** 20)} MB of traces, failures first.`,
    );
  if (packer.cutTraces > 0)
    notes.push(
      `Of ${counted(packer.cutTraces, 'long trace')} the report holds the ${limits.eventsMax} events around what matters; the trace files hold all.`,
    );
  if (budget.checks < 0) notes.push(`${counted(-budget.checks, 'further check')} are only in the JSON report.`);
  return notes;
}

const keyOf = (scenario: number, repetition: number): string => `${scenario} ${repetition}`;
