import { readFileSync } from 'node:fs';
import t from 'tap';
import { TRACE_SCHEMA } from '../../src/trace/event.js';
import { JSONL_LIMITS } from '../../src/trace/jsonl.js';
import { fieldNames, STAMP } from '../../src/trace/shape.js';

const text = readFileSync(new URL('../../../docs/trace.md', import.meta.url), 'utf8');

t.test('docs/trace.md names every type, every field, the schema and the limit', async (t) => {
  t.match(text, `\`${TRACE_SCHEMA}\``);
  t.match(text, JSONL_LIMITS.lineCharsMax.toLocaleString('en'));
  for (const name of Object.keys(STAMP)) t.match(text, `| \`${name}\` |`);
  for (const [type, names] of fieldNames()) {
    const section = new RegExp(`^### ${type}\\n([\\s\\S]*?)(?=^##)`, 'm').exec(text)?.[1] ?? '';
    t.not(section, '', `a section on ${type}`);
    for (const name of names) t.ok(section.includes(`\`${name}\``), `${type}.${name}`);
  }
});
