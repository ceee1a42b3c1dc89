import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ROLE_NAMES } from '../../src/trace/redaction/roles.js';

t.test('the document lists the names of roles that there are', async (t) => {
  const text = readFileSync(fileURLToPath(new URL('../../../docs/redaction.md', import.meta.url)), 'utf8');
  const listed = /<!-- roles -->([\s\S]*)<!-- \/roles -->/
    .exec(text)?.[1]
    ?.split(/\s+/)
    .filter((word) => word !== '');
  t.same([...(listed ?? [])].sort(), [...ROLE_NAMES].sort());
});
