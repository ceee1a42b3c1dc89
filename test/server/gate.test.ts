/** Who may open a connection: origins, subprotocols, and how many there may be, as rules and over real sockets. */
import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import t from 'tap';
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../src/protocol/frames.js';
import { LIMITS } from '../../src/protocol/limits.js';
import { mintToken } from '../../src/server/admission.js';
import { addressKey, type Crowd, gateRefusal, type Handshake, isAllowedOrigin, isLoopback } from '../../src/server/gate.js';
import { connectRaw, logIn, within } from '../raw-client.js';
import { connectCall, SECRET, start } from './started.js';

const EMPTY: Crowd = { connections: 0, unauthenticated: 0, fromAddress: 0, state: 'ready' };
const GOOD: Handshake = { origin: undefined, protocols: SUBPROTOCOL, address: '192.0.2.1' };
const why = (handshake: Partial<Handshake>, crowd: Partial<Crowd> = {}, origins: readonly string[] = []) =>
  gateRefusal({ ...GOOD, ...handshake }, { ...EMPTY, ...crowd }, LIMITS, origins)?.why ?? null;

t.test('the rules of the gate', async (t) => {
  t.equal(why({}), null, 'a native client');
  t.equal(why({ origin: 'https://evil.example' }), 'origin', 'a page of an origin that nobody listed');
  t.equal(why({ origin: 'https://app.example' }, {}, ['https://app.example']), null);
  t.equal(why({ origin: 'https://app.example:444' }, {}, ['https://app.example']), 'origin', 'the port counts');
  t.equal(why({ origin: 'http://app.example' }, {}, ['https://app.example']), 'origin', 'the scheme counts');
  t.equal(why({ origin: 'null' }, {}, ['https://app.example']), 'origin', 'a sandboxed page');
  t.equal(why({ origin: 'https://any.example' }, {}, ['*']), null);
  t.equal(why({ protocols: 'callsync.v2, callsync.v1' }), null, 'one of several');
  t.equal(why({ protocols: 'callsync.v2,sip' }), 'protocol');
  t.equal(why({ protocols: '' }), 'protocol');
  t.equal(why({ protocols: undefined }), null, 'none at all is told by a close frame');
  t.equal(why({}, { state: 'draining' }), 'draining');
  t.equal(why({}, { state: 'broken' }), 'broken');
  t.equal(why({}, { connections: LIMITS.connectionsMax }), 'full');
  t.equal(why({}, { connections: LIMITS.connectionsMax - 1 }), null);
  t.equal(why({}, { fromAddress: LIMITS.connectionsPerAddressMax }), 'address');
  t.equal(why({}, { fromAddress: LIMITS.connectionsPerAddressMax - 1 }), null);
  t.equal(why({ address: '127.0.0.1' }, { fromAddress: LIMITS.connectionsPerAddressMax }), null, 'proxies are on this machine');
  t.equal(why({}, { unauthenticated: LIMITS.unauthenticatedMax }), 'unauthenticated');
  t.match(gateRefusal({ ...GOOD, protocols: 'sip' }, EMPTY, LIMITS, [])?.message, new RegExp(SUBPROTOCOL.replace('.', '\\.')));
  t.ok(isAllowedOrigin('HTTPS://App.Example', ['https://app.example']));
});

t.test('addresses are counted as their owners have them', async (t) => {
  t.equal(addressKey('::ffff:192.0.2.7'), '192.0.2.7');
  t.equal(addressKey('2001:db8:1:2:3:4:5:6'), addressKey('2001:0DB8:1:2::9'), 'one network of IPv6');
  t.not(addressKey('2001:db8:1:2::1'), addressKey('2001:db8:1:3::1'));
  t.equal(addressKey('2001:db8::1'), '2001:db8:0:0::/64');
  t.equal(addressKey('fe80::1%eth0'), 'fe80:0:0:0::/64');
  t.equal(addressKey('::1'), '0:0:0:0::/64');
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) t.ok(isLoopback(address), address);
  for (const address of ['192.0.2.1', '::2', '::ffff:10.0.0.1', '1127.0.0.1']) t.notOk(isLoopback(address), address);
});

/** The status and body with which a handshake is answered; 101 and nothing where it is taken. */
async function handshake(url: string, headers: Record<string, string> = {}, protocols = [SUBPROTOCOL]) {
  const socket = new WebSocket(url, protocols, { headers });
  const answer = await within(
    new Promise<{ status: number; body: string; protocol: string }>((resolve) => {
      socket.once('open', () => resolve({ status: 101, body: '', protocol: socket.protocol }));
      socket.once('unexpected-response', (_request: ClientRequest, response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString(), protocol: '' }),
        );
      });
    }),
    'the answer to a handshake',
  );
  socket.on('error', () => undefined);
  if (answer.status === 101) socket.close();
  return answer;
}

