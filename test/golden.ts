/** Compares output with a file under test/; `UPDATE_GOLDEN=1` writes the files instead, to be read before they are committed. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The text expected in `test/<name>`; with UPDATE_GOLDEN it becomes `actual`. */
export function golden(name: string, actual: string): string {
  // Tests run in dist/test; the files stay beside their sources.
  const path = fileURLToPath(new URL(`../../test/${name}`, import.meta.url));
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
  }
  return readFileSync(path, 'utf8');
}
