import { readFileSync } from 'node:fs';
import t from 'tap';
import { DOCUMENTS, withSections } from './documents.js';

const HOW = 'run: node scripts/build.mjs && node scripts/docs.mjs';

for (const [file, sections] of Object.entries(DOCUMENTS)) {
  t.test(`${file} is up to date`, async (t) => {
    const text = readFileSync(file, 'utf8');
    t.equal(withSections(text, sections()), text, HOW);
  });
}

t.test('a stale section is noticed, a missing one is an error', async (t) => {
  const text = 'a\n<!-- begin:x -->\nold\n<!-- end:x -->\nb';
  t.equal(withSections(text, { x: 'new' }), 'a\n<!-- begin:x -->\nnew\n<!-- end:x -->\nb');
  t.throws(() => withSections(text, { y: 'new' }), /no section y/);
});
