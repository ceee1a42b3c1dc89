/** What stands at the end of a run: one row per scenario, the totals, the slowest answer, and where everything is. */
import Table from 'cli-table3';
import type { RunReport, ScenarioResult, TimingSummary } from '../scenarios/run/result.js';
import { groupBy } from '../trace/grouping.js';
import { limitLines } from './finding-lines.js';
import { findingNumbers, findingReference } from './finding-text.js';
import { counted, duration, type Percentile, printable, timingCell } from './format.js';
import { type Look, labelled, statusPaint } from './look.js';
import { notRunText, outageLines } from './outage.js';
import { isolated, textWidth, wrap } from './width.js';

interface TimingColumn {
  readonly head: readonly [string, string];
  readonly names: readonly string[];
}

/** In the order in which they are given up when the terminal is narrow, the last first. */
const TIMINGS: readonly TimingColumn[] = [
  { head: ['invite→', 'ringing'], names: ['invite-to-ringing'] },
  { head: ['accept→', 'connect'], names: ['accept-to-connected'] },
  { head: ['hangup→', 'ended'], names: ['hangup-to-ended', 'reject-to-ended'] },
  { head: ['accept→', 'media'], names: ['accept-to-media'] },
  { head: ['sides', 'differed'], names: ['disagreement'] },
];
const NAME_COLUMNS_MIN = 24;
const NAME_COLUMNS_ROOMY = 36;
const NAME_LINES_MAX = 3;

interface Layout {
  readonly timings: readonly TimingColumn[];
  readonly percentiles: readonly Percentile[];
  readonly nameColumns: number;
}

/** Of more scenarios than this only those that did not pass get a row: a run that held is one page. */
const ROWS_MAX = 24;

/** The scenarios that the table lists. */
export function listedScenarios({ scenarios }: RunReport): readonly ScenarioResult[] {
  if (scenarios.length <= ROWS_MAX) return scenarios;
  return scenarios.filter(({ status }) => status === 'failed' || status === 'unknown');
}

/** The table of scenarios in at most `columns` columns. */
export function scenarioTable({ scenarios, findings }: RunReport, columns: number, look: Look): string {
  const gap = columns >= 100 ? 2 : 1;
  const seen = TIMINGS.filter((column) => scenarios.some((result) => timingOf(result, column) !== undefined));
  const fixed = scenarios.map((result): readonly string[] => [
    `${look[result.status]} ${result.status}`,
    result.repetitions.length > 1 ? `${look.times}${result.repetitions.length}` : '',
    result.status === 'skipped' ? '' : duration(result.durationMs),
  ]);
  const references = scenarios.map((result) => findingReference(findingNumbers(findings, result)));
  const referenceColumns = Math.max(...references.map(textWidth));
  const fixedColumns = [0, 1, 2].map((at) => Math.max(...fixed.map((cells) => textWidth(cells[at] ?? ''))));
  const used = [...fixedColumns, ...(referenceColumns > 0 ? [referenceColumns] : [])].reduce(
    (sum, width) => sum + width + gap,
    0,
  );
  const layout = chooseLayout(scenarios, seen, columns - used - gap, gap);
  const names = scenarios.map((result) => wrap(printable(result.name), layout.nameColumns, NAME_LINES_MAX, look.ellipsis));
  const { paint } = look;
  const bare = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' };
  const table = new Table({
    chars: {
      ...bare,
      'bottom-right': '',
      left: '',
      right: '',
      middle: '',
      mid: '',
      'mid-mid': '',
      'left-mid': '',
      'right-mid': '',
    },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gap },
    colAligns: ['left', 'left', 'right', 'right', ...layout.timings.map(() => 'right' as const), 'left'],
  });
  if (layout.timings.length > 0) {
    const note = `${layout.percentiles.join('/')} in ms`;
    const heads = [
      '',
      textWidth(note) <= layout.nameColumns ? `\n${note}` : '',
      '',
      '',
      ...layout.timings.map(({ head }) => head.join('\n').replace('→', look.to)),
      ...(referenceColumns > 0 ? [''] : []),
    ];
    table.push(heads.map((head) => paintLines(head, paint.dim)));
  }
  for (const [index, result] of scenarios.entries()) {
    const [status = '', repetitions = '', time = ''] = fixed[index] ?? [];
    const timings = layout.timings.map((column) => timingCell(timingOf(result, column), layout.percentiles));
    table.push([
      statusPaint(look, result.status)(status),
      (names[index] ?? []).map((line) => STAND_IN.repeat(textWidth(line))).join('\n'),
      paint.dim(repetitions),
      time,
      ...timings.map((cell) => (cell.includes('never') ? paint.red(cell) : cell)),
      ...(referenceColumns > 0 ? [paint.yellow(references[index] ?? '')] : []),
    ]);
  }
  return putNames(table.toString(), names.flat());
}

