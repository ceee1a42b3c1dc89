/** The config file: what it may hold. */
import t from 'tap';
import { createProgram } from '../../src/cli/program.js';
import { ends, folder, QUICK, runCommand } from './command.js';

t.test('every flag of run that may be repeated is a list in the config file', async (t) => {
  const run = createProgram(() => undefined).commands.find((command) => command.name() === 'run');
  const repeatable = (run?.options ?? [])
    .filter(({ parseArg }) => Array.isArray(parseArg?.('3', undefined)))
    .map((option) => option.name());
  t.ok(repeatable.includes('header'));
  const config = repeatable.map((name) => `${name}: ["quick", "x: y"]\n`).join('');
  const { at } = folder(t, { 'quick.yaml': QUICK, 'call-probe.yaml': config.replace(/^defect.*\n/m, '') });
  ends(t, repeatable.join(', '), await runCommand(['run', 'quick.yaml', '--list'], at), 0, /a quick call/);
});
