/** The GitHub reporter: annotations of a workflow run on the scenarios' lines, and its summary page. */
import { randomUUID } from 'node:crypto';
import type { CheckEntry, RunReport, ScenarioResult } from '../scenarios/run/result.js';
import { causesOf, checkLines, diagnosisLines, earlierLines, findingLines, flakyOf } from './account.js';
import { groupChecks, worstSplit } from './failed-checks.js';
import { inOrderOfFindings } from './failures.js';
import { findingNumbers, findingReference, whereText } from './finding-text.js';
import { counted, printable, printableLines } from './format.js';
import { renderMarkdown } from './markdown.js';
import { outageLines } from './outage.js';
import type { Out, Reporter, ReporterContext, ReporterEntry } from './reporter.js';

/** GitHub shows so many annotations of a level and a step, and drops the others without a word. */
const ANNOTATIONS_MAX = 10;
const MESSAGE_CHARS_MAX = 4_000;
const GROUPS_MAX = 3;
/** GitHub refuses a summary above 1 MiB. */
const SUMMARY_BYTES_MAX = 1_000_000;

type Level = 'error' | 'warning' | 'notice';

/** One annotation; `line` counts from 1. */
export interface Annotation {
  readonly level: Level;
  readonly file: string | null;
  readonly line: number | null;
  readonly title: string;
  readonly message: string;
}

/** A workflow command in one line, without a line end: `::error file=a.yaml,line=3,title=...::message`. */
export function workflowCommand({ level, file, line, title, message }: Annotation): string {
  const properties = [
    ...(file === null ? [] : [`file=${escapeProperty(printable(file))}`]),
    ...(file === null || line === null ? [] : [`line=${line}`]),
    `title=${escapeProperty(printable(title))}`,
  ];
  return `::${level} ${properties.join(',')}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}

/** Errors for what failed, warnings for what is unknown, notices for what passed only after a retry; the worst first. */
export function annotationsOf(report: RunReport): Annotation[] {
  const first = inOrderOfFindings(report);
  const away = outageLines(report).map((line): Annotation => {
    const message = cut(report.stopped === undefined ? line : `${line}\n${printable(report.stopped)}`);
    return { level: 'error', file: null, line: null, title: 'the target went away', message };
  });
  return [
    ...bounded('error', [
      ...away,
      ...first.filter(({ status }) => status === 'failed').map((result) => failureOf(result, report)),
    ]),
    ...bounded(
      'warning',
      first.filter(({ status }) => status === 'unknown').map((result) => troubleOf(result)),
    ),
    ...bounded('notice', report.scenarios.flatMap(retriedOf)),
  ];
}

/** So many that the last one still names the rest. */
function bounded(level: Level, all: readonly Annotation[]): Annotation[] {
  if (all.length <= ANNOTATIONS_MAX) return [...all];
  const rest = all.slice(ANNOTATIONS_MAX - 1);
  const message = rest.map(({ file, title }) => (file === null ? title : `${file}: ${title}`)).join('\n');
  const title = `and ${counted(rest.length, 'further scenario')}`;
  return [...all.slice(0, ANNOTATIONS_MAX - 1), { level, file: null, line: null, title, message: cut(message) }];
}

/** On the scenario that stands for a finding the finding with its proof, on the others its number. */
function failureOf(result: ScenarioResult, report: RunReport): Annotation {
  const index = report.findings.findIndex(({ scenario }) => scenario === result.name);
  const finding = report.findings[index];
  if (finding !== undefined)
    return { ...troubleOf(result, findingLines(finding, report)), title: `${finding.title} (${whereText(finding)})` };
  const own = troubleOf(result);
  const reference = findingReference(findingNumbers(report.findings, result));
  return reference === '' ? own : { ...own, title: `${own.title}: ${reference}` };
}

/** `known` says why it failed, in place of its own cause. */
function troubleOf(result: ScenarioResult, known?: readonly string[]): Annotation {
  const split = worstSplit(result);
  const groups = groupChecks(result).slice(0, GROUPS_MAX);
  const [cause] = causesOf(result);
  const own = cause === undefined ? [] : ['cause:', ...diagnosisLines(cause).map((line) => `  ${line}`)];
  const lines = [
    ...(split === null ? [] : [`${split.pair}: ${split.words}`]),
    ...(result.why === null ? [] : printableLines(result.why)),
    ...(known ?? own),
    ...groups.flatMap(({ first }) => checkLines(first, null)),
    ...(result.trace === null ? [] : [`trace: ${result.trace}`]),
    `again: ${result.replay}`,
  ];
  return {
    level: result.status === 'failed' ? 'error' : 'warning',
    ...placeOf(
      result,
      groups.map(({ first }) => first),
    ),
    title: `${result.name} ${result.status === 'failed' ? 'failed' : 'is unknown'}`,
    message: cut(lines.map(printable).join('\n')),
  };
}

/** The step that did not hold where a check names one, else the scenario's name. */
function placeOf({ file, line }: ScenarioResult, checks: readonly CheckEntry[]): Pick<Annotation, 'file' | 'line'> {
  return { file, line: checks.find((check) => check.line !== undefined)?.line ?? line };
}

function retriedOf(result: ScenarioResult): Annotation[] {
  const retried = flakyOf(result);
  if (retried.length === 0) return [];
  const lines = retried.flatMap((one) => earlierLines(one).map((line) => `repetition ${one.repetition}, ${line}`));
  const title = `${result.name} passed only after a retry`;
  return [{ level: 'notice', ...placeOf(result, []), title, message: cut(lines.join('\n')) }];
}

function cut(text: string): string {
  return text.length <= MESSAGE_CHARS_MAX ? text : `${text.slice(0, MESSAGE_CHARS_MAX)} …`;
}

/**
 * GitHub takes a line that begins with `::`, or holds `##[`, for a command, whoever wrote it: commands are stopped while the run goes
 * on, up to a word that nothing from outside can guess.
 */
function createGithub(out: Out, { summarise, traceOf }: ReporterContext): Reporter {
  let word: string | null = null;
  return {
    runBegin: () => {
      word = `call-probe-${randomUUID()}`;
      out.write(`::stop-commands::${word}\n`);
    },
    runEnd: (report) => {
      if (word !== null) out.write(`::${word}::\n`);
      word = null;
      out.write(
        annotationsOf(report)
          .map((annotation) => `${workflowCommand(annotation)}\n`)
          .join(''),
      );
      summarise?.(summaryOf(report, traceOf));
    },
  };
}

function summaryOf(report: RunReport, traceOf: ReporterContext['traceOf']): string {
  const text = renderMarkdown(report, traceOf);
  if (Buffer.byteLength(text) <= SUMMARY_BYTES_MAX) return `${text}\n`;
  return `${renderMarkdown({ ...report, scenarios: [] }, traceOf)}\nThe whole summary is too large for this page.\n`;
}

export const githubReporter: ReporterEntry = {
  name: 'github',
  doc: "Annotations of a GitHub workflow on the scenarios' lines, beside another reporter, and its summary page.",
  unredacted: (sentence) => `::warning title=call-probe::${sentence}\n`,
  create: createGithub,
  sharesTerminal: true,
};