/**
 * The table's own idea of widths knows neither Arabic marks nor isolates: names go in as stand-ins of their true width
 * and are put back row by row. No name can hold the stand-in, `printable` escapes it.
 */
const STAND_IN = '\ue000';

function putNames(table: string, names: readonly string[]): string {
  let next = 0;
  return table
    .replace(/\ue000+/g, () => isolated(names[next++] ?? ''))
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function paintLines(text: string, paint: (line: string) => string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : paint(line)))
    .join('\n');
}

/** The richest layout that leaves the names enough room; timings are dropped from the right. */
function chooseLayout(scenarios: readonly ScenarioResult[], seen: readonly TimingColumn[], room: number, gap: number): Layout {
  const longest = Math.max(1, ...scenarios.map((result) => textWidth(printable(result.name))));
  const candidates: { timings: readonly TimingColumn[]; percentiles: readonly Percentile[]; nameMin: number }[] = [
    { timings: seen, percentiles: ['p50', 'p95', 'max'], nameMin: NAME_COLUMNS_ROOMY },
  ];
  for (let count = seen.length; count >= 0; count--) {
    candidates.push({ timings: seen.slice(0, count), percentiles: ['p50', 'max'], nameMin: NAME_COLUMNS_MIN });
  }
  for (const { timings, percentiles, nameMin } of candidates) {
    const taken = timings.reduce((sum, column) => sum + gap + columnWidth(scenarios, column, percentiles), 0);
    const left = room - taken;
    if (left >= Math.min(longest, nameMin)) return { timings, percentiles, nameColumns: Math.min(longest, left) };
  }
  return { timings: [], percentiles: [], nameColumns: Math.max(8, Math.min(longest, room)) };
}

function columnWidth(scenarios: readonly ScenarioResult[], column: TimingColumn, percentiles: readonly Percentile[]): number {
  const cells = scenarios.map((result) => timingCell(timingOf(result, column), percentiles).length);
  return Math.max(...column.head.map((line) => line.length), ...cells);
}

function timingOf(result: ScenarioResult, column: TimingColumn): TimingSummary | undefined {
  for (const name of column.names) {
    const timing = result.timings[name];
    if (timing !== undefined && timing.count + timing.never > 0) return timing;
  }
  return undefined;
}

/** The lines under the table, without the replay command. */
export function totalLines(report: RunReport, files: readonly string[], columns: number, look: Look): string[] {
  const lines = [scenarioTotals(report, look), ...mediaTotals(report), ...slowestAnswer(report, columns, look)];
  for (const { name, repetitions } of report.scenarios) {
    const retried = repetitions.filter(({ attempts, status }) => attempts > 1 && status === 'passed').length;
    if (retried === 0) continue;
    const share = `${retried} of ${counted(repetitions.length, 'repetition')} passed only after a retry`;
    lines.push(...labelled('retried', [`${printable(name)}: ${share}`], 0, columns, look).map((line) => look.paint.yellow(line)));
  }
  // What a declared limit leaves out is counted with that limit.
  const limited = new Set(report.limits.flatMap(({ scenarios }) => scenarios));
  const skipped = report.scenarios.filter(
    ({ name, status, why }) =>
      status === 'skipped' && !limited.has(name) && !(report.stopped !== undefined && why === report.stopped),
  );
  const isLong = report.scenarios.length > ROWS_MAX;
  for (const same of groupBy(skipped, ({ name, why }) => (isLong ? reasonOf(why) : name)).values()) {
    const [first] = same;
    const text =
      same.length === 1
        ? `${first?.name ?? ''}: ${first?.why ?? reasonOf(null)}`
        : `${counted(same.length, 'scenario')}: ${reasonOf(first?.why ?? null)}`;
    lines.push(...labelled('skipped', [printable(text)], 0, columns, look));
  }
  // With findings they stand there.
  if (report.findings.length === 0) lines.push(...limitLines(report, columns, look));
  for (const line of outageLines(report))
    lines.push(...labelled('target', [line], 0, columns, look).map((part) => look.paint.red(part)));
  const notRun = notRunText(report);
  if (notRun !== null) lines.push(...labelled('not run', [notRun], 0, columns, look).map((line) => look.paint.yellow(line)));
  for (const [label, counted] of [
    ['unmapped', unmappedText(report)],
    ['partial', partialText(report)],
  ] as const)
    if (counted !== null) lines.push(...labelled(label, [counted], 0, columns, look).map((line) => look.paint.yellow(line)));
  const folder = commonFolder(
    report.scenarios.flatMap(({ repetitions }) => repetitions.flatMap(({ trace }) => (trace === null ? [] : [trace]))),
  );
  if (folder !== null) lines.push(look.paint.dim('traces'.padEnd(10)) + printable(folder));
  for (const file of files) lines.push(look.paint.dim('report'.padEnd(10)) + printable(file));
  return lines;
}

