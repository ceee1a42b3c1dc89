/** A device's link over real sockets: what each fault of the connection does at both of its ends. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { CONNECTION_FAULTS } from '../../../src/faults/connection/index.js';
import type { ParameterValues, Stream } from '../../../src/faults/fault.js';
import { createLink, type Link } from '../../../src/probe/links/link.js';
import type { TransportSink } from '../../../src/probe/links/transport.js';
import { openTransport } from '../../../src/probe/links/ws-transport.js';
import { makeCertificate } from '../../server/certificate.js';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'x' });
await once(server, 'listening');
t.teardown(() => {
  for (const client of server.clients) client.terminate();
  server.close();
});
const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
const link = () => createLink((sink) => openTransport(url, 'x', 2_000, sink));

/** The script of a fault of the registry, all parameters given. */
function script(name: string, values: ParameterValues, stream: Stream = 'both') {
  const kind = CONNECTION_FAULTS.find((one) => one.name === name);
  if (kind === undefined) throw new Error(`no fault ${name}`);
  return kind.script(values, stream);
}
const DISCONNECT = (disconnect: number) => script('disconnect', { disconnect, code: 0, reason: '' });

/** A sink that writes down what it is told; `until` resolves when it was told this. */
function listener() {
  const told: string[] = [];
  const waiting = new Map<string, () => void>();
  const say = (what: string): void => {
    told.push(what);
    waiting.get(what)?.();
  };
  const sink: TransportSink = {
    opened: () => say('opened'),
    message: (text) => say(text),
    closed: (code, _reason, error) => say(error === null ? `closed ${code}` : `closed ${code} ${error}`),
  };
  const fault = { hit: (what: string) => say(`hit: ${what}`), over: () => say('over') };
  const until = (what: string): Promise<void> =>
    told.includes(what) ? Promise.resolve() : new Promise((resolve) => void waiting.set(what, resolve));
  return { sink, fault, told, until };
}

type Listener = ReturnType<typeof listener>;

/** Opens a connection through the link, and gives both of its ends once it is there. */
async function connected(device: Link, { sink, until, told }: Listener) {
  const met = once(server, 'connection');
  const before = told.length;
  const transport = device.open(sink);
  const [socket] = (await met) as [WebSocket];
  if (!told.slice(before).includes('opened')) await until('opened');
  return { transport, socket };
}

function begin(device: Link, how: ReturnType<typeof script>, { fault }: Listener) {
  const run = device.run(how, fault);
  run.begin();
  return run;
}

t.test('disconnect: an open connection breaks at once and nothing is read from it any more', async (t) => {
  const device = link();
  const client = listener();
  const { transport, socket } = await connected(device, client);
  const left = once(socket, 'close');
  socket.send('too late');
  begin(device, DISCONNECT(40), client);
  t.strictSame(
    client.told,
    ['opened', 'hit: the connection broke'],
    'the sink hears of it later, as of any connection that breaks',
  );
  t.notOk(transport.isOpen());
  await client.until('closed 1006');
  t.equal((await left)[0], 1006, 'without a close frame');
  await client.until('over');
  t.notOk(client.told.includes('too late'));
  (await connected(device, listener())).transport.end('break');
});

t.test('disconnect with a code: the server reads the close frame', async (t) => {
  const device = link();
  const client = listener();
  const { socket } = await connected(device, client);
  const left = once(socket, 'close');
  begin(device, script('disconnect', { disconnect: 5, code: 4321, reason: 'because' }), client);
  const [code, reason] = await left;
  t.equal(code, 4321);
  t.equal(String(reason), 'because');
  await client.until('over');
});

t.test('while connections are refused an attempt fails like one to a host that can not be reached', async (t) => {
  const device = link();
  const client = listener();
  const run = begin(device, DISCONNECT(60_000), client);
  t.strictSame(client.told, [], 'there was nothing to break');
  const transport = device.open(client.sink);
  t.notOk(transport.isOpen());
  transport.send('nothing');
  transport.end('close');
  device.open(listener().sink);
  t.strictSame(client.told, ['hit: a connection attempt failed'], 'never from within open, and told once');
  await client.until('closed 1006 EHOSTUNREACH: the link is cut');
  run.heal();
  run.heal();
  t.equal(client.told.filter((what) => what === 'over').length, 1, 'healed before its time, once');
  (await connected(device, listener())).transport.end('break');
});

