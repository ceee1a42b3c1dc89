/** Which parts of which documents are made from the code, and how they are put in. */
import { readFileSync } from 'node:fs';
import { dialectSections } from '../../lab/docs/dialect-tables.js';
import { faultSections } from '../../lab/docs/fault-tables.js';
import { protocolTables } from '../../lab/docs/protocol-tables.js';
import { causesTable, checkersTable, invariantsTable, reportersTable, switchesTable } from '../../lab/docs/registry-tables.js';
import { referenceSections } from '../../lab/docs/scenario-tables.js';
import { defectsTable } from '../../lab/showing.js';
import { strangersTable } from '../../lab/strangers-table.js';
import { waitFlags } from '../../src/cli/wait-flags.js';
import { redactionSections, traceSections } from './trace-reference.js';

function serveWaitsTable(): string {
  const rows = waitFlags().map(
    ({ wait, flag, env, standard, help }) => `| \`${flag}\` | \`CALL_PROBE_${env}\` | ${standard} | \`${wait}\` | ${help} |`,
  );
  return ['| flag | environment | default | wait | |', '|---|---|---|---|---|', ...rows].join('\n');
}

/** What the terminal shows of the bug, from the samples, cut to what a first reader needs. */
function sampleText(): string {
  const lines = readFileSync('reports/before.txt', 'utf8').trimEnd().split('\n');
  const from = lines.findIndex((line) => line.startsWith('✗ '));
  const ladder = lines.findIndex((line) => /^ +ms /.test(line));
  const to = lines.findIndex((line) => line.startsWith('  events ')) + 1;
  if (from < 0 || ladder < from || to < ladder) throw new Error('reports/before.txt holds no failure: npm run lab -- samples');
  const parts = [...lines.slice(from, ladder), ...lines.slice(ladder, to), '  ...', lines.at(-1)];
  return ['```', '$ npx call-probe run scenarios/accept.yaml --defect drop-answer', '', ...parts, '```'].join('\n');
}

/** Sections by document; each stands between `<!-- begin:NAME -->` and `<!-- end:NAME -->`. */
export const DOCUMENTS: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
  'README.md': () => ({ sample: sampleText() }),
  'docs/scenarios.md': referenceSections,
  'docs/faults.md': faultSections,
  'docs/adapters.md': dialectSections,
  'docs/defects.md': () => ({ defects: defectsTable() }),
  'docs/diagnosis.md': () => ({ causes: causesTable(), strangers: strangersTable() }),
  'docs/checkers.md': () => ({ checkers: checkersTable() }),
  'docs/protocol.md': protocolTables,
  'docs/redaction.md': redactionSections,
  'docs/reporters.md': () => ({ reporters: reportersTable() }),
  'docs/server.md': () => ({ waits: serveWaitsTable() }),
  'docs/simulator.md': () => ({ invariants: invariantsTable(), switches: switchesTable() }),
  'docs/trace.md': traceSections,
};

/** A Markdown text with every section made anew. Throws when the markers of one are missing, so that none is forgotten. */
export function withSections(markdown: string, sections: Readonly<Record<string, string>>): string {
  let text = markdown;
  for (const [name, section] of Object.entries(sections)) {
    const begin = `<!-- begin:${name} -->`;
    const end = `<!-- end:${name} -->`;
    const from = text.indexOf(begin);
    const to = text.indexOf(end);
    if (from < 0 || to < from) throw new Error(`the document has no section ${name}: write ${begin} and ${end} where it belongs`);
    text = `${text.slice(0, from + begin.length)}\n${section}\n${text.slice(to)}`;
  }
  return text;
}
