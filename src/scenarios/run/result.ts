/** The result of a run: plain data, versioned, the input of every reporter and the body of the JSON report. */

import type { Diagnosis } from '../../judge/causes/diagnosis.js';
import type { Verdict } from '../../judge/checkers/checker.js';
import type { TimingSummary } from '../../judge/history/timings.js';
import type { TargetOutage } from './outage/target-event.js';

export type { Diagnosis } from '../../judge/causes/diagnosis.js';
export type { TimingSummary } from '../../judge/history/timings.js';

export const REPORT_SCHEMA = 'call-probe/report@1';

export type Status = 'passed' | 'failed' | 'unknown' | 'skipped';

/** The final state of one device. */
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
  /** YAML path of its step, and the line of the step in the file; absent without a step. */
  readonly path?: string;
  readonly line?: number;
  /** Set when it is about the redial, the second call between the same users; absent otherwise. */
  readonly redial?: true;
}

/** An attempt at a repetition that did not pass and was followed by another one (`--retries`). */
export interface EarlierAttempt {
  /** 1 for the first. */
  readonly attempt: number;
  readonly status: Status;
  /** What was wrong, as one or two sentences. */
  readonly message: string;
}

/** One repetition of a scenario. */
export interface RepetitionResult {
  readonly repetition: number;
  readonly seed: string;
  readonly status: Status;
  readonly durationMs: number;
  /** Path of the trace file, or null without one. */
  readonly trace: string | null;
  /** Media set-ups seen, and how many of them the probe's own stack stalled. */
  readonly mediaSetups: number;
  readonly mediaSetupsStalled: number;
  /** From accept to the caller's `connected`, in milliseconds; null without it. */
  readonly acceptToConnectedMs: number | null;
  /** How many attempts `--retries` took; 1 is the first. */
  readonly attempts: number;
  /** Those before the last one, in order. */
  readonly earlier: readonly EarlierAttempt[];
  /** Indices of this repetition's entries in the scenario's `diagnoses`. */
  readonly diagnoses: readonly number[];
}

export interface ScenarioResult {
  readonly name: string;
  readonly file: string | null;
  /** Line of the scenario's name in `file`; null without a file. */
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
  /** Steps and expectations that ran in that repetition. */
  readonly steps: number;
  readonly checks: readonly CheckEntry[];
  readonly timings: Readonly<Record<string, TimingSummary>>;
  readonly diagnoses: readonly Diagnosis[];
  readonly repetitions: readonly RepetitionResult[];
  /** Command that runs this scenario again with the same seed. */
  readonly replay: string;
  /** Codes of the declared limits that took part; absent without any. */
  readonly limits?: readonly string[];
  /** Unmapped messages of a foreign target: count by name. Absent without any. */
  readonly unmapped?: Readonly<Record<string, number>>;
  /** Partial messages of a foreign target of which the rest was missing: count by missing part. Absent without any. */
  readonly halfTold?: Readonly<Record<string, number>>;
}

/** What a hop is, whoever stands there. */
export type HopRole = 'server' | 'device' | 'link' | 'probe';

/** A bug that a run shows, once, whatever the number of scenarios that show it. */
export interface RunFinding {
  /** The cause, or the name of the check that failed where no cause was found. */
  readonly code: string;
  /** The bug as one claim; where no cause was found, what failed. */
  readonly title: string;
  /** Null where no cause was found. */
  readonly role: HopRole | null;
  /** Where it went wrong in the scenario that shows it; null where no cause was found. */
  readonly hop: string | null;
  /** From 0 to 1; null where no cause was found. */
  readonly confidence: number | null;
  /** What proves it, sentence by sentence, in the scenario that shows it. */
  readonly proof: readonly string[];
  /** What to look at in the code of the one that is at fault, without a full stop; null where there is nothing to say. */
  readonly lookAt: string | null;
  /** The shortest scenario that shows it, its file, and how many of its repetitions do. */
  readonly scenario: string;
  readonly file: string | null;
  readonly repetitions: number;
  /** Whether that scenario shows it only at the redial. */
  readonly isRedial: boolean;
  /** Names of the other scenarios that show it. */
  readonly others: readonly string[];
  /** How many of all of them show it only at the redial. */
  readonly redials: number;
  /** The command that runs the shortest scenario again. */
  readonly replay: string;
  /** Other causes that the evidence leaves open, the surest first. */
  readonly alternatives: readonly Pick<Diagnosis, 'code' | 'hop' | 'title' | 'confidence' | 'ruledOutBy'>[];
}

/** A declared limit of the target, and what could not be shown, or was judged by it, in this run. */
export interface LimitResult {
  readonly code: string;
  /** The limit as one sentence, for people. */
  readonly text: string;
  /** Names of the scenarios that `--ignore-limits` would judge in full. */
  readonly scenarios: readonly string[];
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
  /** What the failed scenarios show, each bug once; what has a cause and shows in most scenarios comes first. */
  readonly findings: readonly RunFinding[];
  /** Declared limits that took part in this run. */
  readonly limits: readonly LimitResult[];
  /** Outages of the target; absent without any. */
  readonly outages?: readonly TargetOutage[];
  /** Why the rest was not run, if the target did not come back; absent otherwise. */
  readonly stopped?: string;
}
