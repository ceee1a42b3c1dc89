/** `npm run lab -- matrix` as a process: the table, and when it is not what it should be. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ends, QUICK, runCommand } from '../cli/command.js';

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
  const dir = t.testdir({ 'answered.yaml': ANSWERED, 'declined.yaml': DECLINED });
  const at = { cwd: dir, isLab: true };
  const args = ['matrix', 'answered.yaml', 'declined.yaml', '--defect', 'drop-answer'];
  const printed = await runCommand([...args, '--markdown'], { ...at, isMeasured: true });
  ends(t, 'the table', printed, 0);
  t.match(printed.stdout, '| none |  |  | 0 |\n| `drop-answer` | ✗ |  | 1 |\n\n1. `answered`\n2. `declined`\n');
  const document = join(dir, 'defects.md');
  writeFileSync(document, printed.stdout);
  const [same, part] = await Promise.all([
    runCommand([...args, '--check', 'defects.md'], at),
    runCommand([...args, '--check', 'defects.md', '--tag', 'answered'], at),
  ]);
  ends(t, 'the same', same, 0, /drop-answer\s+✗\s+·\s+noticed by 1 of 2/);
  ends(t, 'a part of it', part, 0);
  writeFileSync(document, readFileSync(document, 'utf8').replace('| `drop-answer` | ✗ |  |', '| `drop-answer` | ✗ | ✗ |'));
  ends(
    t,
    'another one',
    await runCommand([...args, '--check', 'defects.md'], at),
    1,
    /defects\.md says failed of declined with drop-answer, it passed/,
  );
  const unnoticed = await runCommand(['matrix', 'declined.yaml', '--defect', 'drop-answer'], at);
  ends(t, 'a bug that nobody notices', unnoticed, 1, /no scenario notices drop-answer/);
});

t.test('what can not be meant is refused before anything runs', async (t) => {
  const at = { cwd: t.testdir({ 'answered.yaml': ANSWERED }), isLab: true };
  const [name, tag, file] = await Promise.all([
    runCommand(['matrix', 'answered.yaml', '--defect', 'drop-anser'], at),
    runCommand(['matrix', 'answered.yaml', '--tag', 'none'], at),
    runCommand(['matrix', 'answered.yaml', '--check', 'none.md'], at),
  ]);
  ends(t, 'a defect', name, 2, /did you mean "drop-answer"\?/);
  ends(t, 'a tag', tag, 2, /no scenario matches --tag/);
  ends(t, 'a document', file, 2, /--check none\.md: ENOENT/);
});
