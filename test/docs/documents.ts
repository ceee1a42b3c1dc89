/** Which parts of which documents are made from the code, and how they are put in. */

import { dialectSections } from '../../src/adapters/dialect/reference.js';
import { checkersTable } from '../../src/checkers/index.js';
import { waitFlags } from '../../src/cli/wait-flags.js';
import { causesTable } from '../../src/diagnosis/index.js';
import { protocolTables } from '../../src/protocol/reference.js';
import { reportersTable } from '../../src/reporters/index.js';
import { defectsTable } from '../../src/scenarios/defects.js';
import { faultSections } from '../../src/scenarios/fault-reference.js';
import { referenceSections } from '../../src/scenarios/reference.js';
import { invariantsTable, switchesTable } from '../../src/sim/report.js';

function serveWaitsTable(): string {
  const rows = waitFlags().map(
    ({ wait, flag, env, standard, help }) => `| \`${flag}\` | \`CALL_PROBE_${env}\` | ${standard} | \`${wait}\` | ${help} |`,
  );
  return ['| flag | environment | default | wait | |', '|---|---|---|---|---|', ...rows].join('\n');
}

/** Sections by document; each stands between `<!-- begin:NAME -->` and `<!-- end:NAME -->`. */
export const DOCUMENTS: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
  'docs/scenarios.md': referenceSections,
  'docs/faults.md': faultSections,
  'docs/adapters.md': dialectSections,
  'docs/defects.md': () => ({ defects: defectsTable() }),
  'docs/diagnosis.md': () => ({ causes: causesTable() }),
  'docs/checkers.md': () => ({ checkers: checkersTable() }),
  'docs/protocol.md': protocolTables,
  'docs/reporters.md': () => ({ reporters: reportersTable() }),
  'docs/server.md': () => ({ waits: serveWaitsTable() }),
  'docs/simulator.md': () => ({ invariants: invariantsTable(), switches: switchesTable() }),
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
