/** `call-probe list`: prints the registries. */
import Table from 'cli-table3';
import { distance } from 'fastest-levenshtein';
import { NO_LINES } from '../reporters/borderless.js';
import { EXIT, UsageError } from './exit.js';

interface Row {
  readonly name: string;
  readonly doc: string;
}

/** Each registry is loaded when it is listed. */
const KINDS: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  async scenarios() {
    const [{ loadScenarios }, { BUILT_IN_SUITE }] = await Promise.all([
      import('../scenarios/language/load.js'),
      import('./suite.js'),
    ]);
    return loadScenarios([BUILT_IN_SUITE]).scenarios.map(({ file, name }) => ({
      name: (file ?? '').split('/').at(-1) ?? '',
      doc: name,
    }));
  },
  async checkers() {
    const { CHECKERS } = await import('../judge/checkers/index.js');
    return CHECKERS.map(({ name, doc }) => ({ name, doc }));
  },
  async reporters() {
    const { REPORTERS } = await import('../reporters/index.js');
    return REPORTERS.map(({ name, doc }) => ({ name, doc }));
  },
  async defects() {
    const { DEFECTS } = await import('../scenarios/run/defects.js');
    return DEFECTS.map(({ name, side, doc, seenIn }) => ({ name, doc: `${side}: ${doc} Seen in ${seenIn}.` }));
  },
  async adapters() {
    const { ADAPTERS } = await import('../adapters/index.js');
    return ADAPTERS.map(({ name, doc }) => ({ name, doc }));
  },
  async networks() {
    const { PROFILES } = await import('../faults/profiles.js');
    return PROFILES.map(({ name, doc }) => ({ name, doc }));
  },
  async causes() {
    const { RULES } = await import('../judge/diagnose.js');
    return RULES.map(({ code, doc }) => ({ name: code, doc }));
  },
  async faults() {
    const { FAULTS } = await import('../faults/index.js');
    return FAULTS.map(({ name, layer, doc }) => ({ name, doc: `${layer}: ${doc}` }));
  },
};

/** Prints one registry or all of them; refuses an unknown kind with the nearest known one. */
export async function listCommand(kind: string | undefined, asJson: boolean): Promise<number> {
  if (kind !== undefined && !Object.hasOwn(KINDS, kind)) {
    const near = Object.keys(KINDS).sort((a, b) => distance(kind, a) - distance(kind, b))[0] ?? '';
    throw new UsageError(
      `there is no list ${JSON.stringify(kind)}; did you mean "${near}"? Known are ${Object.keys(KINDS).join(', ')}`,
    );
  }
  const chosen = Object.entries(KINDS).filter(([name]) => kind === undefined || name === kind);
  const lists = await Promise.all(chosen.map(async ([name, rowsOf]) => [name, await rowsOf()] as const));
  if (asJson) {
    process.stdout.write(`${JSON.stringify(Object.fromEntries(lists), null, 2)}\n`);
    return EXIT.held;
  }
  for (const [name, rows] of lists) {
    if (kind === undefined) process.stdout.write(`${name}\n`);
    process.stdout.write(`${tableOf(rows)}\n${kind === undefined ? '\n' : ''}`);
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
