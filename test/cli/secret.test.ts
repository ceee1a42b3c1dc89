/** Secrets of the command line, and the commands that take them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { secretFrom } from '../../src/cli/secret.js';
import { originFlag } from '../../src/cli/serve.js';
import { admit, DEVELOPMENT_SECRET } from '../../src/server/admission.js';
import { measured } from '../measured.js';
import { logIn, within } from '../raw-client.js';
import { makeCertificate } from '../server/certificate.js';

const COMMAND = fileURLToPath(new URL('../../bin/call-probe.js', import.meta.url));
const SECRET = 'a secret in a file that is longer than 32 characters';

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly told: string;
}

function call(t: Test, args: readonly string[], secrets: Record<string, string> = {}) {
  const { CALL_PROBE_SECRET: _secret, CALL_PROBE_SECRET_FILE: _file, ...rest } = process.env;
  // Only what no other test starts.
  const isMeasured = args[0] === 'token' && secrets['CALL_PROBE_SECRET_FILE'] !== undefined;
  const env = { ...(isMeasured ? measured(rest) : rest), ...secrets };
  const child = spawn(process.execPath, [COMMAND, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  let [out, told] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    told += data.toString();
  });
  const ended = once(child, 'close').then(([code]): Ran => ({ code: code as number | null, out, told }));
  return { child, ended: within(ended, 'the end of the command') };
}

t.test('a secret comes from the environment or a file, and has to be long', async (t) => {
  const dir = t.testdir({ good: `${SECRET}\n`, short: 'short', folder: {} });
  const from = (environment: Record<string, string>) => secretFrom('CALL_PROBE_SECRET', environment);
  t.equal(from({}), null);
  t.equal(from({ CALL_PROBE_SECRET: SECRET }), SECRET);
  t.equal(from({ CALL_PROBE_SECRET_FILE: join(dir, 'good') }), SECRET, 'without the end of its line');
  t.throws(() => from({ CALL_PROBE_SECRET: 'short' }), /CALL_PROBE_SECRET is shorter than 32/);
  t.throws(() => from({ CALL_PROBE_SECRET: '' }), /shorter/, 'an empty one is not none');
  t.throws(() => from({ CALL_PROBE_SECRET_FILE: join(dir, 'short') }), /the secret in .*short is shorter/);
  t.throws(
    () => from({ CALL_PROBE_SECRET_FILE: join(dir, 'gone') }),
    /CALL_PROBE_SECRET_FILE: .*gone.* cannot be read \(ENOENT\)/,
  );
  t.throws(() => from({ CALL_PROBE_SECRET_FILE: join(dir, 'folder') }), /EISDIR/);
  t.throws(() => from({ CALL_PROBE_SECRET: SECRET, CALL_PROBE_SECRET_FILE: 'x' }), /both set/);
});

t.test('origins as browsers write them', async (t) => {
  for (const origin of ['https://app.example', 'http://localhost:3000', '*', 'null']) t.equal(originFlag(origin), origin);
  t.equal(originFlag('HTTPS://App.Example'), 'https://app.example');
  t.throws(() => originFlag('https://app.example/'), /did you mean https:\/\/app\.example\?/);
  t.throws(() => originFlag('https://app.example:443'), /did you mean https:\/\/app\.example\?/);
  t.throws(() => originFlag('app.example'), /scheme, host and port/);
});

t.test('token prints a token and nothing else', async (t) => {
  const dir = t.testdir({ secret: SECRET });
  const good = await call(t, ['token', 'ann', '--ttl', '2m'], { CALL_PROBE_SECRET_FILE: join(dir, 'secret') }).ended;
  t.match(good, { code: 0, out: /^[\w-]+\.[\w-]+\.[\w-]+\n$/, told: '' });
  t.match(await admit(SECRET, good.out.trim()), { ok: true, user: 'ann' });
  const open = await call(t, ['token', 'ann']).ended;
  t.match(open, { code: 0, told: /CALL_PROBE_SECRET is not set: .* public development secret/ });
  t.match(await admit(DEVELOPMENT_SECRET, open.out.trim()), { ok: true, user: 'ann' });
  for (const [args, told] of [
    [['ann/phone'], /is not a valid user name/],
    [['ann', '--ttl', '10'], /has no unit/],
    [['ann', '--ttl', '0s'], /too short/],
    [['ann', '--ttl', '9999h'], /too long/],
  ] as const)
    t.match(await call(t, ['token', ...args]).ended, { code: 2, out: '', told }, args.join(' '));
});

t.test('serve refuses what does not go together, before it listens', async (t) => {
  const { cert } = makeCertificate();
  const dir = t.testdir({ 'c.pem': cert, 'k.pem': makeCertificate().key });
  for (const [args, told] of [
    [['--tls-cert', join(dir, 'c.pem')], /--tls-cert needs --tls-key/],
    [['--tls-cert', join(dir, 'c.pem'), '--tls-key', join(dir, 'k.pem')], /k\.pem is not the key/],
    [['--allow-origin', 'app.example'], /--allow-origin "app\.example" is not an origin/],
    [['--host', '0.0.0.0'], /reachable from elsewhere: set CALL_PROBE_SECRET/],
    [['--drain-timeout', '5'], /--drain-timeout/],
  ] as const)
    t.match(await call(t, ['serve', '--port', '0', ...args]).ended, { code: 2, out: '', told }, args[0]);
});

/** The URL that a server prints once it listens. */
async function urlOf(child: ReturnType<typeof call>['child']): Promise<string> {
  const [line] = (await within(once(child.stdout, 'data'), 'the line of the server')) as [Buffer];
  return /listening on (\S+)/.exec(line.toString())?.[1] ?? '';
}

t.test('SIGTERM: clients are told to come back, then the server ends with 0', async (t) => {
  const { child, ended } = call(t, ['serve', '--port', '0', '--log-format', 'json'], { CALL_PROBE_SECRET: SECRET });
  const ann = await logIn(await urlOf(child), SECRET, 'ann');
  child.kill('SIGTERM');
  t.match(await ann.closed, { code: 1012, reason: /service restart/ });
  const { code, told } = await ended;
  t.equal(code, 0);
  t.notMatch(told, /DEVELOPMENT MODE/);
});

t.test('a second signal ends at once, whoever does not leave; the development mode is loud', async (t) => {
  const { child, ended } = call(t, ['serve', '--port', '0', '--log-format', 'json', '--drain-timeout', '1h']);
  const { port } = new URL(await urlOf(child));
  // One whole request and the beginning of another: once the first is answered, the server waits for the rest.
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\nGET /hea');
  const [answer] = (await within(once(socket, 'data'), 'the metrics')) as [Buffer];
  t.match(answer.toString(), /^HTTP\/1\.1 200 /, 'metrics are on, for this machine');
  const closing = new Promise<void>((resolve) => {
    child.stderr.on('data', (data: Buffer) => {
      if (data.toString().includes('signal again to exit at once')) resolve();
    });
  });
  child.kill('SIGINT');
  await within(closing, 'the line about closing');
  child.kill('SIGINT');
  const { code, told } = await ended;
  t.equal(code, 130);
  t.match(told, /DEVELOPMENT MODE/);
});
