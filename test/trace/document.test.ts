import { readFileSync } from 'node:fs';
import t from 'tap';
import { TRACE_SCHEMA } from '../../src/trace/event.js';
import { ALL_FIELDS, STAMP } from '../../src/trace/fields.js';
import { JSONL_LIMITS } from '../../src/trace/jsonl.js';

const text = readFileSync(new URL('../../../docs/trace.md', import.meta.url), 'utf8');

t.test('docs/trace.md names every type, every field, the schema and the limit', async (t) => {
  t.match(text, `\`${TRACE_SCHEMA}\``);
  t.match(text, JSONL_LIMITS.lineCharsMax.toLocaleString('en'));
  for (const name of Object.keys(STAMP)) t.match(text, `| \`${name}\` |`);
  for (const [type, { body }] of ALL_FIELDS) {
    const section = new RegExp(`^### ${type}\\n([\\s\\S]*?)(?=^##)`, 'm').exec(text)?.[1] ?? '';
    t.not(section, '', `a section on ${type}`);
    for (const name of Object.keys(body)) t.ok(section.includes(`\`${name}\``), `${type}.${name}`);
  }
});
