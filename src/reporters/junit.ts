/** The JUnit reporter: XML for CI systems, valid against the schema of Jenkins' xUnit plugin (junit-10.xsd). */
import type { CheckEntry, RepetitionResult, RunReport, ScenarioResult } from '../scenarios/run/result.js';
import { agentLine, causeLine, checkLines, diagnosesOf, diagnosisLines, evidenceLines } from './account.js';
import { findingNumbers, findingsSummary, shownText, whereText } from './finding-text.js';
import { printable, printableLines } from './format.js';
import { renderLadder } from './ladder.js';
import { outageLines } from './outage.js';
import type { ReporterContext, ReporterEntry } from './reporter.js';
import { type Element, element, renderXml } from './xml.js';

/** Cases whose trace is drawn, rows of a drawing, and checks of one case in full. */
const LADDERS_MAX = 20;
const LADDER_ROWS_MAX = 150;
const LADDER_COLUMNS = 120;
const CHECKS_MAX = 20;

interface Case {
  readonly result: ScenarioResult;
  /** Null for a scenario of which nothing ran. */
  readonly repetition: RepetitionResult | null;
  readonly checks: readonly CheckEntry[];
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped';
}

/**
 * A suite for each scenario, a case for each repetition. `failure` is a check that did not hold, `error` what says
 * nothing of the target: a run that is unknown, or a target that went down. A retry that helped leaves `flakyFailure`,
 * one that did not `rerunFailure`.
 */
export function renderJunit(report: RunReport, traceOf: ReporterContext['traceOf']): string {
  let ladders = LADDERS_MAX;
  const suites = report.scenarios.map((result) => {
    const cases = casesOf(result);
    const elements = cases.map((one) => {
      const drawn = one.outcome !== 'passed' && one.outcome !== 'skipped' && ladders-- > 0;
      return caseElement(one, drawn ? traceOf : null);
    });
    const attributes = {
      name: printable(result.name),
      tests: String(cases.length),
      ...countsOf(cases),
      skipped: String(cases.filter(({ outcome }) => outcome === 'skipped').length),
      time: seconds(result.durationMs),
      // Without fractions and zone, as Ant's schema has it; it is in UTC.
      timestamp: report.startedAt.slice(0, 19),
      file: result.file === null ? null : printable(result.file),
    };
    return element('testsuite', attributes, [propertiesOf(result, report), ...elements]);
  });
  const all = report.scenarios.flatMap(casesOf);
  const stop = stopSuite(report);
  if (stop !== null) suites.push(stop);
  const name = report.interrupted ? 'call-probe (interrupted)' : 'call-probe';
  return renderXml(
    element(
      'testsuites',
      {
        name,
        tests: String(all.length + (stop === null ? 0 : 1)),
        ...countsOf(all, stop === null ? 0 : 1),
        time: seconds(report.durationMs),
      },
      suites,
    ),
  );
}

/** A target that did not come back is an error of its own: the scenarios that were not run over it count as skipped, which alone would look well. */
function stopSuite(report: RunReport): Element | null {
  if (report.stopped === undefined) return null;
  const message = printable(report.stopped);
  const error = element('error', { message, type: 'target-gone' }, [`\n${[message, ...outageLines(report)].join('\n')}\n`]);
  const name = `the target ${printable(report.target)}`;
  const counts = {
    tests: '1',
    failures: '0',
    errors: '1',
    skipped: '0',
    time: '0.000',
    timestamp: report.startedAt.slice(0, 19),
  };
  const once = element('testcase', { name: 'the target stays there', classname: 'call-probe', time: '0.000' }, [error]);
  return element('testsuite', { name, ...counts }, [once]);
}

function casesOf(result: ScenarioResult): Case[] {
  if (result.repetitions.length === 0) {
    const outcome = result.status === 'skipped' ? 'skipped' : result.status === 'passed' ? 'passed' : 'error';
    return [{ result, repetition: null, checks: result.checks, outcome }];
  }
  const cases = result.repetitions.map((repetition): Case => {
    const checks = result.checks.filter((check) => check.repetition === repetition.repetition && check.valid !== true);
    return { result, repetition, checks, outcome: outcomeOf(repetition, checks) };
  });
  const isCutShort = result.status === 'unknown' && cases.every(({ outcome }) => outcome === 'passed');
  return isCutShort ? [...cases, { result, repetition: null, checks: [], outcome: 'skipped' }] : cases;
}

