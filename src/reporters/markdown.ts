/** The Markdown reporter: a run for a ticket or a pull request, what failed first. */
import type { RunReport, ScenarioResult, Status } from '../scenarios/run/result.js';
import {
  agentLine,
  causeLine,
  causesOf,
  checkLines,
  diagnosisLines,
  earlierLines,
  evidenceLines,
  findingLines,
  flakyOf,
} from './account.js';
import { groupChecks, worstSplit } from './failed-checks.js';
import { inOrderOfFindings } from './failures.js';
import { findingNumbers, findingReference, findingsSummary, limitText, whereText } from './finding-text.js';
import { counted, duration, type Percentile, percentileCell } from './format.js';
import { fenced, inCode, inProse, table } from './markdown-text.js';
import { notRunText, outageLines } from './outage.js';
import type { ReporterContext, ReporterEntry } from './reporter.js';

/** Scenarios in full, rows of a table, and kinds of check and causes of one scenario. */
const FAILURES_MAX = 20;
const ROWS_MAX = 200;
const GROUPS_MAX = 6;
const CAUSES_MAX = 3;
const FINDINGS_MAX = 20;
const FLAKY_MAX = 20;

const STATUSES: readonly Status[] = ['failed', 'unknown', 'passed', 'skipped'];
const PERCENTILES: readonly Percentile[] = ['min', 'p50', 'p95', 'p99', 'max'];

