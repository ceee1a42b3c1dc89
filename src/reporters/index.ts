/** The reporters there are, and how the texts of `--reporter` become a running set of them. */
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import type { TraceEvent } from '../trace/event.js';
import { createPrivacy, type Privacy } from '../trace/redaction/privacy.js';
import { consoleReporter } from './console.js';
import { prepareFile, ReporterSpecError, writeWhole } from './files.js';
import { githubReporter } from './github.js';
import { htmlReporter } from './html.js';
import { jsonReporter } from './json.js';
import { junitReporter } from './junit.js';
import { markdownReporter } from './markdown.js';
import { mermaidReporter } from './mermaid.js';
import { type Multiplexer, multiplex, type NamedReporter } from './multiplexer.js';
import { ndjsonReporter } from './ndjson.js';
import { ciAttributes } from './otlp/ci.js';
import { otlpReporter } from './otlp/otlp.js';
import type { Environment } from './out.js';
import { perfettoReporter } from './perfetto/perfetto.js';
import { guardEntry } from './redaction/guard.js';
import type { Out, Reporter, ReporterContext, ReporterEntry } from './reporter.js';
import { tapReporter } from './tap.js';
import { readTraceFile } from './trace-file.js';

/** What `--reporter` may name. The ladder is not here: it draws one call and belongs to `call-probe call`. */
export const REPORTERS: readonly ReporterEntry[] = [
  consoleReporter,
  jsonReporter,
  ndjsonReporter,
  junitReporter,
  tapReporter,
  markdownReporter,
  mermaidReporter,
  htmlReporter,
  githubReporter,
  perfettoReporter,
  otlpReporter,
];

export interface ReporterSet extends Multiplexer {
  /** Absolute paths of the files that the reporters write at the end. */
  readonly files: readonly string[];
}

/** What reporters are given of the world. */
export interface ReporterIo {
  readonly out: Out;
  now(): number;
  /** Where a CI service says what it offers: `GITHUB_STEP_SUMMARY`. Empty when absent. */
  readonly env?: Environment;
  /** The run's own, so that reports call people as its traces do; left out, reports are redacted all the same. */
  readonly privacy?: Privacy;
  /** What a reader has to know of the whole report, in sentences. */
  readonly notes?: readonly string[];
}

interface ReporterSpec {
  readonly entry: ReporterEntry;
  readonly file: string | null;
}

/**
 * Makes reporters of texts like `console` and `json=out.json`. Folders of named files are made at once and must be
 * writable; a file appears whole, when the run has ended, or not at all, but for those of reporters that stream. On the
 * terminal there is one reporter, besides those that share it: they come last. Throws ReporterSpecError.
 */
export function createReporters(specs: readonly string[], io: ReporterIo): ReporterSet {
  const privacy = io.privacy ?? createPrivacy();
  const parsed = sharersLast(specs.map(parseSpec)).map(({ entry, file }) => ({ entry: guardEntry(entry, file, privacy), file }));
  const files = parsed.flatMap(({ file }) => (file === null ? [] : [file]));
  const twice = files.find((file, index) => files.indexOf(file) !== index);
  if (twice !== undefined) throw new ReporterSpecError(`Two reporters would write ${twice}: name another file for one of them.`);
  const direct = parsed.flatMap(({ entry, file }) => (file === null && entry.sharesTerminal !== true ? [entry.name] : []));
  if (direct.length > 1) {
    const [kept = '', other = ''] = direct;
    throw new ReporterSpecError(
      `${kept} and ${other} would both write to the terminal: give one of them a file, as in ${other}=report.txt.`,
    );
  }
  for (const file of files) prepareFile(file);
  const page = io.env?.['GITHUB_STEP_SUMMARY'];
  const summarise = page === undefined || page === '' ? {} : { summarise: (text: string) => appendFileSync(page, text) };
  const context: ReporterContext = {
    now: io.now,
    files,
    traceOf: readTrace,
    redaction: privacy.redaction,
    notes: io.notes ?? [],
    ci: ciAttributes(io.env ?? {}),
    ...summarise,
  };
  const reporters = parsed.map(({ entry, file }): NamedReporter => {
    return { name: entry.name, reporter: file === null ? entry.create(io.out, context) : toFile(entry, file, context) };
  });
  return { ...multiplex(reporters), files };
}

/** A report must not be lost over a trace that somebody deleted meanwhile. */
function readTrace(path: string): readonly TraceEvent[] | null {
  const { events } = readTraceFile(path);
  return events.length === 0 ? null : events;
}

/** What shares the terminal ends after what it shares it with: nothing else is in the midst of a line then. */
function sharersLast(specs: readonly ReporterSpec[]): ReporterSpec[] {
  const isSharer = ({ entry }: ReporterSpec): boolean => entry.sharesTerminal === true;
  return [...specs.filter((spec) => !isSharer(spec)), ...specs.filter(isSharer)];
}

function parseSpec(spec: string): ReporterSpec {
  const equals = spec.indexOf('=');
  const name = equals === -1 ? spec : spec.slice(0, equals);
  const entry = REPORTERS.find((known) => known.name === name);
  if (entry === undefined) {
    const names = REPORTERS.map((known) => known.name);
    const near = closest(name, names);
    const hint = distance(name, near) <= 3 ? `did you mean ${near}?` : `known are ${names.join(', ')}.`;
    throw new ReporterSpecError(`There is no reporter ${JSON.stringify(name.slice(0, 80))}: ${hint}`);
  }
  const file = equals === -1 ? null : spec.slice(equals + 1);
  if (file === '')
    throw new ReporterSpecError(`No file is named after "${name}=": write ${name}=FILE, or ${name} for the terminal.`);
  return { entry, file: file === null ? null : resolve(file) };
}

/** Columns of reports in files: nobody resizes them. */
const FILE_COLUMNS = 120;

function toFile(entry: ReporterEntry, file: string, context: ReporterContext): Reporter {
  if (entry.streams === true) return toGrowingFile(entry, file, context);
  const parts: string[] = [];
  const out: Out = { write: (text) => void parts.push(text), isTTY: false, columns: FILE_COLUMNS, colors: 0, unicode: true };
  const inner = entry.create(out, context);
  return {
    ...inner,
    runEnd: async (report) => {
      await inner.runEnd?.(report);
      writeWhole(file, parts.join(''));
    },
  };
}

/** Nothing of an older file is touched before there is something new to write. */
function toGrowingFile(entry: ReporterEntry, file: string, context: ReporterContext): Reporter {
  let handle: number | null = null;
  const write = (text: string): void => {
    handle ??= openSync(file, 'w');
    appendFileSync(handle, text);
  };
  const inner = entry.create({ write, isTTY: false, columns: FILE_COLUMNS, colors: 0, unicode: true }, context);
  return {
    ...inner,
    runEnd: async (report) => {
      await inner.runEnd?.(report);
      if (handle !== null) closeSync(handle);
      handle = null;
    },
  };
}
