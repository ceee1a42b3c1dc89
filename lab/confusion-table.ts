/** What the diagnosis makes of known bugs, as tables: expected against got, by bug, and by network. */
import Table from 'cli-table3';
import { NO_LINES } from '../src/reporters/borderless.js';
import { type ConfusionRun, type Named, type Outcome, outcomeOf, scoreOf, shareOf } from './confusion.js';

type Row = readonly string[];
/** How one kind of output writes a table. */
type Write = (head: Row, rows: readonly Row[]) => string;

/** The tables for a terminal, with the sums below. */
export function confusionText(runs: readonly ConfusionRun[]): string {
  const write: Write = (head, rows) => {
    const table = new Table({
      chars: NO_LINES,
      head: [...head],
      style: { 'padding-left': 0, 'padding-right': 2, head: [], border: [] },
    });
    table.push(...rows.map((row) => [...row]));
    return table.toString().replace(/ +$/gm, '');
  };
  return `${sectionsOf(runs, write, (text) => text).join('\n\n')}\n`;
}

/** The same for documents. */
export function confusionMarkdown(runs: readonly ConfusionRun[]): string {
  const line = (cells: Row): string => `| ${cells.join(' | ')} |`;
  const write: Write = (head, rows) => [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
  return sectionsOf(runs, write, (text) => `\`${text}\``).join('\n\n');
}

/** The sums in one sentence each. */
export function confusionSums(runs: readonly ConfusionRun[]): string[] {
  const score = scoreOf(runs);
  return [
    `cause and hop right in ${score.right} of ${score.runs} runs with a bug (${percent(shareOf(score))})`,
    `${score.falseAlarms} of ${score.healthy} runs without a bug were diagnosed, ${score.failed} failed without a diagnosis`,
    `${score.inconclusive} runs were inconclusive, ${score.again} were repeated because the probe was overloaded`,
  ];
}

function sectionsOf(runs: readonly ConfusionRun[], write: Write, code: (text: string) => string): string[] {
  return [
    grid(runs, write, code),
    misses(runs, write, code),
    byDefect(runs, write, code),
    byNetwork(runs, write, code),
    confusionSums(runs).join('.\n').concat('.'),
  ].filter((section) => section !== '');
}

/** Expected causes down, diagnoses across; columns that nothing fell into are left out. */
function grid(runs: readonly ConfusionRun[], write: Write, code: (text: string) => string): string {
  const expected = [...new Set(runs.map(expectedWords))].sort((a, b) => Number(a === NOTHING) - Number(b === NOTHING));
  const diagnosed = [...new Set([...expected, ...runs.map(diagnosisWords)])].filter((word) =>
    runs.some((run) => diagnosisWords(run) === word),
  );
  const columns = diagnosed.map((_, index) => `${index + 1}`);
  const rows = expected.map((word) => {
    const own = runs.filter((run) => expectedWords(run) === word);
    const cells = diagnosed.map((answer) => own.filter((run) => diagnosisWords(run) === answer).length);
    const hops = own.filter((run) => outcomeOf(run) === 'wrong-hop').length;
    return [
      word === NOTHING ? word : code(word),
      ...cells.map((cell) => (cell === 0 ? '' : `${cell}`)),
      hops === 0 ? '' : `${hops}`,
    ];
  });
  const legend = diagnosed.map((word, index) => `${index + 1} ${word}`).join(', ');
  return `${write(['expected / diagnosed', ...columns, 'at another hop'], rows)}\n\ndiagnosed: ${legend}`;
}

const NOTHING = 'no bug';

function expectedWords({ expected }: ConfusionRun): string {
  return expected?.code ?? NOTHING;
}

function diagnosisWords(run: ConfusionRun): string {
  const outcome = outcomeOf(run);
  if (outcome === 'inconclusive') return 'inconclusive';
  if (run.got !== null) return run.got.code;
  return outcome === 'undiagnosed' || outcome === 'failed' ? 'failed, no cause' : 'nothing';
}

/** Everything that did not come out as expected, alike ones together. */
function misses(runs: readonly ConfusionRun[], write: Write, code: (text: string) => string): string {
  const wrong = runs.filter((run) => !FINE.includes(outcomeOf(run)));
  const groups = new Map<string, { run: ConfusionRun; networks: string[] }>();
  for (const run of wrong) {
    const key = JSON.stringify([run.defect, run.scenario, run.got, outcomeOf(run)]);
    const group = groups.get(key) ?? { run, networks: [] };
    group.networks.push(run.network);
    groups.set(key, group);
  }
  if (groups.size === 0) return '';
  const rows = [...groups.values()].map(({ run, networks }) => [
    run.defect === null ? `${NOTHING} (${run.scenario})` : code(run.defect),
    placeWords(run.expected, code),
    run.got === null ? outcomeOf(run) : placeWords(run.got, code),
    `${networks.length}`,
    countedWords(networks),
  ]);
  return write(['not as expected', 'expected', 'got', 'runs', 'networks'], rows);
}

const FINE: readonly Outcome[] = ['right', 'healthy'];

function byDefect(runs: readonly ConfusionRun[], write: Write, code: (text: string) => string): string {
  const names = [...new Set(runs.map(({ defect }) => defect))].filter((name) => name !== null);
  const rows = names.map((name) => {
    const own = runs.filter(({ defect }) => defect === name);
    return [code(name), placeWords(own[0]?.expected ?? null, code), rightOf(own)];
  });
  return write(['bug', 'expected', 'right'], rows);
}

function byNetwork(runs: readonly ConfusionRun[], write: Write, code: (text: string) => string): string {
  const names = [...new Set(runs.map(({ network }) => network))];
  const rows = names.map((name) => {
    const own = runs.filter(({ network }) => network === name);
    const { healthy, falseAlarms, failed, inconclusive } = scoreOf(own);
    return [code(name), rightOf(own), `${falseAlarms + failed} of ${healthy}`, `${inconclusive}`];
  });
  return write(['network', 'right', 'false alarms', 'inconclusive'], rows);
}

function rightOf(runs: readonly ConfusionRun[]): string {
  const score = scoreOf(runs);
  return `${score.right} of ${score.runs}`;
}

function placeWords(named: Named | null, code: (text: string) => string): string {
  return named === null ? 'nothing' : `${code(named.code)} at ${code(named.hop)}`;
}

/** `3g 2, edge`: what came up how often. */
function countedWords(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => (count === 1 ? word : `${word} ${count}`)).join(', ');
}

function percent(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`;
}