t.test('refuse: the connection that is there goes on', async (t) => {
  const device = link();
  const client = listener();
  const { transport, socket } = await connected(device, client);
  const run = begin(device, script('refuse', { refuse: 60_000 }), client);
  socket.send('still there');
  await client.until('still there');
  t.ok(transport.isOpen());
  const other = listener();
  device.open(other.sink);
  await other.until('closed 1006 EHOSTUNREACH: the link is cut');
  t.ok(client.told.includes('hit: a connection attempt failed'));
  run.heal();
  device.stop();
  transport.end('break');
});

t.test('a fault that found nothing to break says nothing but its end', async (t) => {
  const device = link();
  const client = listener();
  begin(device, DISCONNECT(5), client);
  await client.until('over');
  t.strictSame(client.told, ['over']);
});

t.test('faults that overlap: the link is whole when all are over', async (t) => {
  const device = link();
  const first = listener();
  const second = listener();
  begin(device, DISCONNECT(5), first);
  begin(device, DISCONNECT(60_000), second);
  await first.until('over');
  device.open(second.sink);
  t.strictSame(second.told, ['hit: a connection attempt failed']);
  t.strictSame(first.told, ['over']);
  device.stop();
});

t.test('abort: both ends get a reset, not an end', async (t) => {
  const device = link();
  const client = listener();
  const met = once(server, 'connection');
  device.open(client.sink);
  const [socket, request] = (await met) as [WebSocket, IncomingMessage];
  await client.until('opened');
  const failed = once(request.socket, 'error').catch((error: unknown) => [error]);
  const left = once(socket, 'close');
  begin(device, script('abort', { abort: 0 }), client);
  t.match((await failed)[0], { code: 'ECONNRESET' });
  await left;
  await client.until('closed 1006');
});

t.test('abort over TLS: both ends get a reset as well', async (t) => {
  const own = makeCertificate();
  const https = createServer({ cert: own.cert, key: own.key });
  const secure = new WebSocketServer({ server: https, handleProtocols: () => 'x' });
  https.listen(0, '127.0.0.1');
  await once(https, 'listening');
  t.teardown(() => {
    secure.close();
    https.close();
  });
  const place = `wss://127.0.0.1:${(https.address() as AddressInfo).port}`;
  const device = createLink((sink) => openTransport(place, 'x', 2_000, sink, undefined, { tls: { ca: own.cert } }));
  const client = listener();
  const met = once(secure, 'connection');
  device.open(client.sink);
  const [socket, request] = (await met) as [WebSocket, IncomingMessage];
  await client.until('opened');
  const failed = once(request.socket, 'error').catch((error: unknown) => [error]);
  const left = once(socket, 'close');
  begin(device, script('abort', { abort: 0 }), client);
  t.match((await failed)[0], { code: 'ECONNRESET' });
  await left;
  await client.until('closed 1006');
});

for (const stream of ['both', 'upstream', 'downstream'] as const) {
  t.test(`half-open ${stream}: the socket stays open and what is written that way is lost`, async (t) => {
    const device = link();
    const client = listener();
    const { transport, socket } = await connected(device, client);
    const heard: string[] = [];
    socket.on('message', (data) => void heard.push(String(data)));
    const run = begin(device, script('half-open', { 'half-open': 60_000 }, stream), client);
    transport.send('up');
    socket.send('down');
    if (stream === 'upstream') await client.until('down');
    if (stream === 'downstream') await once(socket, 'message');
    // A ping is answered by the system of a client that is there; one in a black hole stays silent.
    let isAnswered = false;
    socket.on('pong', () => {
      isAnswered = true;
    });
    socket.ping();
    t.ok(transport.isOpen(), 'the device believes in it');
    t.equal(socket.readyState, WebSocket.OPEN, 'and so does the server');
    const left = once(socket, 'close');
    run.heal();
    await left;
    await client.until('closed 1006');
    t.strictSame(heard, stream === 'downstream' ? ['up'] : []);
    t.equal(client.told.includes('down'), stream === 'upstream');
    t.notOk(isAnswered);
  });
}