function outcomeOf({ status }: RepetitionResult, checks: readonly CheckEntry[]): Case['outcome'] {
  if (status === 'passed' || status === 'skipped') return status;
  const wentDown = checks.some(({ name, valid }) => name === 'server' && valid === false);
  return status === 'unknown' || wentDown ? 'error' : 'failure';
}

function countsOf(cases: readonly Case[], furtherErrors = 0): { readonly failures: string; readonly errors: string } {
  const count = (wanted: Case['outcome']): number => cases.filter(({ outcome }) => outcome === wanted).length;
  return { failures: String(count('failure')), errors: String(count('error') + furtherErrors) };
}

/** What holds for all cases of a scenario: the schema knows properties of suites only. */
function propertiesOf(result: ScenarioResult, report: RunReport): Element {
  const [first] = result.diagnoses;
  const facts: Readonly<Record<string, string | null>> = {
    'call-probe': report.version,
    target: report.target,
    defects: report.defects.length === 0 ? null : report.defects.join(' '),
    seed: result.seed,
    tags: result.tags.length === 0 ? null : result.tags.join(' '),
    line: result.line === null ? null : String(result.line),
    trace: result.trace,
    replay: result.replay,
    findings: findingsSummary(report),
    ...findingFacts(result, report),
    'diagnosis.code': first?.code ?? null,
    'diagnosis.hop': first?.hop ?? null,
    'diagnosis.evidence': first === undefined ? null : first.lines.join('\n'),
  };
  const properties = Object.entries(facts).flatMap(([name, value]) =>
    value === null || value === '' ? [] : [element('property', { name, value: printableLines(value).join('\n') })],
  );
  return element('properties', {}, properties);
}

/** The first finding that the scenario shows. */
function findingFacts(result: ScenarioResult, report: RunReport): Readonly<Record<string, string | null>> {
  const [number = 0] = findingNumbers(report.findings, result);
  const finding = report.findings[number - 1];
  if (finding === undefined) return {};
  return {
    finding: String(number),
    'finding.title': finding.title,
    'finding.where': whereText(finding),
    'finding.proof': finding.proof.join('\n'),
    'finding.look-at': finding.lookAt,
    'finding.shown-by': shownText(finding, report),
    'finding.replay': finding.replay,
  };
}

function caseElement(one: Case, traceOf: ReporterContext['traceOf'] | null): Element {
  const { result, repetition } = one;
  const suffix = result.repetitions.length > 1 && repetition !== null ? `, repetition ${repetition.repetition}` : '';
  const attributes = {
    name: `${printable(result.name)}${suffix}`,
    classname: className(result),
    time: seconds(repetition?.durationMs ?? result.durationMs),
  };
  return element('testcase', attributes, [...outcomeElements(one), ...earlierElements(one), ...systemOut(one, traceOf)]);
}

/** The path without its extension and with dots, which Jenkins takes for packages: `scenarios.accept`. */
function className({ file }: ScenarioResult): string {
  if (file === null) return 'call-probe';
  const parts = file.replace(/\.ya?ml$/i, '').split(/[/\\]+/);
  return printable(parts.filter((part) => part !== '' && part !== '.' && part !== '..').join('.'));
}

/** At most one: only the first `failure` of a case is read everywhere. */
function outcomeElements(one: Case): Element[] {
  const { result, repetition, checks, outcome } = one;
  if (outcome === 'passed') return [];
  if (outcome === 'skipped') return [element('skipped', { message: printable(result.why ?? 'skipped') })];
  const worst = checks.find(({ valid }) => valid === false) ?? checks[0];
  const [diagnosis] = repetition === null ? [] : diagnosesOf(result, repetition);
  const message = [
    ...(worst === undefined ? [result.why ?? 'unknown'] : [worst.message.split('\n')[0] ?? '']),
    ...(diagnosis === undefined ? [] : [`cause: ${causeLine(diagnosis)}`]),
  ];
  const type = diagnosis?.code ?? worst?.name ?? 'unknown';
  return [element(outcome, { message: printable(message.join('; ')), type: printable(type) }, [textOf(one)])];
}

