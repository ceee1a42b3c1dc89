/** `call-probe serve` as a process: runs against it, what it refuses, and its end. */
import t, { type Test } from 'tap';
import { CLOSE } from '../../src/protocol/reasons.js';
import { DEVELOPMENT_SECRET } from '../../src/server/admission.js';
import { logIn } from '../raw-client.js';
import { type Command, type CommandOptions, ends, folder, QUICK, reportIn, runCommand, startCommand } from './command.js';

/** `call-probe serve` on a free port, once it listens. */
async function startServe(t: Test, at: CommandOptions, ...flags: string[]): Promise<{ serve: Command; url: string }> {
  const serve = startCommand(['serve', '--port', '0', '--log-format', 'json', ...flags], {
    ...at,
    isMeasured: flags.length === 0,
  });
  t.teardown(() => serve.child.kill('SIGKILL'));
  const [, url = ''] = await serve.printed(/^listening on (ws:\S+)$/m);
  return { serve, url };
}

t.test('serve: a run against it, and its end', async (t) => {
  const { dir, at } = folder(t, { 'quick.yaml': QUICK, 'other.yaml': QUICK.replace('a quick call', 'another call') });
  const { serve, url } = await startServe(t, at);
  const [, port = ''] = /:(\d+)$/.exec(url) ?? [];

  const run = await runCommand(['run', 'quick.yaml', '--target', url, '--repeat', '2', '--reporter', 'json=r.json'], at);
  ends(t, 'run against serve', run, 0);
  t.match(reportIn(dir, 'r.json'), { target: url, scenarios: [{ status: 'passed' }] });
  for (const time of ['once', 'and again while the server remembers']) {
    const again = await runCommand(['run', 'quick.yaml', 'other.yaml', '--target', url, '--seed', 'same'], at);
    ends(t, `two scenarios with the same seed, ${time}`, again, 0);
  }
  const [taken, stranger] = await Promise.all([
    runCommand(['serve', '--port', port], at),
    runCommand(['run', 'quick.yaml', '--target', url], { ...at, env: { CALL_PROBE_SECRET: 'x'.repeat(40) } }),
  ]);
  ends(t, 'a taken port', taken, 2, new RegExp(`port ${port} on 127\\.0\\.0\\.1 is in use by another program`));
  ends(t, 'another secret', stranger, 2, /signed with another secret.*CALL_PROBE_SECRET/);

  const client = await logIn(url, DEVELOPMENT_SECRET, 'zoe');
  serve.child.kill('SIGINT');
  const ended = await serve.ended;
  ends(t, 'serve', ended, 0);
  t.equal((await client.closed).code, CLOSE.restart.code, 'the client is told to come back');
  const lines = ended.stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  t.ok(
    lines.some(
      ({ msg, callId, device, version }) => msg === 'call connected' && callId && device === 'bob/phone' && version === 3,
    ),
  );
  t.ok(
    lines.some(({ msg }) => /DEVELOPMENT MODE/.test(String(msg))),
    'the public secret is pointed out',
  );
  t.notMatch(ended.stderr, /eyJ/, 'no token in the log');
});

t.test('serve takes its secret from the environment, and a client without it stays out', async (t) => {
  const { dir } = folder(t, { 'quick.yaml': QUICK });
  const at = { cwd: dir, env: { CALL_PROBE_SECRET: 'a secret of forty characters for testing' } };
  const { serve, url } = await startServe(t, at, '--defect', 'drop-answer');
  const [insider, outsider] = await Promise.all([
    runCommand(['run', 'quick.yaml', '--target', url, '--out', 'a'], at),
    runCommand(['run', 'quick.yaml', '--target', url, '--out', 'b'], { cwd: dir }),
  ]);
  ends(t, 'with the secret', insider, 1, /alice=ringing bob=connected/);
  ends(t, 'without it', outsider, 2, /CALL_PROBE_SECRET/);
  serve.child.kill('SIGTERM');
  const ended = await serve.ended;
  ends(t, 'SIGTERM', ended, 0, /known bugs/);
  t.notMatch(ended.stderr, /DEVELOPMENT MODE/);
});