/** The report; traces are read for the events that prove what failed. Ends with a line feed. */
export function renderMarkdown(report: RunReport, traceOf: ReporterContext['traceOf']): string {
  const shown = new Set(report.findings.map(({ scenario }) => scenario));
  const all = inOrderOfFindings(report);
  // What stands for no finding shows nothing that another scenario does not show.
  const first = all.filter(({ name, status }) => status !== 'failed' || shown.has(name));
  const others = all.filter((result) => !first.includes(result));
  const sections = [
    head(report),
    findings(report),
    ...first.slice(0, FAILURES_MAX).map((result) => failure(result, report, traceOf)),
    ...(first.length > FAILURES_MAX ? [[`And ${counted(first.length - FAILURES_MAX, 'further scenario')}, see the table.`]] : []),
    alsoFailed(others, report),
    flaky(report),
    overview(report),
    timings(report),
    skipped(report),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function head(report: RunReport): string[] {
  const { summary, defects, interrupted } = report;
  const counts = STATUSES.flatMap((status) => (summary[status] > 0 ? [`${summary[status]} ${status}`] : []));
  const total = `${counted(summary.scenarios, 'scenario')}: ${counts.length === 0 ? 'nothing ran' : counts.join(', ')}`;
  return [
    `## call-probe: ${counts.length === 0 ? 'nothing ran' : counts.join(', ')}`,
    '',
    `${total}${interrupted ? ', **interrupted**' : ''}, in ${duration(report.durationMs)}.`,
    `Target ${inCode(report.target)}, seed ${inCode(report.seed)}, call-probe ${inProse(report.version)}, ${inProse(report.startedAt)}.`,
    ...(defects.length > 0 ? [`**Defects on**: ${defects.map(inCode).join(', ')}; this target is broken on purpose.`] : []),
    ...away(report),
  ];
}

/** That the target went away, and what was not run over it. */
function away(report: RunReport): string[] {
  const notRun = notRunText(report);
  const lines = [...outageLines(report), ...(notRun === null ? [] : [notRun])];
  return lines.flatMap((line) => ['', `**Target**: ${inProse(line)}.`]);
}

/** Each finding with its proof and the command that shows it, then the declared limits. */
function findings(report: RunReport): string[] {
  const { limits } = report;
  const summary = findingsSummary(report);
  const shown = report.findings
    .slice(0, FINDINGS_MAX)
    .flatMap((finding, index) => [
      '',
      `**${index + 1}. ${inProse(finding.title)}**: ${inCode(whereText(finding))}`,
      '',
      ...fenced(findingLines(finding, report), 'text'),
      '',
      ...fenced([finding.replay], 'sh'),
    ]);
  const more = report.findings.length - FINDINGS_MAX;
  const left = more > 0 ? ['', `And ${counted(more, 'further finding')}; the JSON report has them all.`] : [];
  const declared = limits.length === 0 ? [] : ['', ...limits.map((limit) => `* Declared limit: ${inProse(limitText(limit))}`)];
  if (summary === null) return declared.slice(1);
  return [`### Findings: ${summary}`, ...shown, ...left, ...declared];
}

/** The scenarios that failed of what others stand for, a line each. */
function alsoFailed(results: readonly ScenarioResult[], { findings }: RunReport): string[] {
  if (results.length === 0) return [];
  const lines = results.slice(0, ROWS_MAX).map((result) => {
    const place = result.file === null ? '' : ` (${inCode(result.file)})`;
    return `* ${inProse(result.name)}${place}: ${findingReference(findingNumbers(findings, result))}`;
  });
  return ['### Also failed', '', ...lines, ...more(results.length)];
}

function failure(result: ScenarioResult, { findings }: RunReport, traceOf: ReporterContext['traceOf']): string[] {
  const split = worstSplit(result);
  const bad = result.repetitions.filter(({ status }) => status === result.status).length;
  const place = result.file === null ? [] : [inCode(result.line === null ? result.file : `${result.file}:${result.line}`)];
  const often = result.repetitions.length > 1 ? [`in ${bad} of ${counted(result.repetitions.length, 'repetition')}`] : [];
  const numbers = findingReference(findingNumbers(findings, result));
  const causes = causesOf(result);
  return [
    `### ${result.status}: ${inProse(result.name)}`,
    '',
    ...(split === null ? [] : [`**${inProse(split.pair)}**: ${inProse(split.words)}.`, '']),
    [...place, ...often, ...(numbers === '' ? [] : [numbers])].join(', '),
    ...(result.why === null ? [] : ['', ...fenced(result.why.split('\n'), 'text')]),
    ...causes.slice(0, CAUSES_MAX).flatMap((cause) => {
      const proof = diagnosisLines(cause)
        .slice(1)
        .map((line) => line.slice(2));
      return ['', `**Cause**: ${inCode(causeLine(cause))}`, '', ...fenced(proof, 'text')];
    }),
    ...failedChecks(result, traceOf),
    ...leftAt(result),
    '',
    '**Again**:',
    '',
    ...fenced([result.replay], 'sh'),
  ];
}

function failedChecks(result: ScenarioResult, traceOf: ReporterContext['traceOf']): string[] {
  const groups = groupChecks(result);
  if (groups.length === 0) return [];
  const shown = groups.slice(0, GROUPS_MAX);
  const many = result.repetitions.length > 1;
  const text = shown.flatMap(({ first, repetitions }, index) => {
    const trace = result.repetitions.find(({ repetition }) => repetition === first.repetition)?.trace ?? result.trace;
    return [
      ...(index === 0 ? [] : ['']),
      ...checkLines(first, trace),
      ...(many ? [`  in ${counted(repetitions.length, 'repetition')}`] : []),
    ];
  });
  const more = groups.length - shown.length;
  if (more > 0) text.push('', `and ${counted(more, 'further check')}`);
  const about = shown.filter(({ first }) => first.repetition === (shown[0]?.first.repetition ?? 0));
  const trace = result.repetitions.find(({ repetition }) => repetition === about[0]?.first.repetition)?.trace ?? result.trace;
  const evidence =
    trace === null
      ? []
      : evidenceLines(
          about.map(({ first }) => first),
          traceOf(trace),
        );
  return [
    '',
    '**Checks**:',
    '',
    ...fenced(text, 'text'),
    ...(evidence.length === 0 ? [] : ['', '**Evidence**:', '', ...fenced(evidence, 'text')]),
  ];
}

function leftAt({ agents }: ScenarioResult): string[] {
  const lines = Object.entries(agents).map(([device, agent]) => `* ${inProse(agentLine(device, agent))}`);
  return lines.length === 0 ? [] : ['', '**Left at**:', '', ...lines];
}

function flaky(report: RunReport): string[] {
  const lines = report.scenarios.flatMap((result) =>
    flakyOf(result).map((repetition) => {
      const which = result.repetitions.length > 1 ? ` (repetition ${repetition.repetition})` : '';
      return `* ${inProse(result.name)}${which}: ${earlierLines(repetition).map(inCode).join(', ')}`;
    }),
  );
  if (lines.length === 0) return [];
  const more = lines.length > FLAKY_MAX ? [`* and ${lines.length - FLAKY_MAX} more`] : [];
  return ['### Passed only after a retry', '', ...lines.slice(0, FLAKY_MAX), ...more];
}

function overview(report: RunReport): string[] {
  const ordered = STATUSES.flatMap((status) => report.scenarios.filter((result) => result.status === status));
  if (ordered.length === 0) return [];
  const rows = ordered.slice(0, ROWS_MAX).map((result) => {
    const passed = result.repetitions.filter(({ status }) => status === 'passed').length;
    const cause = causesOf(result)[0];
    return [
      result.status,
      inProse(result.name),
      result.repetitions.length === 0 ? '' : `${passed}/${result.repetitions.length}`,
      result.status === 'skipped' ? '' : duration(result.durationMs),
      cause === undefined ? '' : inCode(`${cause.code} at ${cause.hop}`),
      findingNumbers(report.findings, result).join(', '),
    ];
  });
  return [
    '### Scenarios',
    '',
    ...table(['status', 'scenario', 'passed', 'time', 'cause', 'finding'], rows, (column) => column === 2 || column === 3),
    ...more(ordered.length),
  ];
}

/** One row for each timing of each scenario. What never happened is slower than all that did, and stays in the table. */
function timings(report: RunReport): string[] {
  const rows = report.scenarios.flatMap((result) =>
    Object.entries(result.timings).flatMap(([name, timing]) => {
      if (timing.count + timing.never === 0) return [];
      const cells = PERCENTILES.map((percentile) => percentileCell(timing, percentile));
      return [[inProse(result.name), inProse(name), String(timing.count), String(timing.never), ...cells]];
    }),
  );
  if (rows.length === 0) return [];
  const heads = ['scenario', 'timing (ms)', 'count', 'never', ...PERCENTILES];
  return ['### Timings', '', ...table(heads, rows.slice(0, ROWS_MAX), (column) => column > 1), ...more(rows.length)];
}

function more(rows: number): string[] {
  return rows > ROWS_MAX ? ['', `And ${counted(rows - ROWS_MAX, 'further row')}; the JSON report has them all.`] : [];
}

function skipped(report: RunReport): string[] {
  const lines = report.scenarios.flatMap(({ status, name, why }) => {
    return status === 'skipped' ? [`* ${inProse(name)}: ${inProse(why ?? 'no reason given')}`] : [];
  });
  return lines.length === 0 ? [] : ['### Skipped', '', ...lines.slice(0, ROWS_MAX), ...more(lines.length)];
}

export const markdownReporter: ReporterEntry = {
  name: 'markdown',
  doc: 'Markdown for tickets and pull requests: findings first, then failures with cause and evidence, then tables of scenarios and timings.',
  unredacted: (sentence) => `\n> **${sentence}**\n`,
  create: (out, context) => ({ runEnd: (report) => out.write(renderMarkdown(report, context.traceOf)) }),
};
