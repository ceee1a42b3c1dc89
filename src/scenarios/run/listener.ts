/** Callbacks of a run, all optional, with plain data. Reporters implement it. */
import type { TraceEvent } from '../../trace/event.js';
import type { TargetEvent } from './outage/target-event.js';
import type { RunReport, ScenarioResult } from './result.js';

/** The plan of the run. */
export interface RunPlanned {
  readonly version: string;
  readonly seed: string;
  readonly target: string;
  readonly defects: readonly string[];
  readonly workers: number;
  /** Scenarios in order, and the repetitions of each. */
  readonly scenarios: readonly { readonly name: string; readonly file: string | null; readonly repetitions: number }[];
}

/** One repetition ended. */
export interface RepetitionDone {
  readonly scenario: string;
  readonly file: string | null;
  readonly repetition: number;
  readonly repetitions: number;
  readonly status: ScenarioResult['status'];
  readonly durationMs: number;
}

export interface RunListener {
  runBegin?(plan: RunPlanned): void;
  repetitionEnd?(done: RepetitionDone): void;
  scenarioEnd?(result: ScenarioResult): void;
  /** Every event as it happens, with provisional numbers; only for live reporters. */
  trace?(event: TraceEvent): void;
  /** The target went away, the run waits for it, it is back, or it is given up; only for targets that run elsewhere. */
  target?(event: TargetEvent): void;
  runEnd?(report: RunReport): void | Promise<void>;
}
