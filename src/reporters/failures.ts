/** The failing scenarios in full: what disagrees, how it came about, why, what else is wrong, and how to run it again. */

import type { Diagnosis, RunReport, ScenarioResult } from '../scenarios/run/result.js';
import type { TraceEvent } from '../trace/event.js';
import { type CheckGroup, groupChecks, hintOf, worstSplit } from './failed-checks.js';
import { beside } from './finding-lines.js';
import { whereText } from './finding-text.js';
import { counted, printable, printableLines } from './format.js';
import { windowLadder } from './ladder/window-ladder.js';
import { type Look, labelled, statusPaint } from './look.js';
import type { Out } from './reporter.js';
import { isolated, truncate, wrap } from './width.js';

/** Kinds of check shown per scenario, diagnoses, and trace lines named per item; the JSON report has them all. */
const GROUPS_MAX = 6;
const DIAGNOSES_MAX = 3;
const EVIDENCE_MAX = 8;
/** Events of a diagnosis that are shown as text. */
const PROOF_MAX = 8;

/** Scenarios that failed, those in which the sides disagree first, then those that are unknown; each in the run's order. */
export function troubled(report: RunReport): ScenarioResult[] {
  const rank = (result: ScenarioResult): number => (result.status === 'unknown' ? -1 : (worstSplit(result)?.rank ?? 0));
  return report.scenarios.filter(({ status }) => status === 'failed' || status === 'unknown').sort((a, b) => rank(b) - rank(a));
}

/** The one line to see when the two sides of a call disagree, or null. */
export function headline(report: RunReport, columns: number, look: Look): string[] {
  const splits = report.scenarios.flatMap((result) => {
    const split = worstSplit(result);
    return split === null ? [] : [split];
  });
  const worst = splits.sort((a, b) => b.rank - a.rank)[0];
  if (worst === undefined) return [];
  const same = splits.filter(({ words }) => words === worst.words).length;
  const where = same > 1 ? ` (${counted(same, 'scenario')})` : '';
  const line = `${look.failed} ${printable(worst.pair)}: ${printable(worst.words)}${where}`;
  return wrap(line, columns).map((part) => look.paint.red.bold(part));
}

/** The scenarios to be shown after the findings: those that stand for a finding in its order, then the others. */
export function inOrderOfFindings(report: RunReport): ScenarioResult[] {
  const all = troubled(report);
  const shown = report.findings.flatMap(
    (finding) => all.find(({ name, status }) => status === 'failed' && name === finding.scenario) ?? [],
  );
  return [...new Set([...shown, ...all])];
}

/** A failed scenario whose finding stands above: its name, and in a second line where it is and what disagrees. */
export function shortFailureLines(
  result: ScenarioResult,
  reference: string,
  columns: number,
  look: Look,
  ladder: readonly string[],
): string[] {
  const { paint } = look;
  const groups = groupChecks(result);
  const worst = groups.find(({ first }) => first.valid === false && first.redial !== true) ?? groups[0];
  const bad = result.repetitions.filter(({ status }) => status === result.status).length;
  const symptom = worst === undefined ? result.why : symptomOf(worst);
  const facts = [
    ...(symptom === null ? [] : [symptom]),
    ...(result.repetitions.length > 1 ? [`${bad} of ${counted(result.repetitions.length, 'repetition')}`] : []),
    ...(result.file === null ? [] : [result.file]),
  ];
  const name = wrap(`${look.failed} ${printable(result.name)}`, Math.max(20, columns - 2)).map(
    (line, index) => `${index === 0 ? '' : '  '}${isolated(line)}`,
  );
  return [
    ...beside(
      name,
      reference,
      columns,
      (line) => paint.bold(line.replace(look.failed, (mark) => paint.red(mark))),
      paint.yellow,
      2,
    ),
    ...(facts.length === 0 ? [] : [`  ${truncate(facts.map(printable).join(', '), Math.max(20, columns - 2), look.ellipsis)}`]),
    ...(ladder.length === 0 ? [] : ['', ...ladder]),
  ];
}

/** `convergence: alice=ringing bob=connected`, or the check's own words without the place of its step. */
function symptomOf({ first, split }: CheckGroup): string {
  const message = first.message.split('\n', 1)[0] ?? '';
  const words =
    first.path !== undefined && message.startsWith(`${first.path}: `) ? message.slice(first.path.length + 2) : message;
  return `${first.name}: ${split?.pair ?? words}`;
}

