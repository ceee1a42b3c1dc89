/** `npm run lab -- confusion` as a process: a small one for real, and what is refused. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ends, runCommand } from '../cli/command.js';

t.test('two bugs without impairment', async (t) => {
  const dir = t.testdir({});
  const at = { cwd: dir, isLab: true };
  const bugs = ['--defect', 'drop-reject', '--defect', 'ignore-cancel'];
  const args = ['confusion', ...bugs, '--network', 'none', '--seeds', '1', '--seed', 'abc', '--out', 'kept'];
  const { code, stdout, stderr } = await runCommand(args, { ...at, isMeasured: true });
  t.equal(code, 0, stderr);
  t.match(stdout, /^drop-reject +not-forwarded at server +1 of 1$/m);
  t.match(stdout, /^ignore-cancel +received-not-applied at bob\/phone +1 of 1$/m);
  t.match(stdout, 'cause and hop right in 2 of 2 runs with a bug (100 %)');
  t.match(stdout, '0 of 2 runs without a bug were diagnosed');
  t.match(stderr, '4 of 4 runs, 4 as expected');
  const kept = JSON.parse(readFileSync(join(dir, 'kept', 'confusion.json'), 'utf8')) as { seed: string }[];
  t.equal(kept.length, 4);
  t.ok(existsSync(join(dir, 'kept', 'drop-reject-abc-1', 'traces')));
});

t.test('what can not be meant is refused before anything runs', async (t) => {
  const at = { cwd: t.testdir({}), isLab: true };
  const [network, defect, min] = await Promise.all([
    runCommand(['confusion', '--network', 'satelite'], at),
    runCommand(['confusion', '--defect', 'drop-anser'], at),
    runCommand(['confusion', '--min', '120'], at),
  ]);
  ends(t, 'a network', network, 2, /did you mean "satellite"\?/);
  ends(t, 'a bug', defect, 2, /did you mean "drop-answer"\?/);
  ends(t, 'a share', min, 2, /whole number from 0 to 100/);
});
