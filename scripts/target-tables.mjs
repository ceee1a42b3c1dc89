/**
 * Makes the table on the page of a target anew, from JSON reports of whole runs of the built-in suite at it:
 *
 *   node scripts/target-tables.mjs janus r1.json r2.json
 *
 * A scenario that came out differently in them is listed as "either". Explanations of rows are kept where outcome and cause are as
 * before; for what is new somebody has to write one: a test finds what is left "(unexplained)".
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expectedAt } from '../dist/test/targets/expected.js';
import { outcomesIn, withTable } from '../dist/test/targets/table.js';

const [name, ...files] = process.argv.slice(2);
if (name === undefined || files.length === 0) {
  process.stderr.write('node scripts/target-tables.mjs NAME REPORT.json...\n');
  process.exit(2);
}
const page = `docs/targets/${name}.md`;
const reports = files.map((file) => JSON.parse(readFileSync(file, 'utf8')));
writeFileSync(page, withTable(readFileSync(page, 'utf8'), outcomesIn(reports), expectedAt(name)));
