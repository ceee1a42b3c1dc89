/** The findings of a run on a terminal: what is wrong, what proves it, where to look, and the command that shows it. */
import type { RunFinding, RunReport } from '../scenarios/run/result.js';
import { alternativeText, findingsSummary, limitText, lookAtText, shownText, whereText } from './finding-text.js';
import { counted, printable, printableLines } from './format.js';
import { type Look, labelled } from './look.js';
import { isolated, textWidth, wrap } from './width.js';

/** Findings in full, and sentences of proof of one of them; the JSON report has them all. */
const FINDINGS_MAX = 10;
const PROOF_MAX = 12;
const INDENT = 3;
/** Columns between what stands at the left and at the right of a line. */
const GAP_MIN = 3;

/** `FINDINGS  3 bugs, 1 declared limit`, then each of them; nothing without findings. */
export function findingLines(report: RunReport, columns: number, look: Look): string[] {
  const summary = findingsSummary(report);
  if (summary === null) return [];
  const { paint } = look;
  const lines = [`${paint.bold('FINDINGS')}  ${paint.red.bold(summary)}`];
  for (const [index, finding] of report.findings.slice(0, FINDINGS_MAX).entries())
    lines.push('', ...oneFinding(finding, index + 1, report, columns, look));
  const more = report.findings.length - FINDINGS_MAX;
  if (more > 0) lines.push('', paint.dim(`and ${counted(more, 'further finding')}; the JSON report has them all`));
  const limits = limitLines(report, columns, look);
  return limits.length === 0 ? lines : [...lines, '', ...limits];
}

/** The declared limits that took part in the run, a line each. */
export function limitLines({ limits }: RunReport, columns: number, look: Look): string[] {
  return limits.flatMap((limit) => labelled('limit', [printable(limitText(limit))], 0, columns, look));
}

function oneFinding(finding: RunFinding, number: number, report: RunReport, columns: number, look: Look): string[] {
  const { paint } = look;
  const width = Math.max(20, columns - INDENT);
  const of = (text: string): string[] => wrap(printable(text), width).map(indented);
  const [first = '', ...more] = wrap(printable(finding.title), width).map(isolated);
  const head = [`${String(number).padEnd(INDENT)}${first}`, ...more.map(indented)];
  const lookAt = lookAtText(finding);
  return [
    ...beside(head, printable(whereText(finding)), columns, paint.bold, paint.yellow),
    ...packed(finding.proof.slice(0, PROOF_MAX).flatMap(printableLines), width).map(indented),
    ...(lookAt === null ? [] : of(lookAt)),
    ...finding.alternatives.flatMap((one) => of(alternativeText(one))).map((line) => paint.dim(line)),
    // Commands are never broken: people copy them.
    ...beside(of(shownText(finding, report)), printable(finding.replay), columns, paint.dim, paint.cyan),
  ];
}

const indented = (line: string): string => `${' '.repeat(INDENT)}${line}`;

type Paint = (text: string) => string;

/** A text at the right end of the last line where there is room, else on a line of its own. */
export function beside(
  lines: readonly string[],
  text: string,
  columns: number,
  paintLine: Paint,
  paintText: Paint,
  indent = INDENT,
): string[] {
  const gap = columns - textWidth(lines.at(-1) ?? '') - textWidth(text);
  const painted = lines.map((line) => paintLine(line));
  if (gap < GAP_MIN) return [...painted, `${' '.repeat(indent)}${paintText(text)}`];
  return [...painted.slice(0, -1), `${painted.at(-1) ?? ''}${' '.repeat(gap)}${paintText(text)}`];
}

/** Sentences, as many on a line as fit, each unbroken where it can be. */
function packed(sentences: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const sentence of sentences) {
    const last = lines.at(-1);
    if (last !== undefined && /[.!?]$/.test(last) && textWidth(`${last} ${sentence}`) <= width)
      lines[lines.length - 1] = `${last} ${sentence}`;
    else lines.push(...wrap(sentence, width));
  }
  return lines;
}
