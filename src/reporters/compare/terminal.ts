/** A comparison for a terminal: what got worse first, with its two ladders, then a table of all timings that changed. */
import { causeLine } from '../account.js';
import { beside } from '../finding-lines.js';
import { whereText } from '../finding-text.js';
import { counted, duration, percentileCell, printable, printableLines } from '../format.js';
import { markOf } from '../ladder/window-ladder.js';
import { type Look, labelled, lookOf, statusPaint } from '../look.js';
import type { Out } from '../reporter.js';
import { fit, isolated, textWidth, wrap } from '../width.js';
import {
  type ComparedScenario,
  type Comparison,
  furtherText,
  hasPercentiles,
  repetitionsText,
  type ScenarioComparison,
} from './comparison.js';
import { changesSummary, shareText } from './finding-changes.js';
import { pairedLadders } from './side-by-side.js';
import { changeWords, type TimingChange } from './timing-change.js';

const COLUMNS_MIN = 60;
/** Scenarios shown with their ladders, and lines of those that stayed the same. */
const DRAWN_MAX = 5;
const SAME_MAX = 20;
const NAMES_MAX = 5;
const FINDINGS_MAX = 20;
/** Columns of `unchanged` and the space after it. */
const CHANGE_COLUMNS = 11;

/** The whole comparison as lines; the last one is the verdict. */
export function renderComparison(comparison: Comparison, out: Pick<Out, 'columns' | 'colors' | 'unicode'>): string[] {
  const look = lookOf(out);
  const columns = Math.max(COLUMNS_MIN, out.columns);
  const lines = [...sideLines(comparison, columns, look)];
  lines.push(...changeLines(comparison, columns, look));
  const detailed = comparison.scenarios.filter(isDetailed);
  for (const scenario of detailed.slice(0, DRAWN_MAX)) {
    lines.push('', ...scenarioLines(scenario, { ...out, columns }, look));
  }
  const rest = [...detailed.slice(DRAWN_MAX), ...comparison.scenarios.filter((one) => !isDetailed(one))];
  if (rest.length > 0) lines.push('');
  for (const scenario of rest.slice(0, SAME_MAX)) lines.push(...wrap(shortLine(scenario, look), columns));
  if (rest.length > SAME_MAX) lines.push(look.paint.dim(`and ${counted(rest.length - SAME_MAX, 'further scenario')}`));
  lines.push(...missingLines('only before', comparison.onlyBefore, columns, look));
  lines.push(...missingLines('only after', comparison.onlyAfter, columns, look));
  lines.push('', ...verdictLines(comparison, columns, look));
  return lines;
}

function sideLines({ before, after }: Comparison, columns: number, look: Look): string[] {
  const about = ({ label, target, defects }: Comparison['before']): string =>
    printable([label, `target ${target}`, ...(defects.length > 0 ? [`defects ${defects.join(', ')}`] : [])].join(', '));
  return [...labelled('before', [about(before)], 0, columns, look), ...labelled('after', [about(after)], 0, columns, look)];
}

