/** What a run yields: plain data, versioned, the input of every reporter and the body of the JSON report. */

import type { Diagnosis } from '../../judge/causes/diagnosis.js';
import type { Verdict } from '../../judge/checkers/checker.js';
import type { TimingSummary } from '../../judge/history/timings.js';
import type { TargetOutage } from './outage/news.js';

export type { Diagnosis } from '../../judge/causes/diagnosis.js';
export type { TimingSummary } from '../../judge/history/timings.js';

export const REPORT_SCHEMA = 'call-probe/report@1';

export type Status = 'passed' | 'failed' | 'unknown' | 'skipped';

/** Where one device ended up. */
export interface AgentResult {
  readonly state: string;
  readonly reason: string | null;
  readonly call: string | null;
  readonly version: number | null;
  /** Server time in milliseconds, or null when no timer ran at the end. */
  readonly timerStartedAt: number | null;
  readonly media: string;
}

/** One finding of one checker, or the checker's `true`. Several findings of a checker are several entries. */
export interface CheckEntry {
  readonly name: string;
  readonly valid: Verdict;
  readonly message: string;
  readonly expected: string | null;
  readonly actual: string | null;
  /** Numbers of events in the trace of `repetition`. */
  readonly evidence: readonly number[];
  readonly repetition: number;
  /** YAML path of the step that it is about, and that step's line in the file; absent where it is about none. */
  readonly path?: string;
  readonly line?: number;
}

/** An attempt at a repetition that did not pass and was followed by another one (`--retries`). */
export interface EarlierAttempt {
  /** 1 for the first. */
  readonly attempt: number;
  readonly status: Status;
  /** What was wrong, in a sentence or two. */
  readonly message: string;
}

/** One repetition of a scenario. */
export interface RepetitionResult {
  readonly repetition: number;
  readonly seed: string;
  readonly status: Status;
  readonly durationMs: number;
  /** Path of the trace file, or null when none was written. */
  readonly trace: string | null;
  /** Media set-ups seen, and how many of them the probe's own stack stalled. */
  readonly mediaSetups: number;
  readonly mediaSetupsStalled: number;
  /** From accept to the caller's `connected`, in milliseconds; null when this repetition has none. */
  readonly acceptToConnectedMs: number | null;
  /** How many attempts `--retries` took; 1 is the first. */
  readonly attempts: number;
  /** Those before the last one, in order. */
  readonly earlier: readonly EarlierAttempt[];
  /** Which of the scenario's `diagnoses` are about this repetition, by their indices. */
  readonly diagnoses: readonly number[];
}

export interface ScenarioResult {
  readonly name: string;
  readonly file: string | null;
  /** Line of the scenario's name in `file`; null where there is no text to point into. */
  readonly line: number | null;
  readonly tags: readonly string[];
  readonly status: Status;
  /** Why it was skipped or is unknown, in a sentence; null otherwise. */
  readonly why: string | null;
  readonly seed: string;
  readonly durationMs: number;
  /** Trace of the first repetition that did not pass, or of the first. */
  readonly trace: string | null;
  /** By device (`alice/phone`), from the same repetition as `trace`. */
  readonly agents: Readonly<Record<string, AgentResult>>;
  readonly checks: readonly CheckEntry[];
  readonly timings: Readonly<Record<string, TimingSummary>>;
  readonly diagnoses: readonly Diagnosis[];
  readonly repetitions: readonly RepetitionResult[];
  /** Command that runs this scenario again with the same seed. */
  readonly replay: string;
  /** Messages of a foreign target that its mapping has no word for: how many by name. Absent when there were none. */
  readonly unmapped?: Readonly<Record<string, number>>;
  /** What takes several messages of a foreign target and was told by some of them only: how often, by what was missing. Absent without any. */
  readonly halfTold?: Readonly<Record<string, number>>;
}

export interface RunReport {
  readonly schema: typeof REPORT_SCHEMA;
  readonly version: string;
  readonly seed: string;
  readonly target: string;
  readonly defects: readonly string[];
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly exitCode: number;
  readonly interrupted: boolean;
  /** Whether names and secrets were replaced (docs/redaction.md). */
  readonly redacted: boolean;
  readonly summary: {
    readonly scenarios: number;
    readonly passed: number;
    readonly failed: number;
    readonly unknown: number;
    readonly skipped: number;
    readonly mediaSetups: number;
    readonly mediaSetupsStalled: number;
  };
  readonly scenarios: readonly ScenarioResult[];
  /** When the target went away in the middle of the run; absent when it never did. */
  readonly outages?: readonly TargetOutage[];
  /** Why scenarios were not run, where the target did not come back; absent otherwise. */
  readonly stopped?: string;
}
