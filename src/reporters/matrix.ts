/** Which scenario notices which defect: one run for each defect as a table, for terminals and for documents. */
import Table from 'cli-table3';
import type { RunReport, Status } from '../scenarios/result.js';
import { NO_LINES } from './borderless.js';

/** The runs of the same scenarios, one without a defect (`none`) and one with each. */
export interface Matrix {
  readonly columns: readonly { readonly defect: string; readonly report: RunReport }[];
}

const MARKS: Readonly<Record<Status, string>> = { passed: '·', failed: '✗', unknown: '?', skipped: '-' };

/** Scenario by defect: the file without folder and ending, and how it ended with each, in the order of the columns. */
export function rowsOf({ columns }: Matrix): { readonly scenario: string; readonly marks: readonly string[] }[] {
  const scenarios = columns[0]?.report.scenarios ?? [];
  return scenarios.map(({ name, file }, index) => ({
    scenario: file === null ? name : (file.split('/').at(-1) ?? file).replace(/\.ya?ml$/, ''),
    marks: columns.map(({ report }) => MARKS[report.scenarios[index]?.status ?? 'unknown']),
  }));
}

/** The table for a terminal, and below it how many scenarios notice each defect. */
export function matrixText(matrix: Matrix): string {
  const table = new Table({
    chars: NO_LINES,
    head: ['', ...matrix.columns.map(({ defect }) => defect)],
    style: { 'padding-left': 0, 'padding-right': 2, head: [], border: [] },
    colAligns: ['left', ...matrix.columns.map(() => 'center' as const)],
  });
  for (const { scenario, marks } of rowsOf(matrix)) table.push([scenario, ...marks]);
  table.push(['noticed by', ...countsOf(matrix).map(String)]);
  return `${table.toString()}\n\n· passed   ✗ failed   ? unknown   - skipped\n`;
}

/** The same for documents. */
export function matrixMarkdown(matrix: Matrix): string {
  const [head = '', ...rows] = matrixRows(matrix);
  const counts = line(['**noticed by**', ...countsOf(matrix).map((count) => `**${count}**`)]);
  return [head, `|---|${matrix.columns.map(() => ':-:').join('|')}|`, ...rows, counts].join('\n');
}

/** The head and the rows of that table: what two tables of the same defects share, whatever scenarios they have. */
export function matrixRows(matrix: Matrix): string[] {
  const head = line(['scenario', ...matrix.columns.map(({ defect }) => (defect === 'none' ? 'none' : `\`${defect}\``))]);
  const rows = rowsOf(matrix).map(({ scenario, marks }) =>
    line([`\`${scenario}\``, ...marks.map((mark) => (mark === '·' ? '' : mark))]),
  );
  return [head, ...rows];
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function countsOf(matrix: Matrix): number[] {
  const rows = rowsOf(matrix);
  return matrix.columns.map((_, column) => rows.filter(({ marks }) => marks[column] === MARKS.failed).length);
}
