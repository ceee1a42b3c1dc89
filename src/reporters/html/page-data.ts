/** What the page of the HTML report gets to know: plain data, made by model.ts in Node and read by the page's script. */
import type { Diagnosis, RunReport, ScenarioResult, Status } from '../../scenarios/run/result.js';
import type { TraceEvent } from '../../trace/event.js';
import type { LadderFacts } from '../ladder/model.js';
import type { MediaSeries, TimerSeries } from './series.js';

/** What the page shows of a report as it stands there. */
type ReportFact = 'version' | 'seed' | 'target' | 'defects' | 'startedAt' | 'durationMs' | 'exitCode' | 'interrupted' | 'summary';
type ScenarioFact = 'name' | 'file' | 'tags' | 'status' | 'why' | 'durationMs' | 'replay' | 'agents' | 'timings';

export interface PageReport extends Pick<RunReport, ReportFact> {
  /** Whether what must not leave the machine was replaced; null when nobody said. */
  readonly redaction: 'on' | 'off' | null;
  /** What the report does not hold, in sentences. */
  readonly notes: readonly string[];
  readonly findings: readonly PageFinding[];
  /** `3 bugs, 1 declared limit`; null without findings. */
  readonly findingsSummary: string | null;
  /** Declared limits that took part in the run, a sentence each. */
  readonly limits: readonly string[];
  readonly scenarios: readonly PageScenario[];
}

/** A finding as the page says it. */
export interface PageFinding {
  readonly title: string;
  /** Cause, hop and how sure it is. */
  readonly where: string;
  readonly proof: readonly string[];
  readonly lookAt: string | null;
  readonly alternatives: readonly string[];
  readonly shown: string;
  readonly replay: string;
  /** Index of the scenario that stands for it; null when the report has none of that name. */
  readonly scenario: number | null;
}

export interface PageScenario extends Pick<ScenarioResult, ScenarioFact> {
  /** The repetition that `agents` are of; null when none ran. */
  readonly shown: number | null;
  /** Numbers of the findings that it shows, counted from 1. */
  readonly findings: readonly number[];
  /** What did not hold, or could not be decided, bounded. */
  readonly checks: readonly PageCheck[];
  /** Names of the checks that held in the repetition shown. */
  readonly held: readonly string[];
  readonly diagnoses: readonly PageDiagnosis[];
  /** Those that did not pass, then those that did, each by number; passed ones may be a sample. */
  readonly repetitions: readonly PageRepetition[];
  /** Passed repetitions that are not in `repetitions`. */
  readonly passedLeftOut: number;
}

export interface PageCheck {
  readonly check: string;
  /** False: it did not hold. Null: it could not be decided. */
  readonly valid: false | null;
  readonly message: string;
  readonly expected: string | null;
  readonly actual: string | null;
  readonly evidence: readonly number[];
  readonly repetition: number;
}

/** A diagnosis with the repetition whose trace its evidence is of; null when none claims it. */
export interface PageDiagnosis extends Diagnosis {
  readonly repetition: number | null;
}

export interface PageRepetition {
  readonly repetition: number;
  readonly status: Status;
  readonly durationMs: number;
  readonly attempts: number;
  /** Where the whole trace was written, or null. */
  readonly trace: string | null;
  /** Number of its embedded trace, or null with the reason in `without`. */
  readonly embedded: number | null;
  readonly without: string | null;
}

/** A trace, or the window of it that matters, with what was found in the whole of it. */
export interface EmbeddedTrace {
  readonly facts: LadderFacts;
  readonly events: readonly TraceEvent[];
  /** Events of the whole trace. */
  readonly total: number;
  readonly timers: readonly TimerSeries[];
  readonly media: readonly MediaSeries[];
  readonly replay: string | null;
}

/** Names of the elements that hold the data, common to Node and page. */
export const REPORT_ELEMENT = 'report-data';
export const TRACE_ELEMENT = 'trace-';
