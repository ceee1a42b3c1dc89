/** Folders that are made, and those that can't be: always with an answer. */
import { existsSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeFolder } from '../../../src/server/store/make-folder.js';

t.test('a folder and those above it, also when they are there', async (t) => {
  const dir = t.testdir({ there: {} });
  for (const path of [join(dir, 'a', 'b', 'c'), join(dir, 'a', 'b', 'c'), join(dir, 'there'), join(dir, 'there', 'd')]) {
    makeFolder(path);
    t.ok(statSync(path).isDirectory(), path);
  }
  makeFolder(join(dir, 'own', 'private'), 0o700);
  if (process.platform !== 'win32') t.equal(statSync(join(dir, 'own', 'private')).mode & 0o777, 0o700);
});

t.test('what can be no folder is told in the words of the system', async (t) => {
  const dir = t.testdir({ file: '' });
  t.throws(() => makeFolder(join(dir, 'file')), { code: 'EEXIST' });
  t.throws(() => makeFolder(join(dir, 'file', 'below', 'it')), { code: 'ENOTDIR' });
  symlinkSync('nowhere', join(dir, 'link'));
  t.throws(() => makeFolder(join(dir, 'link', 'below', 'it')), { code: /EEXIST|ENOENT/ });
  // Here the kernel says ENOENT, as for a missing parent, and Node's own recursive mkdir goes round for ever.
  if (existsSync('/proc/self')) t.throws(() => makeFolder('/proc/nope/traces'), { code: /ENOENT|EACCES|EPERM/ });
});
