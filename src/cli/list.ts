/** `call-probe list`: what the registries hold. */
import Table from 'cli-table3';
import { distance } from 'fastest-levenshtein';
import { ADAPTERS } from '../adapters/index.js';
import { CHECKERS } from '../checkers/index.js';
import { RULES } from '../diagnosis/index.js';
import { FAULTS } from '../faults/index.js';
import { PROFILES } from '../faults/profiles.js';
import { NO_LINES } from '../reporters/borderless.js';
import { REPORTERS } from '../reporters/index.js';
import { DEFECTS } from '../scenarios/defects.js';
import { loadScenarios } from '../scenarios/load.js';
import { hopWords } from '../scenarios/showing.js';
import { EXIT, UsageError } from './exit.js';
import { BUILT_IN_SUITE } from './run.js';

interface Row {
  readonly name: string;
  readonly doc: string;
}

const KINDS: Readonly<Record<string, () => readonly Row[]>> = {
  scenarios: () =>
    loadScenarios([BUILT_IN_SUITE]).scenarios.map(({ file, name }) => ({
      name: (file ?? '').split('/').at(-1) ?? '',
      doc: name,
    })),
  checkers: () => CHECKERS.map(({ name, doc }) => ({ name, doc })),
  reporters: () => REPORTERS.map(({ name, doc }) => ({ name, doc })),
  defects: () =>
    DEFECTS.map(({ name, side, doc, seenIn, shows }) => ({
      name,
      doc: `${side}: ${doc} Seen in ${seenIn}; shown by ${shows.scenario} as ${shows.code} at ${hopWords(shows.hop)}.`,
    })),
  adapters: () => ADAPTERS.map(({ name, doc }) => ({ name, doc })),
  networks: () => PROFILES.map(({ name, doc }) => ({ name, doc })),
  causes: () => RULES.map(({ code, doc }) => ({ name: code, doc })),
  faults: () => FAULTS.map(({ name, layer, doc }) => ({ name, doc: `${layer}: ${doc}` })),
};

/** Prints one registry or all of them; refuses an unknown kind with the nearest known one. */
export function listCommand(kind: string | undefined, asJson: boolean): number {
  if (kind !== undefined && !Object.hasOwn(KINDS, kind)) {
    const near = Object.keys(KINDS).sort((a, b) => distance(kind, a) - distance(kind, b))[0] ?? '';
    throw new UsageError(
      `there is nothing called ${JSON.stringify(kind)} to list; did you mean "${near}"? Known are ${Object.keys(KINDS).join(', ')}`,
    );
  }
  const lists = Object.entries(KINDS).filter(([name]) => kind === undefined || name === kind);
  if (asJson) {
    process.stdout.write(`${JSON.stringify(Object.fromEntries(lists.map(([name, rows]) => [name, rows()])), null, 2)}\n`);
    return EXIT.held;
  }
  for (const [name, rows] of lists) {
    if (kind === undefined) process.stdout.write(`${name}\n`);
    process.stdout.write(`${tableOf(rows())}\n${kind === undefined ? '\n' : ''}`);
  }
  return EXIT.held;
}

function tableOf(rows: readonly Row[]): string {
  if (rows.length === 0) return '  none yet';
  const nameWidth = Math.max(...rows.map(({ name }) => name.length)) + 4;
  const width = Math.max(60, process.stdout.columns ?? 80);
  const table = new Table({
    chars: NO_LINES,
    style: { 'padding-left': 2, 'padding-right': 0, head: [], border: [] },
    colWidths: [nameWidth, width - nameWidth],
    wordWrap: true,
  });
  table.push(...rows.map(({ name, doc }) => [name, doc]));
  return table.toString().replace(/ +$/gm, '');
}