/** Everything about a case that did not pass: the cause with its proof, then the checks, then where devices ended up. */
function textOf({ result, repetition, checks }: Case): string {
  const trace = repetition?.trace ?? result.trace;
  const causes = repetition === null ? [] : diagnosesOf(result, repetition);
  const shown = checks.slice(0, CHECKS_MAX);
  const agents = trace === result.trace ? Object.entries(result.agents) : [];
  const paragraphs = [
    ...(checks.length === 0 && result.why !== null ? [printableLines(result.why)] : []),
    ...causes.map((cause) => prefixed('cause: ', diagnosisLines(cause))),
    ...shown.map((check) => checkLines(check, trace)),
    ...(checks.length > shown.length ? [[`and ${checks.length - shown.length} further checks`]] : []),
    ...(agents.length === 0 ? [] : [['left at:', ...agents.map(([device, agent]) => `  ${agentLine(device, agent)}`)]]),
    [`again: ${printable(repetition === null ? result.replay : replayOf(result, repetition))}`],
  ];
  return `\n${paragraphs.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function prefixed(label: string, [first = '', ...more]: readonly string[]): string[] {
  return [`${label}${first}`, ...more];
}

/** The scenario's replay command repeats the repetition that is shown; the seeds of the others differ in their last part. */
function replayOf(result: ScenarioResult, repetition: RepetitionResult): string {
  if (repetition.trace === result.trace) return result.replay;
  return result.replay.replace(`--seed ${result.seed}`, `--seed ${repetition.seed}`);
}

/** Attempts before the last one: flaky when it passed in the end, a rerun that failed again when it did not. */
function earlierElements({ repetition }: Case): Element[] {
  if (repetition === null) return [];
  const prefix = repetition.status === 'passed' ? 'flaky' : 'rerun';
  return repetition.earlier.map(({ attempt, status, message }) => {
    const name = `${prefix}${status === 'failed' ? 'Failure' : 'Error'}`;
    const [type = status] = message.split(':');
    const attributes = { message: `attempt ${attempt} of ${repetition.attempts}`, type: printable(type.slice(0, 80)) };
    return element(name, attributes, [printableLines(message).join('\n')]);
  });
}

/** Evidence as text, the ladder, and the line by which Jenkins and GitLab attach the trace. */
function systemOut(one: Case, traceOf: ReporterContext['traceOf'] | null): Element[] {
  const trace = one.repetition?.trace ?? one.result.trace;
  if (trace === null || one.outcome === 'skipped' || one.outcome === 'passed') return [];
  const events = traceOf?.(trace) ?? null;
  const evidence = evidenceLines(one.checks, events);
  const ladder = events === null ? '' : renderLadder(events, { columns: LADDER_COLUMNS, ascii: true, rowsMax: LADDER_ROWS_MAX });
  const parts = [
    ...(evidence.length === 0 ? [] : [`evidence:\n${evidence.map((line) => `  ${line}`).join('\n')}`]),
    ...(ladder === '' ? [] : [ladder.trimEnd()]),
  ].map(withoutAttachments);
  const attachment = `[[ATTACHMENT|${printable(trace)}]]`;
  return [element('system-out', {}, [`\n${[...parts, attachment].join('\n\n')}\n`])];
}

/** What came over the wire attaches no files of the machine that reads the report. */
function withoutAttachments(text: string): string {
  return text.replace(/\[(?=\[ATTACHMENT)/gi, '[ ');
}

function seconds(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(3);
}

export const junitReporter: ReporterEntry = {
  name: 'junit',
  doc: 'JUnit XML for Jenkins, GitLab and the like: a suite a scenario, a case a repetition, flaky ones marked.',
  unredacted: (sentence) => `<!-- ${sentence} -->\n`,
  create: (out, context) => ({ runEnd: (report) => out.write(renderJunit(report, context.traceOf)) }),
};
