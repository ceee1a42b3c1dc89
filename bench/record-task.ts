/** What the benchmark `record` asks of a process that runs one build, and what that answers. */

/** How the events of a repetition are kept: options of `runScenario`. `{out}` stands for a folder of the benchmark. */
export interface Keeping {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A build that does not know an option ignores it: its figure in that row is the one of the row without the option. */
export const KEEPINGS: readonly Keeping[] = [
  { name: 'trace written to disk', options: { out: '{out}' } },
  { name: 'trace kept in memory', options: {} },
];

/** Repetitions before the first that counts: V8 compiles what is hot, and the server opens what it needs. */
export const WARM_UP = 20;
/** Repetitions of one sample: few enough for many samples, enough to hold their share of garbage collections. */
export const PER_SAMPLE = 10;
export const SAMPLES = 6;

export type RecordTask =
  | { readonly type: 'run'; readonly dist: string; readonly folder: string; readonly options: Keeping['options'] }
  /** Without any recorder; a build that has no bus has no figure. */
  | { readonly type: 'unrecorded'; readonly dist: string; readonly folder: string }
  | { readonly type: 'judge'; readonly dist: string; readonly folder: string };

/** Milliseconds of CPU for one repetition or one trace, by sample. */
export type RecordSamples = Readonly<Record<string, readonly number[]>>;
