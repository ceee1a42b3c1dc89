/** What a reporter is: optional callbacks over plain results, and an injected way out. It knows no runner. */
import type { RunListener } from '../scenarios/run/listener.js';
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
  /** The events of a trace that this run wrote, by its path as results name it; null when there is none to read. */
  traceOf(path: string): readonly TraceEvent[] | null;
  /** What a reader has to know of the whole report, in sentences; none when absent. */
  readonly notes?: readonly string[];
  /** `off` when reports hold everything as it was seen (--include-sensitive), which each has to say. */
  readonly redaction: 'on' | 'off';
  /** Where the run takes place, as `cicd.*` and `vcs.*` of OpenTelemetry; from well-known variables of CI services. */
  readonly ci?: Readonly<Record<string, string>>;
  /** Adds Markdown to the page that the CI service shows for this step; absent where there is no such page. */
  summarise?(markdown: string): void;
}

export type { RepetitionDone, RunPlanned } from '../scenarios/run/listener.js';

/** A reporter listens to a run; it may change nothing. */
export type Reporter = RunListener;

/** A reporter as the registry holds it. */
export interface ReporterEntry {
  readonly name: string;
  /** One sentence for `call-probe list reporters`. */
  readonly doc: string;
  /** Whether it is for the person at this terminal, who may see everything. All others are redacted. */
  readonly local?: true;
  /** How it writes, last of all, the sentence that it was not redacted; left out by those that say so in a field of their own. */
  readonly unredacted?: (sentence: string) => string;
  /** Whether it writes to a file when one is named (`--reporter json=out.json`), else to standard output. */
  create(out: Out, context: ReporterContext): Reporter;
  /** Writes single lines that a program picks out of everything else on standard output, so that another reporter may be there too. */
  readonly sharesTerminal?: true;
  /** Its file grows while the run goes on, so that a run that was killed leaves what it wrote. */
  readonly streams?: true;
}
