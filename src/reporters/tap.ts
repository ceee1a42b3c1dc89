/** The TAP reporter: Test Anything Protocol, version 14, with a subtest for each scenario. */
import { stringify } from 'yaml';
import type { CheckEntry, RepetitionResult, RunReport, ScenarioResult, Status } from '../scenarios/run/result.js';
import { agentLine, causeLine, causesOf, diagnosesOf, earlierLines } from './account.js';
import { evidenceText } from './failures.js';
import { findingsSummary, shownText, whereText } from './finding-text.js';
import { counted, printable, printableLines } from './format.js';
import { changeText, outageLines } from './outage.js';
import type { Out, Reporter, ReporterEntry } from './reporter.js';
import { wrap } from './width.js';

/** Points of a subtest that are not `ok`, and texts of one point; the JSON report has all of them. */
const TROUBLED_MAX = 50;
const FINDINGS_MAX = 20;
const YAML_COLUMNS = 108;
const TEXT_COLUMNS = 100;

/** A test point: what stands on its line, and what stands below it. */
interface Point {
  readonly ok: boolean;
  readonly description: string;
  readonly directive: string | null;
  readonly details: Readonly<Record<string, unknown>> | null;
}

/** The beginning of a document with this many scenarios. */
export function tapHead(scenarios: number): string {
  return `TAP version 14\n1..${scenarios}\n`;
}

/**
 * One scenario as a subtest and the test point that it correlates with. The points of the subtest are the checks, or
 * the repetitions where there are several. What is unknown is `not ok`: TAP knows nothing between.
 */
export function tapScenario(result: ScenarioResult, number: number): string {
  const name = escapeTap(result.name);
  if (result.status === 'skipped') {
    const point: Point = {
      ok: true,
      description: result.name,
      directive: `SKIP ${escapeTap(result.why ?? '')}`.trim(),
      details: null,
    };
    return pointText(point, number, '');
  }
  const points =
    result.repetitions.length > 1 ? result.repetitions.map((one) => repetitionPoint(one, result)) : checkPoints(result);
  const inner = points.map((point, index) => pointText(point, index + 1, '    ')).join('');
  const whole: Point = {
    ok: result.status === 'passed',
    description: result.name,
    directive: timeOf(result.durationMs),
    details: scenarioDetails(result),
  };
  return `# Subtest: ${name}\n${inner}    1..${points.length}\n${pointText(whole, number, '')}`;
}

function checkPoints(result: ScenarioResult): Point[] {
  const { checks } = result;
  if (checks.length === 0) {
    const details = { status: result.status, message: lines(result.why ?? result.status) };
    return [{ ok: result.status === 'passed', description: 'the scenario', directive: null, details }];
  }
  return checks.map((check): Point => {
    const ok = check.valid === true;
    return { ok, description: check.name, directive: null, details: ok ? null : checkDetails(check, traceOf(check, result)) };
  });
}

function repetitionPoint(repetition: RepetitionResult, result: ScenarioResult): Point {
  const { status, earlier } = repetition;
  const description = `repetition ${repetition.repetition}`;
  const directive = timeOf(repetition.durationMs);
  const retried = earlier.length === 0 ? {} : { retried: earlierLines(repetition) };
  if (status === 'passed') {
    return { ok: true, description, directive, details: earlier.length === 0 ? null : retried };
  }
  const checks = result.checks
    .filter((check) => check.repetition === repetition.repetition && check.valid !== true)
    .slice(0, TROUBLED_MAX)
    .map((check) => ({ check: printable(check.name), ...checkDetails(check, null) }));
  const details = {
    status,
    ...retried,
    ...causeDetails(diagnosesOf(result, repetition)),
    checks,
    trace: text(repetition.trace),
  };
  return { ok: false, description, directive, details: defined(details) };
}

function checkDetails(check: CheckEntry, trace: string | null): Readonly<Record<string, unknown>> {
  return defined({
    message: lines(check.message),
    severity: check.valid === false ? 'fail' : 'unknown',
    expected: check.expected === null ? null : lines(check.expected),
    actual: check.actual === null ? null : lines(check.actual),
    line: check.line ?? null,
    evidence: check.evidence.length === 0 ? null : evidenceText(check.evidence, trace),
  });
}

function scenarioDetails(result: ScenarioResult): Readonly<Record<string, unknown>> | null {
  const [only, ...others] = result.repetitions;
  // Of several repetitions each has its own line.
  const retried = only === undefined || others.length > 0 ? [] : earlierLines(only);
  if (result.status === 'passed') return retried.length === 0 ? null : { retried };
  return defined({
    status: result.status,
    why: result.why === null ? null : lines(result.why),
    file: text(result.file),
    line: result.line,
    ...causeDetails(causesOf(result)),
    'left at': Object.entries(result.agents).map(([device, agent]) => agentLine(device, agent)),
    trace: text(result.trace),
    replay: printable(result.replay),
    retried,
  });
}