/** Findings that changed in full, in a line each what did not. */
function changeLines({ findings }: Comparison, columns: number, look: Look): string[] {
  const summary = changesSummary(findings);
  if (summary === null) return [];
  const { paint } = look;
  const paints = { new: paint.red, unclear: paint.yellow, unchanged: paint.dim, fixed: paint.green } as const;
  const width = Math.max(20, columns - CHANGE_COLUMNS);
  const lines = ['', `${paint.bold('FINDINGS')}  ${summary}`, ''];
  for (const one of findings.slice(0, FINDINGS_MAX)) {
    const { change, finding } = one;
    const [first = '', ...more] = wrap(printable(finding.title), width).map(isolated);
    const head = [`${change.padEnd(CHANGE_COLUMNS)}${first}`, ...more.map((line) => `${' '.repeat(CHANGE_COLUMNS)}${line}`)];
    const title = (line: string): string => line.replace(change, (word) => paints[change](word));
    lines.push(...beside(head, printable(whereText(finding)), columns, title, paint.yellow, CHANGE_COLUMNS));
    const words = [...(change === 'new' ? finding.proof.flatMap(printableLines) : []), `${capital(shareText(one))}.`];
    lines.push(...wrap(words.join(' '), width).map((line) => paint.dim(`${' '.repeat(CHANGE_COLUMNS)}${line}`)));
    if (change === 'new') lines.push(`${' '.repeat(CHANGE_COLUMNS)}${paint.cyan(printable(finding.replay))}`);
  }
  if (findings.length > FINDINGS_MAX) lines.push(paint.dim(`and ${counted(findings.length - FINDINGS_MAX, 'further finding')}`));
  return lines;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What is shown in detail: what changed, and what went through other steps. */
function isDetailed({ verdict, before, after }: ScenarioComparison): boolean {
  return verdict !== 'same' || before.status !== after.status || before.diagnosis?.code !== after.diagnosis?.code;
}

function scenarioLines(scenario: ScenarioComparison, out: Pick<Out, 'columns' | 'colors' | 'unicode'>, look: Look): string[] {
  const { columns } = out;
  const { paint } = look;
  const [title = '', ...more] = wrap(printable(scenario.name), columns - 2);
  const lines = [
    `${verdictMark(scenario, look)} ${paint.bold(isolated(title))}`,
    ...more.map((line) => `  ${paint.bold(isolated(line))}`),
  ];
  lines.push(...sideVerdict('before', scenario.before, columns, look), ...sideVerdict('after', scenario.after, columns, look));
  if (scenario.reasons.length > 0)
    lines.push(...labelled(scenario.verdict === 'worse' ? 'worse' : 'because', scenario.reasons, 2, columns, look));
  const { traces, alignment } = scenario;
  if (traces !== null && alignment !== null) {
    const { first } = alignment;
    const further = furtherText(alignment);
    const words = first === null ? 'nowhere: both went through the same steps' : `${first.side} only: ${first.step.words}`;
    lines.push(...labelled('differs', [printable(`${words}${further === '' ? '' : ` (${further})`}`)], 2, columns, look));
    const drawn = pairedLadders(traces.before, traces.after, alignment, { ...out, columns: columns - 2 });
    if (drawn !== null)
      lines.push(
        '',
        ...drawn.rows.map((row) => (row === '' ? '' : `  ${row}`)),
        '',
        `  ${paint.red(markOf(out))} ${paint.dim('the first difference')}`,
      );
  }
  const timings = timingLines(scenario.timings, columns, look);
  return timings.length === 0 ? lines : [...lines, '', ...timings];
}

function sideVerdict(label: string, side: ComparedScenario, columns: number, look: Look): string[] {
  const { status, why, diagnosis } = side;
  const verdict = `${look[status]} ${status}`;
  const parts = [verdict, repetitionsText(side)].filter((part) => part !== '').join(', ');
  const cause = diagnosis === null ? (why ?? '') : causeLine(diagnosis);
  return labelled(label, [printable(`${parts}${cause === '' ? '' : `: ${cause}`}`)], 2, columns, look).map((line, at) =>
    at === 0 ? line.replace(verdict, (words) => statusPaint(look, status)(words)) : line,
  );
}

function timingLines(timings: readonly TimingChange[], columns: number, look: Look): string[] {
  const rows = timings.map((timing) => {
    const cell = (side: TimingChange['before']): string =>
      side === null
        ? '-'
        : side.count > 1
          ? `${percentileCell(side, 'min')}/${percentileCell(side, 'p50')}/${percentileCell(side, 'p95')}`
          : percentileCell(side, 'max');
    return [printable(timing.name), cell(timing.before), cell(timing.after), changeWords(timing)];
  });
  if (rows.length === 0) return [];
  const many = hasPercentiles(timings);
  const head = [many ? 'min/p50/p95 in ms' : 'in ms', 'before', 'after', 'change'];
  const widths = [0, 1, 2].map((at) => Math.max(...[head, ...rows].map((row) => textWidth(row[at] ?? ''))));
  const line = (cells: readonly string[]): string => {
    const [name = '', before = '', after = '', change = ''] = cells;
    const text = `  ${fit(name, widths[0] ?? 0)}  ${fit(before, widths[1] ?? 0, 'right')}  ${fit(after, widths[2] ?? 0, 'right')}  ${change}`;
    return fit(text, Math.max(columns, 40)).trimEnd();
  };
  return [
    look.paint.dim(line(head)),
    ...rows.map((row, at) => {
      const verdict = timings[at]?.verdict;
      const paint = verdict === 'worse' ? look.paint.red : verdict === 'better' ? look.paint.green : (text: string) => text;
      return paint(line(row));
    }),
  ];
}

function shortLine(scenario: ScenarioComparison, look: Look): string {
  const { before, after } = scenario;
  const change = before.status === after.status ? after.status : `${before.status} ${look.to} ${after.status}`;
  const timing = scenario.timings.find(({ name }) => name === 'accept-to-connected') ?? scenario.timings[0];
  const words =
    timing === undefined
      ? ''
      : `, ${printable(timing.name)} ${duration(timing.before?.p50 ?? null)} ${look.to} ${duration(timing.after?.p50 ?? null)}`;
  return `${verdictMark(scenario, look)} ${change} ${isolated(printable(scenario.name))}${words}`;
}

function verdictMark({ verdict, after }: ScenarioComparison, look: Look): string {
  switch (verdict) {
    case 'worse':
      return look.paint.red(look.failed);
    case 'better':
      return look.paint.green(look.passed);
    case 'inconclusive':
      return look.paint.yellow(look.unknown);
    case 'same':
      return statusPaint(look, after.status)(look[after.status]);
  }
}

function missingLines(label: string, names: readonly string[], columns: number, look: Look): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, NAMES_MAX).map(printable);
  const more = names.length > NAMES_MAX ? [`and ${names.length - NAMES_MAX} more`] : [];
  return [
    '',
    look.paint.yellow(`${label}: ${counted(names.length, 'scenario')}`),
    ...[...shown, ...more].flatMap((name) => wrap(name, columns - 2)).map((line) => `  ${line}`),
  ];
}

function verdictLines({ scenarios, verdict, threshold }: Comparison, columns: number, look: Look): string[] {
  const count = (wanted: ScenarioComparison['verdict']): number => scenarios.filter((one) => one.verdict === wanted).length;
  const parts = (['worse', 'inconclusive', 'better', 'same'] as const).flatMap((one) =>
    count(one) === 0 ? [] : [`${count(one)} ${one}`],
  );
  const text = `${counted(scenarios.length, 'scenario')} compared: ${parts.join(', ')} (threshold ${Math.round(threshold * 100)} %)`;
  const paint = verdict === 'worse' ? look.paint.red.bold : verdict === 'inconclusive' ? look.paint.yellow : look.paint.green;
  return wrap(text, columns).map((line) => paint(line));
}
