/** How staging is reached: private and client certificates, a proxy, namespaces and tokens; and the commands that try it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ends, folder, runCommand } from '../cli/command.js';
import { makeCertificate } from '../server/certificate.js';
import { startConnectProxy } from '../servers/connect-proxy.js';
import { DECLINE, DIALECT, staging } from '../servers/staging/setting.js';
import { startTutorialServer } from '../servers/tutorial/server.js';

t.test('private certificates, client certificates, a proxy', async (t) => {
  const own = makeCertificate();
  const client = makeCertificate();
  const files = { 'decline.yaml': DECLINE, 'ca.pem': own.cert, 'client.pem': client.cert, 'client.key': client.key };
  const { at } = folder(t, files);
  const server = await staging(t, { tls: { cert: own.cert, key: own.key } });
  const strict = await staging(t, { tls: { cert: own.cert, key: own.key, ca: client.cert } });
  const proxy = await startConnectProxy('me:secret-of-proxy');
  t.teardown(() => proxy.close());
  const run = (url: string, ...flags: string[]) =>
    runCommand(['run', 'decline.yaml', '--target', url, '--adapter', DIALECT, ...flags], {
      ...at,
      isMeasured: flags.includes('--proxy'),
    });
  ends(
    t,
    'unknown authority',
    await run(server.url),
    2,
    /alice cannot log in: .*(self-signed certificate|DEPTH_ZERO_SELF_SIGNED_CERT)/,
  );
  ends(t, 'private authority', await run(server.url, '--tls-ca', 'ca.pem'), 0);
  ends(t, 'insecure', await run(server.url, '--insecure'), 0, /WARNING --insecure: certificates are not checked/);
  ends(t, 'no client certificate', await run(strict.url, '--tls-ca', 'ca.pem'), 2, /alice cannot log in/);
  ends(
    t,
    'client certificate',
    await run(strict.url, '--tls-ca', 'ca.pem', '--tls-cert', 'client.pem', '--tls-key', 'client.key'),
    0,
  );
  const tunnelled = await run(server.url, '--tls-ca', 'ca.pem', '--proxy', proxy.url);
  ends(t, 'proxy', tunnelled, 0);
  t.ok(proxy.asked.length >= 4 && new Set(proxy.asked).size === 1, `HTTP and sockets went through it: ${proxy.asked.length}`);
  t.notMatch(tunnelled.stdout + tunnelled.stderr, /secret-of-proxy/);
  const refused = await run(server.url, '--tls-ca', 'ca.pem', '--proxy', proxy.url.replace('me:', 'you:'));
  ends(t, 'proxy refuses', refused, 2, /the proxy 127\.0\.0\.1:\d+ refused the connection with 407/);
  ends(t, 'flags', await run(server.url, '--tls-cert', 'client.pem'), 2, /--tls-cert and --tls-key go together/);
  ends(t, 'no such file', await run(server.url, '--tls-ca', 'nowhere.pem'), 2, /--tls-ca nowhere\.pem: no such file/);
  ends(
    t,
    'without an adapter',
    await runCommand(['run', 'decline.yaml', '--target', server.url, '--insecure'], at),
    2,
    /--insecure needs an --adapter/,
  );
});

t.test('a namespace that refuses, and Socket.IO with a token of each agent', async (t) => {
  const server = await startTutorialServer({ token: 'the-token-of-all' });
  t.teardown(() => server.close());
  const dialect = readFileSync(fileURLToPath(new URL('../../../dialects/tutorial-socketio.yaml', import.meta.url)), 'utf8');
  const { at } = folder(t, {
    'decline.yaml': DECLINE,
    'mine.yaml': dialect.replace('transport: socket.io', 'transport: socket.io\n  auth: { token: "${credentials.token}" }'),
    'by-environment.yaml': dialect.replace(
      'transport: socket.io',
      `transport: socket.io\n  auth: { token: "\${env('TOKEN_', upper(user))}" }`,
    ),
    'users.csv': 'user,token\nalice,the-token-of-all\nbob,the-token-of-all\n',
    'wrong.csv': 'user,token\nalice,the-token-of-all\nbob,another\n',
    'less.csv': 'user,token\nalice,the-token-of-all\n',
  });
  const run = (...flags: string[]) =>
    runCommand(['run', 'decline.yaml', '--target', server.url, '--adapter', './mine.yaml', ...flags], {
      ...at,
      isMeasured: flags.length > 0,
    });
  const place = /mine\.yaml:\d+:\d+ connect\.auth\.token/.source;
  ends(t, 'without', await run(), 2, new RegExp(`alice cannot log in: .*${place} needs "token" of alice: give --credentials`));
  ends(t, 'no row', await run('--credentials', 'less.csv'), 2, new RegExp(`bob cannot log in: .*${place} needs "token" of bob`));
  const wrong = await run('--credentials', 'wrong.csv');
  ends(t, 'wrong', wrong, 2, /bob cannot log in: the server refused the namespace \/: bad token/);
  const asked = (env: Record<string, string>) =>
    runCommand(['run', 'decline.yaml', '--target', server.url, '--adapter', './by-environment.yaml'], { ...at, env });
  const TOKEN_ALICE = 'the-token-of-all';
  ends(t, 'environment', await asked({ TOKEN_ALICE, TOKEN_BOB: TOKEN_ALICE }), 0);
  ends(t, 'half of it', await asked({ TOKEN_ALICE }), 2, /the environment has no "TOKEN_BOB", which is for bob: set it/);
  const good = await run('--credentials', 'users.csv');
  ends(t, 'with', good, 0);
  const trace = readFileSync(`${at.cwd}/call-probe-out/traces/decline-1.trace.jsonl`, 'utf8');
  t.notMatch(trace, /the-token-of-all/, 'the trace does not hold it');
});

t.test('dialect check tries a call, message by message; init writes what it accepts', async (t) => {
  const server = await startTutorialServer();
  t.teardown(() => server.close());
  const { at } = folder(t, {
    'less.yaml': readFileSync(
      fileURLToPath(new URL('../../../dialects/tutorial-socketio.yaml', import.meta.url)),
      'utf8',
    ).replace(/ {2}- when: \{ event: call-ringing \}\n {4}means: ringing\n/, ''),
  });
  const tried = await runCommand(['dialect', 'check', 'tutorial-socketio', '--target', server.url], { ...at, isMeasured: true });
  ends(
    t,
    'tried',
    tried,
    0,
    /alice +-> call-user +command\.invite/,
    /bob +<- call-made +event\.inviting/,
    /bob += shows ringing/,
    /The mapping works/,
  );
  ends(
    t,
    'unmapped',
    await runCommand(['dialect', 'check', 'less.yaml', '--target', server.url], at),
    0,
    /<- call-ringing +UNMAPPED/,
    /unmapped: call-ringing/,
  );
  ends(
    t,
    'init',
    await runCommand(['init', 'mine', '--target', server.url, '--transport', 'socket.io', '--yes'], { ...at, isMeasured: true }),
    0,
    /npx call-probe dialect check/,
  );
  ends(
    t,
    'there already',
    await runCommand(['init', 'mine', '--target', server.url, '--transport', 'socket.io', '--yes'], at),
    2,
    /exists already; --force overwrites/,
  );
  ends(t, 'first run', await runCommand(['run', '--reporter', 'console'], { ...at, cwd: `${at.cwd}/mine` }), 0, /1 passed/);
  ends(t, 'a wrong event', await runCommand(['init', 'x', '--event', 'cal=x', '--yes'], at), 2, /WHAT is one of login, call/);
});