/** Everything about one scenario that did not pass, as lines; `ladder` is the part of its trace that matters, if there is any. */
export function failureLines(result: ScenarioResult, columns: number, look: Look, ladder: readonly string[] = []): string[] {
  const { paint } = look;
  const mark = statusPaint(look, result.status)(result.status === 'failed' ? look.failed : look.unknown);
  const bad = result.repetitions.filter(({ status }) => status === result.status).length;
  const [firstLine = '', ...moreLines] = wrap(printable(result.name), Math.max(20, columns - 2));
  const place = [
    result.status === 'unknown' ? paint.yellow('unknown') : paint.red('failed'),
    ...(result.repetitions.length > 1 ? [`${bad} of ${counted(result.repetitions.length, 'repetition')}`] : []),
    ...(result.file === null ? [] : [printable(result.file)]),
  ];
  const lines = [`${mark} ${paint.bold(isolated(firstLine))}`, ...moreLines.map((line) => `  ${paint.bold(isolated(line))}`)];
  lines.push(`  ${place.join(paint.dim(', '))}`);
  if (result.why !== null) lines.push(...labelled('because', printableLines(result.why), 2, columns, look));
  const groups = groupChecks(result);
  const [worst] = groups;
  if (worst !== undefined) lines.push('', ...groupLines(worst, result, columns, look));
  if (ladder.length > 0) lines.push('', ...ladder);
  const diagnoses = result.diagnoses.slice(0, DIAGNOSES_MAX);
  for (const diagnosis of diagnoses) lines.push('', ...diagnosisLines(diagnosis, columns, look));
  for (const group of groups.slice(1, GROUPS_MAX)) lines.push('', ...groupLines(group, result, columns, look));
  if (groups.length > GROUPS_MAX) {
    lines.push('', paint.dim(`  and ${counted(groups.length - GROUPS_MAX, 'further check')}; the JSON report has them all`));
  }
  const agents = Object.entries(result.agents);
  if (agents.length > 0) {
    lines.push(
      '',
      ...labelled(
        'left at',
        agents.map(([device, agent]) => printable(agentText(device, agent))),
        2,
        columns,
        look,
      ),
    );
  }
  lines.push(`  ${paint.dim('again'.padEnd(10))}${paint.cyan(printable(result.replay))}`);
  return lines;
}

function agentText(device: string, agent: ScenarioResult['agents'][string]): string {
  const state = agent.reason === null ? agent.state : `${agent.state}(${agent.reason})`;
  const version = agent.version === null ? '' : ` v${agent.version}`;
  return `${device} ${state}${version}${agent.media === 'idle' || agent.media === '' ? '' : `, media ${agent.media}`}`;
}

function groupLines(group: CheckGroup, result: ScenarioResult, columns: number, look: Look): string[] {
  const { first, split } = group;
  const paint = first.valid === false ? look.paint.red : look.paint.yellow;
  const many =
    result.repetitions.length > 1 ? `${group.repetitions.length} of ${counted(result.repetitions.length, 'repetition')}` : '';
  const title = printable(split === null ? first.name : `${split.pair} (${first.name})`);
  const mark = first.valid === false ? look.failed : look.unknown;
  const lines = wrap(`${mark} ${title}${many === '' ? '' : `, ${many}`}`, Math.max(20, columns - 2)).map(
    (line) => `  ${paint(line)}`,
  );
  for (const line of printableLines(first.message)) {
    lines.push(...wrap(line, Math.max(20, columns - 4)).map((part) => `    ${part}`));
  }
  if (first.expected !== null) lines.push(...labelled('expected', printableLines(first.expected), 4, columns, look));
  if (first.actual !== null) lines.push(...labelled('actual', printableLines(first.actual), 4, columns, look));
  const evidence = evidenceText(first.evidence, traceOf(result, first.repetition));
  // Never broken: people copy it.
  if (evidence !== null) lines.push(`    ${look.paint.dim('evidence'.padEnd(10))}${evidence}`);
  return lines;
}

/** `cause`, the events that prove it, where to look, and what would show that it is another one. */
function diagnosisLines(diagnosis: Diagnosis, columns: number, look: Look): string[] {
  const { title, summary, ruledOutBy } = diagnosis;
  const [code = '', ...more] = printableLines(whereText(diagnosis));
  const sentences = [title, diagnosis.proof.length > 0 ? diagnosis.proof.join(' ') : summary];
  const lines = labelled('cause', [code, ...more, ...sentences.flatMap(printableLines)], 2, columns, look).map((line) =>
    line.replace(code, (words) => look.paint.bold(words)),
  );
  const proof = diagnosis.lines.slice(0, PROOF_MAX).flatMap(printableLines);
  const numbers = evidenceText(diagnosis.evidence, null);
  if (proof.length > 0) {
    const left = diagnosis.lines.length - PROOF_MAX;
    lines.push(...labelled('proof', left > 0 ? [...proof, `and ${left} more`] : proof, 2, columns, look));
  } else if (numbers !== null) lines.push(...labelled('proof', [numbers], 2, columns, look));
  if (diagnosis.lookAt !== null) lines.push(...labelled('look at', printableLines(diagnosis.lookAt), 2, columns, look));
  if (ruledOutBy === null) return lines;
  return [...lines, ...labelled('ruled out', printableLines(`by: ${ruledOutBy}`), 2, columns, look)];
}

/** The ladder of the window that matters in the trace of this result, or nothing without a trace to draw. */
export function failureLadder(
  result: ScenarioResult,
  traceOf: (path: string) => readonly TraceEvent[] | null,
  out: Pick<Out, 'columns' | 'colors' | 'unicode'>,
): readonly string[] {
  const trace = result.trace === null ? null : traceOf(result.trace);
  const drawn = trace === null ? null : windowLadder(trace, hintOf(result), { ...out, columns: out.columns - 2 });
  return drawn === null ? [] : [...drawn.rows, '', ...drawn.legend].map((line) => (line === '' ? '' : `  ${line}`));
}

function traceOf(result: ScenarioResult, repetition: number): string | null {
  return result.repetitions.find((one) => one.repetition === repetition)?.trace ?? result.trace;
}

/** `reports/x.trace.jsonl n=41,55`, or null when there is nothing to point at. */
export function evidenceText(evidence: readonly number[], trace: string | null): string | null {
  if (evidence.length === 0) return trace === null ? null : printable(trace);
  const shown = evidence.slice(0, EVIDENCE_MAX).join(',');
  const more = evidence.length > EVIDENCE_MAX ? ` and ${evidence.length - EVIDENCE_MAX} more` : '';
  return `${trace === null ? '' : `${printable(trace)} `}n=${shown}${more}`;
}
