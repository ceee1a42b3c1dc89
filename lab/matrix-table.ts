/** Which scenario notices which defect: a grid of marks with numbered scenarios, for terminals and documents, and read back. */
import Table from 'cli-table3';
import { NO_LINES } from '../src/reporters/borderless.js';
import type { RunReport, Status } from '../src/scenarios/run/result.js';

/** A run of some of the scenarios with each defect, and one of all of them without any (`none`). */
export interface Matrix {
  readonly rows: readonly { readonly defect: string; readonly report: RunReport }[];
}

/** How a scenario ended with a defect; null where it was not run. */
export type Mark = Status | null;
/** By defect, then by scenario. */
export type Marks = ReadonlyMap<string, ReadonlyMap<string, Mark>>;

const SYMBOLS: Readonly<Record<Status, string>> = { passed: '·', failed: '✗', unknown: '?', skipped: '-' };
/** In a document an empty cell is a scenario that passes, and a stroke one that was not run. */
const WRITTEN: Readonly<Record<Status, string>> = { ...SYMBOLS, passed: '' };

/** A scenario as the grid names it: its file without folder and ending. */
export function stemOf({ name, file }: { readonly name: string; readonly file: string | null }): string {
  return file === null ? name : (file.split('/').at(-1) ?? file).replace(/\.ya?ml$/, '');
}

export function marksOf({ rows }: Matrix): Marks {
  return new Map(
    rows.map(({ defect, report }) => [defect, new Map(report.scenarios.map((scenario) => [stemOf(scenario), scenario.status]))]),
  );
}

/** The grid for a terminal: rows are defects, columns the numbered scenarios; the list of numbers is below it. */
export function matrixText(matrix: Matrix): string {
  const { marks, scenarios } = gridOf(matrix);
  const table = new Table({
    chars: NO_LINES,
    head: ['', ...scenarios.map((_, index) => `${index + 1}`), ''],
    style: { 'padding-left': 0, 'padding-right': 1, head: [], border: [] },
    colAligns: ['left', ...scenarios.map(() => 'right' as const), 'left'],
  });
  for (const [defect, row] of marks) {
    const cells = scenarios.map((scenario) => symbolOf(row.get(scenario), SYMBOLS, ' '));
    table.push([defect, ...cells, `noticed by ${failedIn(row)} of ${row.size}`]);
  }
  const legend = scenarios.map((scenario, index) => `${`${index + 1}`.padStart(3)}  ${scenario}`);
  const grid = table.toString().replace(/ +$/gm, '');
  return `${grid}\n\n· passed   ✗ failed   ? unknown   - skipped\n\n${legend.join('\n')}\n`;
}

/** The same for documents; `readMatrix` reads it back. */
export function matrixMarkdown(matrix: Matrix): string {
  const { marks, scenarios } = gridOf(matrix);
  const numbers = scenarios.map((_, index) => `${index + 1}`);
  const rows = [...marks].map(([defect, row]) => {
    const name = defect === 'none' ? defect : `\`${defect}\``;
    return line([name, ...scenarios.map((scenario) => symbolOf(row.get(scenario), WRITTEN, '/')), `${failedIn(row)}`]);
  });
  return [
    line(['defect', ...numbers, 'noticed by']),
    `|---|${[...numbers, ''].map(() => ':-:').join('|')}|`,
    ...rows,
    '',
    ...scenarios.map((scenario, index) => `${index + 1}. \`${scenario}\``),
  ].join('\n');
}

/** The marks in a document that holds such a grid with its list of scenarios; empty when it holds none. */
export function readMatrix(markdown: string): Marks {
  const scenarios = [...markdown.matchAll(/^(\d+)\. `([^`]+)`$/gm)].map(
    ([, number, scenario]) => [number ?? '', scenario ?? ''] as const,
  );
  const head = /^\| defect \|(( \d+ \|)+) noticed by \|$/m.exec(markdown);
  if (head === null) return new Map();
  const numbers = (head[1] ?? '').split('|').map((cell) => cell.trim());
  const columns = numbers.slice(0, -1).map((number) => scenarios.find(([own]) => own === number)?.[1] ?? '');
  const symbols = new Map<string, Mark>(Object.entries(WRITTEN).map(([status, symbol]) => [symbol, status as Status]));
  const below = markdown.slice(head.index).split('\n');
  const end = below.findIndex((text) => !text.startsWith('|'));
  const rows = below.slice(2, end < 0 ? undefined : end).flatMap((text) => {
    const row = /^\| `?([\w-]+)`? \|(.*)\|$/.exec(text);
    return row === null ? [] : [row];
  });
  return new Map(
    rows.map(([, defect = '', cells = '']) => {
      const marks = cells.split('|').map((cell) => symbols.get(cell.trim()) ?? null);
      return [defect, new Map(columns.map((scenario, index) => [scenario, marks[index] ?? null]))];
    }),
  );
}

/** Scenarios in the order in which the first row, which has all of them, ran them. */
function gridOf(matrix: Matrix): { marks: Marks; scenarios: string[] } {
  const marks = marksOf(matrix);
  return { marks, scenarios: [...new Set([...marks.values()].flatMap((row) => [...row.keys()]))] };
}

function failedIn(row: ReadonlyMap<string, Mark>): number {
  return [...row.values()].filter((mark) => mark === 'failed').length;
}

function symbolOf(mark: Mark | undefined, symbols: Readonly<Record<Status, string>>, notRun: string): string {
  return mark === undefined || mark === null ? notRun : symbols[mark];
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