t.test('origins and subprotocols over real sockets', async (t) => {
  const { server, lines } = await start(t, { origins: ['https://app.example'] });
  t.equal((await handshake(server.url)).status, 101, 'no origin: a native client');
  t.equal((await handshake(server.url, { origin: 'https://app.example' })).status, 101);
  const evil = await handshake(`${server.url}/?token=in-the-query`, { origin: 'https://evil.example' });
  t.equal(evil.status, 403);
  t.match(evil.body, /--allow-origin/, 'told what to do');
  t.equal((await handshake(server.url, {}, ['callsync.v2', SUBPROTOCOL])).protocol, SUBPROTOCOL);
  const other = await handshake(server.url, {}, ['callsync.v2']);
  t.equal(other.status, 400);
  t.match(other.body, /this server supports only the subprotocol callsync\.v1/);
  const none = await connectRaw(server.url, { protocol: null, acks: false });
  t.match(await none.closed, { code: 1002, reason: /this server supports only the subprotocol callsync\.v1/ });
  t.match(
    lines.filter(({ message }) => message === 'handshake refused').map(({ fields }) => fields['cause']),
    ['origin', 'protocol'],
  );
  const open = await start(t, { origins: ['*'] });
  t.equal((await handshake(open.server.url, { origin: 'https://evil.example' })).status, 101);
});

t.test('so many connections of one address, so many without a hello, so many at all', async (t) => {
  const perAddress = await start(t, { limits: { connectionsPerLoopbackMax: 2 } });
  const first = await connectRaw(perAddress.server.url);
  await connectRaw(perAddress.server.url);
  const more = await handshake(perAddress.server.url);
  t.equal(more.status, 429);
  t.match(more.body, /2 connections already/);
  first.close();
  await perAddress.line(({ message }) => message === 'connection ended');
  t.equal((await handshake(perAddress.server.url)).status, 101, 'one that leaves makes room');

  const waiting = await start(t, { limits: { unauthenticatedMax: 2 } }, { helloMs: 60_000 });
  const idle = [await connectRaw(waiting.server.url), await connectRaw(waiting.server.url)];
  t.equal((await handshake(waiting.server.url)).status, 503, 'two wait for their hello already');
  for (const client of idle) client.send({ type: 'hello', token: 'none', device: 'phone' });
  for (const client of idle) t.equal((await client.closed).code, 4401);
  for (const conn of ['conn-1', 'conn-2']) {
    await waiting.line(({ message, fields }) => message === 'connection ended' && fields['conn'] === conn);
  }
  const logged = [];
  for (const user of ['ann', 'ben', 'cay']) logged.push(await logIn(waiting.server.url, SECRET, user));
  t.equal(logged.length, 3, 'those that were greeted do not count');

  const full = await start(t, { limits: { connectionsMax: 1 } });
  await connectRaw(full.server.url);
  t.equal((await handshake(full.server.url)).status, 503);
});

t.test('pages of listed origins may read calls, others may not', async (t) => {
  const { server, web } = await start(t, { origins: ['https://app.example'] });
  await connectCall(server.url, 'seen', 'ann', 'ben');
  const headers = { authorization: `Bearer ${await mintToken(SECRET, 'ann')}` };
  const ours = await fetch(`${web}/v1/calls/seen`, { headers: { ...headers, origin: 'https://app.example' } });
  t.equal(ours.status, 200);
  t.equal(ours.headers.get('access-control-allow-origin'), 'https://app.example');
  const theirs = await fetch(`${web}/v1/calls/seen`, { headers: { ...headers, origin: 'https://evil.example' } });
  t.equal(theirs.status, 403);
  t.equal(theirs.headers.get('access-control-allow-origin'), null);
  const asked = await fetch(`${web}/v1/calls/seen`, { method: 'OPTIONS', headers: { origin: 'https://app.example' } });
  t.equal(asked.status, 204);
  t.equal(asked.headers.get('access-control-allow-headers'), 'authorization');
  const refused = await fetch(`${web}/v1/calls/seen`, { method: 'OPTIONS', headers: { origin: 'https://evil.example' } });
  t.equal(refused.status, 405);
});

t.test('a request with a body is refused, and one with too large a head', async (t) => {
  const { server } = await start(t, { limits: { httpHeaderBytesMax: 4_096 } });
  for (const headers of [
    { 'content-length': '1000000' },
    { 'transfer-encoding': 'chunked' },
    { 'content-length': '5', expect: '100-continue' },
  ]) {
    const sent = request({ host: '127.0.0.1', port: server.port, path: '/healthz', headers });
    sent.on('error', () => undefined);
    sent.flushHeaders();
    const [response] = (await within(once(sent, 'response'), 'the refusal of a body')) as [
      { statusCode: number; headers: object },
    ];
    t.equal(response.statusCode, 413, JSON.stringify(headers));
    t.match(response.headers, { connection: 'close' });
    sent.destroy();
  }
  const big = await fetch(`http://127.0.0.1:${server.port}/healthz`, { headers: { 'x-padding': 'x'.repeat(8_000) } });
  t.equal(big.status, 431);
});

t.test('a request that comes slowly or never is cut', async (t) => {
  const { server } = await start(t, { limits: { httpHeadersMs: 200, httpRequestMs: 300 } });
  const dribbling = (text: string): Promise<unknown> => {
    const socket: Socket = connect(server.port, '127.0.0.1', () => socket.write(text));
    socket.on('error', () => undefined);
    return within(once(socket.resume(), 'close'), `the end of ${JSON.stringify(text)}`);
  };
  await Promise.all(['', 'GET /hea', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: '].map(dribbling));
  t.pass('each was cut');
});