/** Why scenarios were skipped, without the place in the file of one of them. */
function reasonOf(why: string | null): string {
  return (why ?? 'no reason given').replace(/^(?:steps|needs)\[[\w.[\]]*(?::)? /, '');
}

/** Names that one line holds. */
const UNMAPPED_NAMES_MAX = 12;

/** Messages of a foreign target that the adapter has no word for; null when there were none. */
function unmappedText({ scenarios }: RunReport): string | null {
  const names = countedNames(scenarios.map(({ unmapped }) => unmapped));
  return names === null ? null : `${names}: no rule of the adapter fits these messages`;
}

/** What takes several messages of a foreign target, of which some did not come; null when all came. */
function partialText({ scenarios }: RunReport): string | null {
  const names = countedNames(scenarios.map(({ halfTold }) => halfTold));
  return names === null ? null : `${names}: the adapter waits for all parts of these`;
}

function countedNames(all: readonly (Readonly<Record<string, number>> | undefined)[]): string | null {
  const counts = new Map<string, number>();
  for (const counted of all) {
    for (const [name, count] of Object.entries(counted ?? {})) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  if (counts.size === 0) return null;
  const names = [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${printable(name)} ${count} times`);
  const more = names.length > UNMAPPED_NAMES_MAX ? `, and ${names.length - UNMAPPED_NAMES_MAX} more` : '';
  return `${names.slice(0, UNMAPPED_NAMES_MAX).join(', ')}${more}`;
}

/** `15 scenarios: 14 passed, 1 failed (12.3 s)`. */
function scenarioTotals(report: RunReport, look: Look): string {
  const { summary } = report;
  const parts = (['passed', 'failed', 'unknown', 'skipped'] as const).flatMap((status) => {
    return summary[status] > 0 ? [statusPaint(look, status)(`${summary[status]} ${status}`)] : [];
  });
  const interrupted = report.interrupted ? look.paint.yellow(', interrupted') : '';
  const none = parts.length === 0 ? [look.paint.yellow('nothing ran')] : parts;
  return `${look.paint.bold(counted(summary.scenarios, 'scenario'))}: ${none.join(', ')}${interrupted} (${duration(report.durationMs)})`;
}

function mediaTotals(report: RunReport): string[] {
  const { mediaSetups, mediaSetupsStalled } = report.summary;
  return mediaSetups === 0 ? [] : [`media set-ups: ${mediaSetups}, stalled by the probe's own DTLS: ${mediaSetupsStalled}`];
}

/** The slowest answer of all repetitions, and how many callers never showed it. */
function slowestAnswer(report: RunReport, columns: number, look: Look): string[] {
  let count = 0;
  let slowest: { ms: number; scenario: string; repetition: number; of: number } | null = null;
  let never = 0;
  for (const { name, repetitions, timings } of report.scenarios) {
    never += timings['accept-to-connected']?.never ?? 0;
    for (const { acceptToConnectedMs: ms, repetition } of repetitions) {
      if (ms === null) continue;
      count++;
      if (slowest === null || ms > slowest.ms) slowest = { ms, scenario: name, repetition, of: repetitions.length };
    }
  }
  const parts: string[] = [];
  if (never > 0) parts.push(`never in ${never}`);
  if (slowest !== null) {
    const which = slowest.of > 1 ? `repetition ${slowest.repetition} of ` : '';
    parts.push(`slowest ${duration(slowest.ms)} of ${count} (${which}${printable(slowest.scenario)})`);
  }
  if (parts.length === 0) return [];
  const lines = wrap(`accept-to-connected: ${parts.join(', ')}`, columns);
  return lines.map((line) => line.replace(/never in \d+/, (words) => look.paint.red(words)));
}

/** The folder that holds all of these files, or the file itself when there is one; null for none. */
function commonFolder(paths: readonly string[]): string | null {
  const [first, ...rest] = [...new Set(paths)];
  if (first === undefined) return null;
  if (rest.length === 0) return first;
  let parts = first.split('/').slice(0, -1);
  for (const path of rest) {
    const other = path.split('/');
    const differs = parts.findIndex((part, index) => part !== other[index]);
    if (differs !== -1) parts = parts.slice(0, differs);
  }
  return parts.length === 0 ? '.' : `${parts.join('/')}/`;
}
