/** A comparison as Markdown, for a pull request or a ticket. */
import { whereText } from '../finding-text.js';
import { counted, percentileCell } from '../format.js';
import { fenced, inCode, inProse, table } from '../markdown-text.js';
import {
  type ComparedScenario,
  type Comparison,
  detailedOf,
  furtherText,
  hasPercentiles,
  repetitionsText,
  type ScenarioComparison,
} from './comparison.js';
import { changesSummary } from './finding-changes.js';
import { pairedLadders } from './side-by-side.js';
import { changeWords, type TimingChange } from './timing-change.js';

/** Scenarios with their ladders, and rows of the table of all. */
const DETAILED_MAX = 20;
const ROWS_MAX = 200;
/** Two ladders of three lanes side by side; renderers scroll what is wider than their page. */
const COLUMNS = 132;

/** The whole comparison. Ends with a line feed. */
export function comparisonMarkdown(comparison: Comparison): string {
  const { scenarios, before, after, threshold } = comparison;
  const detailed = detailedOf(comparison, DETAILED_MAX);
  const sections = [
    [`## call-probe compare: ${verdictWords(comparison)}`],
    [
      `Before: ${sideWords(before)}.`,
      `After: ${sideWords(after)}.`,
      `A timing is worse when its median grew by more than ${Math.round(threshold * 100)} % and by more than noise (Mann-Whitney).`,
    ],
    changes(comparison),
    overview(scenarios),
    ...detailed.map(scenarioLines),
    missing('before', comparison.onlyBefore),
    missing('after', comparison.onlyAfter),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** `1 worse, 3 the same`. */
export function verdictWords({ scenarios }: Comparison): string {
  const words = { worse: 'worse', inconclusive: 'inconclusive', better: 'better', same: 'the same' } as const;
  return Object.entries(words)
    .flatMap(([verdict, text]) => {
      const count = scenarios.filter((one) => one.verdict === verdict).length;
      return count === 0 ? [] : [`${count} ${text}`];
    })
    .join(', ');
}

function sideWords({ label, target, defects }: Comparison['before']): string {
  const broken = defects.length === 0 ? '' : `, with the defects ${defects.map(inCode).join(', ')}`;
  return `${inCode(label)}, target ${inCode(target)}${broken}`;
}

function changes({ findings }: Comparison): string[] {
  const summary = changesSummary(findings);
  if (summary === null) return [];
  const rows = findings
    .slice(0, ROWS_MAX)
    .map((one) => [
      one.change,
      inProse(one.finding.title),
      inCode(whereText(one.finding)),
      String(one.before),
      String(one.after),
    ]);
  const heads = ['change', 'finding', 'cause', 'scenarios before', 'scenarios after'];
  return [`### Findings: ${summary}`, '', ...table(heads, rows, (column) => column > 2)];
}

function overview(scenarios: readonly ScenarioComparison[]): string[] {
  const rows = scenarios.slice(0, ROWS_MAX).map((one) => {
    const timing = one.timings.find(({ name }) => name === 'accept-to-connected');
    return [
      inProse(one.name),
      one.verdict,
      one.before.status,
      one.after.status,
      timing === undefined ? '' : inProse(changeWords(timing)),
    ];
  });
  const left = scenarios.length - rows.length;
  return [
    ...table(['scenario', 'verdict', 'before', 'after', 'accept-to-connected'], rows, () => false),
    ...(left > 0 ? ['', `And ${counted(left, 'further scenario')}.`] : []),
  ];
}

function scenarioLines(scenario: ScenarioComparison): string[] {
  const lines = [`### ${scenario.verdict}: ${inProse(scenario.name)}`, ''];
  if (scenario.file !== null) lines.push(inCode(scenario.file), '');
  lines.push(...verdictLines('before', scenario.before), ...verdictLines('after', scenario.after));
  for (const reason of scenario.reasons) lines.push(`* **${scenario.verdict}**: ${inProse(reason)}`);
  const { traces, alignment } = scenario;
  if (traces !== null && alignment !== null) {
    const { first } = alignment;
    const further = furtherText(alignment);
    const words = first === null ? 'none, both went through the same steps' : `${first.side} only: ${inProse(first.step.words)}`;
    lines.push(`* **first difference**: ${words}${further === '' ? '' : `, and ${further}`}`);
    const drawn = pairedLadders(traces.before, traces.after, alignment, { columns: COLUMNS, colors: 0, unicode: true });
    if (drawn !== null) lines.push('', ...fenced(drawn.rows, 'text'));
  }
  return scenario.timings.length === 0 ? lines : [...lines, '', ...timingTable(scenario.timings)];
}

function verdictLines(label: string, side: ComparedScenario): string[] {
  const { status, why, diagnosis } = side;
  const many = repetitionsText(side);
  const line = `* **${label}**: ${status}${many === '' ? '' : ` (${many})`}`;
  if (diagnosis === null) return [why === null ? line : `${line}: ${inProse(why)}`];
  const cause = `${line}: ${inCode(whereText(diagnosis))}`;
  const proof = diagnosis.lines.length === 0 ? [] : ['', ...fenced(diagnosis.lines, 'text').map((text) => `  ${text}`), ''];
  return [cause, `  ${inProse(diagnosis.title === '' ? diagnosis.summary : diagnosis.title)}`, ...proof];
}

/** `min / p50 / p95`, or the one value there is. */
export function timingCells(side: TimingChange['before']): string {
  if (side === null) return '-';
  if (side.count === 1) return percentileCell(side, 'max');
  return (['min', 'p50', 'p95'] as const).map((percentile) => percentileCell(side, percentile)).join(' / ');
}

function timingTable(timings: readonly TimingChange[]): string[] {
  const rows = timings.map((timing) => [
    inProse(timing.name),
    timingCells(timing.before),
    timingCells(timing.after),
    inProse(changeWords(timing)),
  ]);
  const many = hasPercentiles(timings);
  return table(
    [many ? 'min / p50 / p95 in ms' : 'in ms', 'before', 'after', 'change'],
    rows,
    (column) => column === 1 || column === 2,
  );
}

function missing(side: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, DETAILED_MAX).map((name) => `* ${inProse(name)}`);
  return [
    `**Only ${side}**:`,
    '',
    ...shown,
    ...(names.length > DETAILED_MAX ? [`* and ${names.length - DETAILED_MAX} more`] : []),
  ];
}
