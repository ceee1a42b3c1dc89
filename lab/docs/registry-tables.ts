/** The registries of the product as Markdown tables, for the documents. */

import { RULES } from '../../src/judge/causes/index.js';
import { CHECKERS } from '../../src/judge/checkers/index.js';
import { REPORTERS } from '../../src/reporters/index.js';
import { INVARIANTS } from '../../src/sim/invariants.js';
import { SWITCHES } from '../../src/sim/switches.js';
import { markdownTable } from './markdown-table.js';

const code = (text: string): string => `\`${text}\``;
const cell = (text: string): string => text.replaceAll('\n', ' ');

export const reportersTable = (): string =>
  markdownTable(
    ['name', 'what'],
    REPORTERS.map(({ name, doc }) => [code(name), doc]),
  );

export const checkersTable = (): string =>
  markdownTable(
    ['check', 'what `true` proves'],
    CHECKERS.map(({ name, doc }) => [code(name), cell(doc)]),
  );

export const causesTable = (): string =>
  markdownTable(
    ['code', 'the evidence', 'ruled out by'],
    RULES.map((rule) => [code(rule.code), cell(rule.doc), cell(rule.ruledOutBy)]),
  );

/** What the switches of the simulator remove. */
export const switchesTable = (): string =>
  markdownTable(
    ['switch', 'without it'],
    SWITCHES.map(({ name, doc }) => [code(name), doc]),
  );

export const invariantsTable = (): string =>
  markdownTable(
    ['invariant', 'what must hold'],
    Object.entries(INVARIANTS).map(([name, doc]) => [code(name), doc]),
  );
