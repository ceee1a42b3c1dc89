/** `call-probe matrix` as a process: the table, and when it is not what it should be. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ends, folder, QUICK, runCommand } from './command.js';

/** A call that is declined: no lost answer can hurt it. */
const DECLINED = QUICK.replace('a quick call', 'a declined call')
  .replace('bob: accept', 'bob: reject')
  .replace('both: connected', 'both: ended(rejected)')
  .replace('within: 20s }\n  - bob', 'within: 5s }\n  - bob');
const ANSWERED = QUICK.replace('both: connected, within: 20s', 'both: connected, within: 1s').replace(
  '[quick]',
  '[quick, answered]',
);

t.test('which scenario notices which defect, held against a document', async (t) => {
  const { dir, at } = folder(t, { 'answered.yaml': ANSWERED, 'declined.yaml': DECLINED });
  const args = ['matrix', 'answered.yaml', 'declined.yaml', '--defect', 'drop-answer'];
  const printed = await runCommand([...args, '--markdown'], { ...at, isMeasured: true });
  ends(t, 'the table', printed, 0);
  t.match(printed.stdout, '| `answered` |  | ✗ |\n| `declined` |  |  |\n| **noticed by** | **0** | **1** |');
  const document = join(dir, 'defects.md');
  writeFileSync(document, printed.stdout);
  const [same, part] = await Promise.all([
    runCommand([...args, '--check', 'defects.md'], at),
    runCommand([...args, '--check', 'defects.md', '--tag', 'answered'], at),
  ]);
  ends(t, 'the same', same, 0, /answered\s+·\s+✗/);
  ends(t, 'a part of it', part, 0);
  writeFileSync(document, readFileSync(document, 'utf8').replace('| `declined` |  |  |', '| `declined` |  | ✗ |'));
  ends(
    t,
    'another one',
    await runCommand([...args, '--check', 'defects.md'], at),
    1,
    /defects\.md does not say: \| `declined` \| {2}\| {2}\|/,
  );
  const unnoticed = await runCommand(['matrix', 'declined.yaml', '--defect', 'drop-answer'], at);
  ends(t, 'a bug that nobody notices', unnoticed, 1, /no scenario notices drop-answer/);
});

t.test('what can not be meant is refused before anything runs', async (t) => {
  const { at } = folder(t, { 'answered.yaml': ANSWERED });
  const [name, tag, file] = await Promise.all([
    runCommand(['matrix', 'answered.yaml', '--defect', 'drop-anser'], at),
    runCommand(['matrix', 'answered.yaml', '--tag', 'none'], at),
    runCommand(['matrix', 'answered.yaml', '--check', 'none.md'], at),
  ]);
  ends(t, 'a defect', name, 2, /did you mean "drop-answer"\?/);
  ends(t, 'a tag', tag, 2, /no scenario matches --tag/);
  ends(t, 'a document', file, 2, /--check none\.md: ENOENT/);
});
