/** Faults of the process of a server that runs elsewhere, by commands of the user's. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ends, folder, QUICK, reportIn, runCommand, startCommand } from './command.js';

const COMMAND = fileURLToPath(new URL('../../bin/call-probe.js', import.meta.url));
const ACCEPT = '  - bob: accept\n';
const withFault = (fault: string): string => QUICK.replace(ACCEPT, `  - fault: ${fault}\n${ACCEPT}`);

t.test('a server that runs elsewhere is stopped, and killed and started again', async (t) => {
  const { dir, at } = folder(t, {
    'pause.yaml': withFault('{ server: pause, for: 300ms, on: bob sends accept }'),
    'restart.yaml': withFault('{ server: restart, on: bob sends accept }'),
    'slow.yaml': withFault('{ server: slow-handler, for: 300ms }'),
  });
  const store = join(dir, 'store');
  const serve = startCommand(['serve', '--port', '0', '--store', store, '--log-format', 'json'], at);
  t.teardown(() => serve.child.kill('SIGKILL'));
  const [, url = '', port = ''] = await serve.printed(/^listening on (ws:\S+:(\d+))$/m);
  const pidFile = join(dir, 'pid');
  const kill = `kill -9 $(cat ${pidFile} 2>/dev/null || echo ${serve.child.pid})`;
  const again = `${process.execPath} ${COMMAND} serve --port ${port} --store ${store} >/dev/null 2>&1 & echo $! > ${pidFile}`;

  const flags = ['--pause-command', `kill -STOP ${serve.child.pid}`, '--resume-command', `kill -CONT ${serve.child.pid}`];
  const paused = await runCommand(['run', 'pause.yaml', '--target', url, ...flags, '--reporter', 'json=pause.json'], {
    ...at,
    isMeasured: true,
  });
  ends(t, 'stopped', paused, 0);
  t.match(
    reportIn(dir, 'pause.json').scenarios[0]?.checks.find(({ name }) => name === 'faults-fired'),
    { valid: true },
  );

  const command = ['--restart-command', `${kill}; ${again}`];
  const restarted = await runCommand(['run', 'restart.yaml', '--target', url, ...command, '--reporter', 'json=restart.json'], at);
  const second = Number(readFileSync(pidFile, 'utf8'));
  t.teardown(() => process.kill(second, 'SIGKILL'));
  ends(t, 'restarted', restarted, 0);
  t.match(
    reportIn(dir, 'restart.json').scenarios[0]?.checks.find(({ name }) => name === 'faults-fired'),
    { valid: true },
  );

  const broken = await runCommand(['run', 'restart.yaml', '--target', url, '--restart-command', 'echo no >&2; exit 3'], at);
  ends(t, 'a command that fails', broken, 3, /the command to restart the server ended with 3: no/);
  const refused = await runCommand(['run', 'slow.yaml', '--target', url], at);
  ends(t, 'what no command does', refused, 3, /steps\[2\]\.fault needs "slow-handler", which the target ws:.* does not support/);
});

t.test('commands that can not be meant are refused', async (t) => {
  const { at } = folder(t, { 'quick.yaml': QUICK });
  const [bundled, half] = await Promise.all([
    runCommand(['run', 'quick.yaml', '--restart-command', 'true'], at),
    runCommand(['run', 'quick.yaml', '--target', 'ws://127.0.0.1:1', '--pause-command', 'true'], at),
  ]);
  ends(t, 'with the bundled server', bundled, 2, /--restart-command is for a --target that runs elsewhere/);
  ends(t, 'half a pair', half, 2, /--pause-command needs --resume-command, and the other way round/);
});
