/** What came out of runs against servers that speak in their own ways, as a table, and the table of their cases for documents. */
import { nameOf } from '../test/strangers/case.js';
import { CASES } from '../test/strangers/cases.js';
import { firstWords, type Outcome } from '../test/strangers/play.js';
import { markdownTable } from './docs/markdown-table.js';

/** All runs of one scenario of a case. */
export interface StrangerRow {
  readonly name: string;
  readonly scenario: string;
  /** The worst of them. */
  readonly verdict: Outcome['verdict'];
  readonly first: string;
  readonly runs: number;
  /** Whether the first cause, or its absence, was the same each time. */
  readonly isSame: boolean;
}

const WORST: readonly Outcome['verdict'][] = ['false alarm', 'missed', 'wrong', 'right', 'silent'];

export function strangerRows(outcomes: readonly Outcome[]): StrangerRow[] {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const key = JSON.stringify([nameOf(outcome.of), outcome.scenario, outcome.of.dialect]);
    groups.set(key, [...(groups.get(key) ?? []), outcome]);
  }
  return [...groups.values()].flatMap((group): StrangerRow[] => {
    const [worst] = [...group].sort((a, b) => WORST.indexOf(a.verdict) - WORST.indexOf(b.verdict));
    if (worst === undefined) return [];
    const causes = new Set(group.map(({ first }) => (first === null ? 'none' : `${first.code} @ ${first.hop}`)));
    const { of, scenario, verdict } = worst;
    return [{ name: nameOf(of), scenario, verdict, first: firstWords(worst), runs: group.length, isSame: causes.size === 1 }];
  });
}

export function strangersText(rows: readonly StrangerRow[]): string {
  const wide = Math.max(0, ...rows.map(({ name, scenario }) => name.length + scenario.length + 2));
  const lines = rows.map(({ name, scenario, verdict, first, runs, isSame }) => {
    const again = runs === 1 ? '' : isSame ? `  the same in ${runs} runs` : `  NOT the same in ${runs} runs`;
    return `${verdict.padEnd(12)}${`${name}, ${scenario}`.padEnd(wide)}  ${first}${again}`;
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** `56 of 56 runs of bugs right, 0 false alarms in 60 healthy scenarios`. */
export function sumOf(rows: readonly StrangerRow[]): string {
  const count = (verdict: Outcome['verdict']): number => rows.filter((row) => row.verdict === verdict).length;
  const healthy = count('silent') + count('false alarm');
  const bugs = rows.length - healthy;
  const same = rows.filter(({ isSame }) => isSame).length;
  return `${bugs - count('missed')} of ${bugs} found, first cause right in ${count('right')}; ${count('false alarm')} false alarms in ${healthy} healthy scenarios; ${same} of ${rows.length} the same each time`;
}

/** The cases for docs/diagnosis.md, as Markdown. */
export function strangersTable(): string {
  return markdownTable(
    ['server', 'what is wrong', 'first cause', 'hop'],
    CASES.filter(({ bug }) => bug !== null).map((one) => [
      `\`${nameOf(one)}\``,
      one.what,
      one.causes.map((code) => `\`${code}\``).join(' or '),
      one.hop ?? 'any',
    ]),
  );
}
