/** Commands of the user's that restart, stop and wake a server that the probe did not start. */
import t from 'tap';
import { runCommand } from '../../../src/probe/targets/commands.js';
import { connectRemote } from '../../../src/probe/targets/remote.js';
import { SECRET, start } from '../../server/started.js';

t.test('a command that does not do it says why', async (t) => {
  await runCommand('restart', 'exit 0');
  await t.rejects(runCommand('restart', 'echo no such unit >&2; exit 5'), {
    name: 'TargetError',
    message: 'the command to restart the server ended with 5: no such unit',
  });
  await t.rejects(runCommand('pause', 'kill -9 $$'), { name: 'TargetError', message: /pause the server/ });
});

t.test('what no command does can not be done, and the flag is named', async (t) => {
  process.env['CALL_PROBE_SECRET'] = SECRET;
  t.teardown(() => void delete process.env['CALL_PROBE_SECRET']);
  const { server } = await start(t);
  const target = await connectRemote(server.url);
  t.strictSame([...target.capabilities], []);
  await t.rejects(
    target.restart('SIGKILL', () => undefined),
    /without --restart-command/,
  );
  await t.rejects(target.pause(true), /without --pause-command and --resume-command/);
  await t.rejects(target.slowHandler(1), /its handlers cannot be slowed/);
  await target.stop();
});
