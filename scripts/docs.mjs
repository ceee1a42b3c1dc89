/** Writes the generated tables into the documents, between `<!-- table:NAME -->` and `<!-- /table:NAME -->`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { GENERATED } from '../dist/test/docs/generated.js';

for (const [file, tables] of Object.entries(GENERATED())) {
  let text = readFileSync(file, 'utf8');
  for (const [name, body] of Object.entries(tables)) {
    const gap = body.includes('\n') ? '\n' : '';
    const place = new RegExp(`(<!-- table:${name} -->)[\\s\\S]*?(<!-- /table:${name} -->)`);
    if (!place.test(text)) throw new Error(`${file} has no place for the table ${name}`);
    text = text.replace(place, (_, open, close) => `${open}${gap}${body}${gap}${close}`);
  }
  writeFileSync(file, text);
}