const CAUSES_MAX = 5;

function causeDetails(diagnoses: ScenarioResult['diagnoses']): Readonly<Record<string, unknown>> {
  if (diagnoses.length === 0) return {};
  const causes = diagnoses.slice(0, CAUSES_MAX).map((diagnosis) =>
    defined({
      cause: causeLine(diagnosis),
      title: text(diagnosis.title),
      summary: lines(diagnosis.proof.length > 0 ? diagnosis.proof.join(' ') : diagnosis.summary),
      evidence: diagnosis.lines.length > 0 ? diagnosis.lines.map(printable) : [...diagnosis.evidence],
      'look at': text(diagnosis.lookAt),
      'ruled out by': diagnosis.ruledOutBy === null ? null : lines(diagnosis.ruledOutBy),
    }),
  );
  return { causes };
}

function pointText({ ok, description, directive, details }: Point, number: number, indent: string): string {
  const tail = directive === null ? '' : ` # ${directive}`;
  const line = `${indent}${ok ? 'ok' : 'not ok'} ${number} - ${escapeTap(description)}${tail}\n`;
  if (details === null) return line;
  const yaml = stringify(details, { lineWidth: YAML_COLUMNS, blockQuote: 'literal' }).trimEnd().split('\n');
  return `${line}${['---', ...yaml, '...'].map((one) => `${indent}  ${one}`.trimEnd()).join('\n')}\n`;
}

/** A description in which `#` begins no directive and nothing ends the line. */
export function escapeTap(description: string): string {
  return printable(description)
    .trim()
    .replace(/[\\#]/g, (char) => `\\${char}`);
}

function timeOf(ms: number): string {
  return `time=${Math.round(ms)}ms`;
}

function traceOf(check: CheckEntry, result: ScenarioResult): string | null {
  return result.repetitions.find(({ repetition }) => repetition === check.repetition)?.trace ?? result.trace;
}

/** Text from outside for a YAML value, in lines of a readable length. */
function lines(value: string): string {
  return printableLines(value)
    .flatMap((line) => wrap(line, TEXT_COLUMNS))
    .join('\n');
}

function text(value: string | null): string | null {
  return value === null ? null : printable(value);
}

/** Without what there is none of. */
function defined(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(details).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0)),
  );
}

/** Writes as scenarios end, in the order in which they do; from a report alone everything is written at the end. */
function createTap(out: Out): Reporter {
  let planned = false;
  let written = 0;
  let target = 'of this run';
  const begin = (scenarios: number): void => {
    if (!planned) out.write(tapHead(scenarios));
    planned = true;
  };
  return {
    runBegin: (plan) => {
      target = plan.target;
      begin(plan.scenarios.length);
    },
    target: (change) => {
      if (change.what !== 'waiting') out.write(`# ${changeText(change, target)}\n`);
    },
    scenarioEnd: (result) => out.write(tapScenario(result, ++written)),
    runEnd: (report: RunReport) => {
      begin(report.scenarios.length);
      if (written === 0) {
        for (const line of outageLines(report)) out.write(`# ${line}\n`);
        for (const result of report.scenarios) out.write(tapScenario(result, ++written));
      }
      out.write(findingComments(report));
      out.write(
        report.interrupted ? 'Bail out! interrupted\n' : report.stopped === undefined ? totals(report) : bailOut(report.stopped),
      );
    },
  };
}

function bailOut(why: string): string {
  return `Bail out! ${printable(why)}\n`;
}

/** What the failures come to, known only at the end: a comment for each finding. */
function findingComments(report: RunReport): string {
  const summary = findingsSummary(report);
  if (summary === null) return '';
  const comments = report.findings
    .slice(0, FINDINGS_MAX)
    .flatMap((finding, index) => [
      ...wrap(`${index + 1} ${printable(finding.title)} (${whereText(finding)})`, TEXT_COLUMNS),
      `  ${shownText(finding, report)}`,
      `  replay: ${finding.replay}`,
    ]);
  return [`FINDINGS ${summary}`, ...comments].map((line) => `# ${printable(line)}\n`).join('');
}

function totals({ summary }: RunReport): string {
  const shown: readonly Status[] = ['passed', 'failed', 'unknown', 'skipped'];
  return `# ${counted(summary.scenarios, 'scenario')}: ${shown.map((status) => `${summary[status]} ${status}`).join(', ')}\n`;
}

export const tapReporter: ReporterEntry = {
  name: 'tap',
  doc: 'TAP version 14 for TAP tools: a subtest a scenario, with checks, causes and evidence as YAML, and the findings as comments.',
  unredacted: (sentence) => `# ${sentence}\n`,
  create: createTap,
};