t.test('a device that gives up a black hole leaves it open at the server', async (t) => {
  const device = link();
  const client = listener();
  const { transport, socket } = await connected(device, client);
  const run = begin(device, script('half-open', { 'half-open': 60_000 }), client);
  transport.end('break');
  await client.until('closed 1006 ENETDOWN: the network of the device is gone');
  const again = await connected(device, listener());
  t.equal(socket.readyState, WebSocket.OPEN, 'the end did not get through either');
  const left = once(socket, 'close');
  run.heal();
  await left;
  t.ok(again.transport.isOpen(), 'the new one is not touched');
  again.transport.end('break');
});

for (const [name, value] of [
  ['network-switch', 5],
  ['freeze', 5],
] as const) {
  t.test(`${name}: the old socket stays open and silent while the device is back on a new one`, async (t) => {
    const device = link();
    const client = listener();
    const { socket } = await connected(device, client);
    begin(device, script(name, { [name]: value }), client);
    await client.until('closed 1006 ENETDOWN: the network of the device is gone');
    await client.until('over');
    const back = listener();
    const again = await connected(device, back);
    again.socket.send('hello again');
    socket.send('to nobody');
    await back.until('hello again');
    t.equal(socket.readyState, WebSocket.OPEN);
    t.notOk(client.told.includes('to nobody'));
    t.equal(client.told.filter((what) => what.startsWith('closed')).length, 1, 'told once');
    const left = once(socket, 'close');
    device.stop();
    await left;
    again.transport.end('break');
  });
}

t.test('late-close: the old socket closes only after the new one was greeted', async (t) => {
  const device = link();
  const client = listener();
  const { socket } = await connected(device, client);
  begin(device, script('late-close', { 'late-close': 1 }), client);
  await client.until('closed 1006 ENETDOWN: the network of the device is gone');
  const again = await connected(device, listener());
  t.equal(socket.readyState, WebSocket.OPEN);
  const left = once(socket, 'close');
  again.socket.send('welcome');
  await left;
  await client.until('over');
  again.transport.end('break');
});

t.test('slow-handshake: a connection takes longer, and can be given up meanwhile', async (t) => {
  const device = link();
  const client = listener();
  const run = begin(device, script('slow-handshake', { 'slow-handshake': 30 }), client);
  const given = device.open(listener().sink);
  t.strictSame(client.told, ['hit: a connection takes 30 ms longer to open']);
  given.end('break');
  const { transport } = await connected(device, client);
  t.ok(transport.isOpen());
  run.heal();
  transport.end('break');
});

t.test('flap: down again each time that the device was there for a while', async (t) => {
  const device = link();
  const client = listener();
  begin(device, script('flap', { flap: 1, up: 1, cycles: 3 }), client);
  for (let cycle = 1; cycle < 3; cycle++) {
    const back = listener();
    let again: Awaited<ReturnType<typeof connected>> | null = null;
    while (again === null) {
      const met = once(server, 'connection');
      const attempt = device.open(back.sink);
      await Promise.race([back.until('opened'), back.until('closed 1006 EHOSTUNREACH: the link is cut')]);
      if (!back.told.includes('opened')) back.told.length = 0;
      else again = { transport: attempt, socket: ((await met) as [WebSocket])[0] };
    }
    again.socket.send('welcome');
    await back.until('closed 1006');
  }
  await client.until('over');
  t.equal(client.told.filter((what) => what === 'hit: the connection broke').length, 2);
});

t.test('a device that stands still reads nothing until it goes on', async (t) => {
  const device = link();
  const client = listener();
  const { transport, socket } = await connected(device, client);
  device.pause(true);
  socket.send('while it stands still');
  const pong = once(socket, 'pong');
  socket.ping();
  t.notOk(client.told.includes('while it stands still'));
  device.pause(false);
  await client.until('while it stands still');
  await pong;
  transport.end('break');
});
