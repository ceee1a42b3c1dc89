/** What a reporter is: optional callbacks over plain results, and an injected way out. It knows no runner. */
import type { RunReport, ScenarioResult } from '../scenarios/result.js';
import type { TraceEvent } from '../trace/event.js';

/** Where a reporter writes and what it may assume of the reader; nothing else touches `process.stdout`. */
export interface Out {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number;
  /** 0 no colour, else as chalk's levels. */
  readonly colors: 0 | 1 | 2 | 3;
  /** Whether the reader shows more than ASCII; taken for true when absent. */
  readonly unicode?: boolean;
}

/** What a reporter may know besides the run itself. */
export interface ReporterContext {
  /** Monotonic milliseconds, to space out what is drawn. */
  now(): number;
  /** Files that other reporters of this run write. */
  readonly files: readonly string[];
}

/** What is about to run. */
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

export interface Reporter {
  runBegin?(plan: RunPlanned): void;
  repetitionEnd?(done: RepetitionDone): void;
  scenarioEnd?(result: ScenarioResult): void;
  /** Every event as it is recorded; only for reporters that draw live. */
  trace?(event: TraceEvent): void;
  runEnd?(report: RunReport): void | Promise<void>;
}

/** A reporter as the registry holds it. */
export interface ReporterEntry {
  readonly name: string;
  /** One sentence for `call-probe list reporters`. */
  readonly doc: string;
  /** Whether it writes to a file when one is named (`--reporter json=out.json`), else to standard output. */
  create(out: Out, context: ReporterContext): Reporter;
}
