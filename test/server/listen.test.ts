/** The bundled server over real sockets: what it answers to bad input, to HTTP, and at its end. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { SignJWT } from 'jose';
import t from 'tap';
import { LIMITS } from '../../src/protocol/limits.js';
import { CLOSE, type CloseName } from '../../src/protocol/reasons.js';
import { mintToken } from '../../src/server/admission.js';
import { type Listening, listen } from '../../src/server/listen.js';
import { connectRaw, logIn, within } from '../raw-client.js';
import { connectCall, newHub, SECRET, start } from './started.js';

const OTHER_SECRET = 'another secret that the server of this test knows nothing of';
const SDP = 'v=0\r\no=- 4711 2 IN IP4 127.0.0.1\r\ns=secret-session-description\r\n';

async function statusOf(server: Listening, path: string, init: RequestInit = {}): Promise<[number, Record<string, unknown>]> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
  return [response.status, (await response.json()) as Record<string, unknown>];
}

const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });

t.test('each bad input closes its own connection with the documented code and touches no call', async (t) => {
  const { server } = await start(t);
  const { url } = server;
  const [ann, ben] = await connectCall(url, 'call-before', 'ann', 'ben');

  const hello = async (secret: string, ttlSeconds = 60): Promise<object> => ({
    type: 'hello',
    token: await mintToken(secret, 'mallory', ttlSeconds),
    device: 'phone',
  });
  const signed = async (claims: Record<string, string>, issuer: string): Promise<object> => {
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(issuer)
      .sign(new TextEncoder().encode(SECRET));
    return { type: 'hello', token, device: 'phone' };
  };
  const unsigned = ['{"alg":"none"}', '{"sub":"mallory","iss":"call-probe"}'].map((part) =>
    Buffer.from(part).toString('base64url'),
  );
  const bad: readonly (readonly [name: string, message: object | string | Buffer, close: CloseName])[] = [
    ['no JSON', 'BEGIN', 'badFrame'],
    ['an array', '[{"type":"hello"}]', 'badFrame'],
    ['null', 'null', 'badFrame'],
    ['nested too deeply', `{"type":"hello","x":${'['.repeat(50)}${']'.repeat(50)}}`, 'badFrame'],
    ['a hundred thousand brackets', '['.repeat(60_000), 'badFrame'],
    ['a binary frame', Buffer.from('{"type":"ack","ack":0}'), 'badFrame'],
    ['a field of the wrong type', { type: 'hello', token: 7, device: 'phone' }, 'badFrame'],
    ['a name with a slash', { type: 'hello', token: 'x', device: 'a/b' }, 'badFrame'],
    ['an unknown type', { type: 'subscribe' }, 'unknownType'],
    ['no type', {}, 'unknownType'],
    ['a type of the server', { type: 'welcome' }, 'unknownType'],
    ['70 kB', { type: 'hello', token: 'x'.repeat(70_000) }, 'tooBig'],
    ['1 MB', 'x'.repeat(2 ** 20), 'tooBig'],
    ['a token of another secret', await hello(OTHER_SECRET), 'unauthorized'],
    ['an expired token', await hello(SECRET, -10), 'unauthorized'],
    ['a token that is none', { type: 'hello', token: 'let me in', device: 'phone' }, 'unauthorized'],
    ['an unsigned token', { type: 'hello', token: `${unsigned.join('.')}.`, device: 'phone' }, 'unauthorized'],
    ['a token of another issuer', await signed({ sub: 'mallory' }, 'somebody'), 'unauthorized'],
    ['a token without a user', await signed({}, 'call-probe'), 'unauthorized'],
    ['a command before hello', { type: 'command', seq: 1, id: 'a', op: 'hangup', call: 'call-before' }, 'unauthorized'],
  ];
  await Promise.all([
    ...bad.map(async ([name, message, close]) => {
      const client = await connectRaw(url, { acks: false });
      client.send(message);
      const { code } = await client.closed;
      t.equal(code, CLOSE[close].code, `${name}: ${code}`);
      // The largest frames are refused by the WebSocket layer, which has no words of its own.
      if (name === '1 MB') return;
      const told = client.received.at(-1);
      t.match(told, { type: 'error', code: CLOSE[close].code }, `${name}: told before the close`);
      if (name.includes('token')) t.notMatch(JSON.stringify(told), /eyJ|let me in/, `${name}: the token is not repeated`);
    }),
    (async () => {
      const [cay, dan] = await connectCall(url, 'call-meanwhile', 'cay', 'dan');
      cay.command('hangup', 'call-meanwhile');
      const { record } = await dan.next('event', (frame) => frame.record.phase === 'ended');
      t.equal(record.reason, 'hangup', 'a call made meanwhile goes through');
    })(),
  ]);

  t.ok(ann.isOpen() && ben.isOpen(), 'the call from before kept its connections');
  const [, record] = await statusOf(server, '/v1/calls/call-before', bearer(await mintToken(SECRET, 'ann')));
  t.equal(record['phase'], 'connected', 'and is still connected');
  ann.command('hangup', 'call-before');
  await ben.next('event', (frame) => frame.record.phase === 'ended');
});

t.test('what comes after a frame that closed the connection does not count', async (t) => {
  const { server, lines } = await start(t);
  const client = await logIn(server.url, SECRET, 'eve');
  client.send('nonsense');
  client.command('invite', 'too-late', 'ann');
  for (let count = 0; count < 50; count++) client.send('more nonsense');
  const { code } = await client.closed;
  t.equal(code, CLOSE.badFrame.code);
  t.equal(client.received.filter(({ type }) => type === 'error').length, 1, 'one error, whatever follows');
  t.equal(lines.filter(({ message }) => message === 'connection closed by the server').length, 1, 'one line in the log');
  const [status] = await statusOf(server, '/v1/calls/too-late', bearer(await mintToken(SECRET, 'eve')));
  t.equal(status, 404, 'no call was made');
});

t.test('a newer connection of a device replaces the older one', async (t) => {
  const { server } = await start(t);
  const first = await logIn(server.url, SECRET, 'ann');
  const second = await logIn(server.url, SECRET, 'ann');
  t.equal((await first.closed).code, CLOSE.replaced.code);
  const other = await logIn(server.url, SECRET, 'ann', 'laptop');
  t.ok(second.isOpen() && other.isOpen(), 'the newer one and another device stay');
  t.equal(server.census().sessions, 2);
});

t.test('only the subprotocol is spoken, and a client without it can do no harm', async (t) => {
  const { server } = await start(t);
  const plain = await connectRaw(server.url, { protocol: null, acks: false });
  // Far too large, on a connection that the server is about to close: an error that somebody has to listen to.
  plain.send('x'.repeat(2 ** 20));
  t.ok([1002, CLOSE.tooBig.code].includes((await plain.closed).code));
  await t.rejects(connectRaw(server.url, { protocol: 'sip' }), /400/);
  await connectCall(server.url, 'after', 'ann', 'ben');
});

t.test('GET /v1/calls/:id tells participants, and nobody else', async (t) => {
  const { server } = await start(t);
  await connectCall(server.url, 'the-call', 'ann', 'ben');
  const asUser = async (user: string, secret = SECRET): Promise<RequestInit> => bearer(await mintToken(secret, user));
  for (const user of ['ann', 'ben']) {
    const [status, record] = await statusOf(server, '/v1/calls/the-call?again=1', await asUser(user));
    t.equal(status, 200, `${user} may read it`);
    t.match(record, { id: 'the-call', phase: 'connected', version: 3, callee: { user: 'ben', device: 'phone' } });
  }
  const unknown = await statusOf(server, '/v1/calls/another', await asUser('ann'));
  t.strictSame(await statusOf(server, '/v1/calls/the-call', await asUser('eve')), unknown, 'a stranger learns nothing');
  t.equal(unknown[0], 404);
  for (const [name, init] of [
    ['no token', {}],
    ['a foreign secret', await asUser('ann', OTHER_SECRET)],
    ['an expired token', bearer(await mintToken(SECRET, 'ann', -10))],
    ['another scheme', { headers: { authorization: 'Basic YW5uOmFubg==' } }],
  ] as const) {
    const [status, body] = await statusOf(server, '/v1/calls/the-call', init);
    t.equal(status, 401, name);
    t.match(body, { error: String });
  }
});

t.test('other requests', async (t) => {
  const { server } = await start(t);
  await connectCall(server.url, 'a-call', 'ann', 'ben');
  const [status, health] = await statusOf(server, '/healthz');
  t.equal(status, 200);
  t.strictSame(health, { status: 'ok', connections: 2, sessions: 2, liveCalls: 1 }, 'counts, and no names of users');
  for (const path of [
    '/',
    '/v1/calls',
    '/v1/calls/',
    '/v1/calls/a/b',
    '/v1/calls/%2e%2e',
    `/v1/calls/${'x'.repeat(65)}`,
    '/metrics',
  ])
    t.equal((await statusOf(server, path))[0], 404, path);
  for (const method of ['POST', 'PUT', 'DELETE']) {
    const response = await fetch(`http://127.0.0.1:${server.port}/healthz`, { method });
    t.equal(response.status, 405, method);
    t.equal(response.headers.get('allow'), 'GET');
    await response.text();
  }
});

t.test('the log tells each change by call, device and number, and never a secret', async (t) => {
  const { server, lines, trace } = await start(t);
  const [ann, ben] = await connectCall(server.url, 'logged', 'ann', 'ben');
  ann.signal('logged', SDP);
  await ben.next('signal');
  ann.command('hangup', 'logged');
  await ben.next('event', ({ record }) => record.phase === 'ended');
  ben.command('accept', 'logged');
  await ben.next('result', ({ ok }) => !ok);

  const changes = lines.filter(({ message }) => message.startsWith('call '));
  t.match(
    changes.map(({ level, fields, message }) => [
      level,
      message,
      fields['callId'],
      fields['device'],
      fields['seq'],
      fields['version'],
    ]),
    [
      ['info', 'call inviting', 'logged', 'ann/phone', 1, 1],
      ['info', 'call ringing', 'logged', 'ben/phone', 1, 2],
      ['info', 'call connected', 'logged', 'ben/phone', 2, 3],
      ['info', 'call ended', 'logged', 'ann/phone', 3, 4],
    ],
  );
  t.match(
    lines.filter(({ message }) => message === 'command refused').map(({ fields }) => fields),
    [{ callId: 'logged', device: 'ben/phone', seq: 3, why: 'already-ended' }],
  );
  const everything = JSON.stringify(lines);
  t.notMatch(everything, /eyJ/, 'no token');
  t.notMatch(everything, /secret-session-description|v=0/, 'no SDP');
  const phases = trace.flatMap(({ body }) => (body.type === 'record' ? [body.version] : []));
  t.strictSame(phases, [1, 2, 3, 4], 'the trace has the same changes');
  t.strictSame(
    trace.map(({ local }) => local),
    trace.map((_event, index) => index + 1),
    'in numbers without a gap',
  );
});

t.test('another hub takes over with nothing of the old one', async (t) => {
  const { server } = await start(t);
  const [ann] = await connectCall(server.url, 'old', 'ann', 'ben');
  server.replaceHub(newHub(), null);
  t.equal((await ann.closed).code, 1006);
  t.strictSame(server.census(), { connections: 0, sessions: 0, liveCalls: 0, busyUsers: 0 });
  await connectCall(server.url, 'old', 'ann', 'ben');
});

t.test('who says nothing at all is closed in the end', async (t) => {
  const { server } = await start(t, {}, { helloMs: 100 });
  const client = await connectRaw(server.url);
  t.equal((await client.closed).code, CLOSE.helloTimeout.code);
  t.match(client.received.at(-1), { type: 'error', code: CLOSE.helloTimeout.code }, 'told before the close');
});

t.test('close tells the clients, waits for none for long, and frees the port', async (t) => {
  const { server } = await start(t);
  const ann = await logIn(server.url, SECRET, 'ann');
  // One that never answers a close frame, and one that never even speaks WebSocket.
  const deaf = connect(server.port, '127.0.0.1');
  const key = Buffer.from('sixteen bytes ok').toString('base64');
  deaf.write(
    `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: callsync.v1\r\n\r\n`,
  );
  const [greeting] = (await once(deaf, 'data')) as [Buffer];
  t.match(greeting.toString(), /^HTTP\/1\.1 101 /);
  const silent = connect(server.port, '127.0.0.1');
  await once(silent, 'connect');
  deaf.on('error', () => undefined);
  silent.on('error', () => undefined);

  const ends = Promise.all([once(deaf.resume(), 'close'), once(silent.resume(), 'close')]);
  await within(server.close(), 'the end of the server');
  t.equal((await ann.closed).code, CLOSE.goingAway.code);
  await within(ends, 'the end of every socket');
  await t.rejects(connectRaw(server.url), { code: 'ECONNREFUSED' });
});

t.test('a port that is taken is told by the system', async (t) => {
  const { server } = await start(t);
  const taken = listen({
    host: '127.0.0.1',
    port: server.port,
    secret: SECRET,
    hub: newHub(),
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    now: () => 0,
    time: () => 0,
    trace: null,
  });
  await t.rejects(taken, { code: 'EADDRINUSE' });
});

t.test('a device that floods without acknowledging is let go, and the rest goes on', async (t) => {
  const { server } = await start(t);
  const deaf = await connectRaw(server.url, { acks: false });
  deaf.send({ type: 'hello', token: await mintToken(SECRET, 'flood'), device: 'phone' });
  await deaf.next('welcome');
  for (let count = 0; count <= LIMITS.outboxFramesMax; count++) deaf.command('hangup', `none-${count}`);
  t.equal((await deaf.closed).code, CLOSE.slowConsumer.code);
  await connectCall(server.url, 'after-flood', 'ann', 'ben');
});
