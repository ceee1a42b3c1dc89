/** A device's link over real sockets: cut while it is open, while it is not, and several times at once. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { WebSocketServer } from 'ws';
import { createLink } from '../../src/probe/link.js';
import type { TransportSink } from '../../src/probe/ws-transport.js';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'x' });
await once(server, 'listening');
t.teardown(() => {
  for (const client of server.clients) client.terminate();
  server.close();
});
const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
const link = () => createLink({ url, protocol: 'x', handshakeMs: 2_000 });

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
  const cut = { hit: (what: string) => say(`hit: ${what}`), healed: () => say('healed') };
  const until = (what: string): Promise<void> =>
    told.includes(what) ? Promise.resolve() : new Promise((resolve) => void waiting.set(what, resolve));
  return { sink, cut, told, until };
}

t.test('an open connection breaks at once and nothing is read from it any more', async (t) => {
  const device = link();
  const { sink, cut, told, until } = listener();
  const met = once(server, 'connection');
  const transport = device.open(sink);
  await until('opened');
  const [socket] = await met;
  const left = once(socket, 'close');
  socket.send('too late');
  device.cut(40, cut);
  t.strictSame(told, ['opened', 'hit: the connection broke'], 'the sink hears of it later, as of any connection that breaks');
  t.notOk(transport.isOpen());
  await until('closed 1006');
  t.equal((await left)[0], 1006, 'without a close frame');
  await until('healed');
  t.notOk(told.includes('too late'));
  const again = device.open(sink);
  await once(server, 'connection');
  again.end('break');
});

t.test('while it is cut an attempt fails like one to a host that can not be reached', async (t) => {
  const device = link();
  const { sink, cut, told, until } = listener();
  device.cut(30, cut);
  t.strictSame(told, [], 'there was nothing to break');
  const transport = device.open(sink);
  t.notOk(transport.isOpen());
  transport.send('nothing');
  transport.end('close');
  t.strictSame(told, ['hit: an attempt to connect failed'], 'never from within open');
  await until('closed 1006 EHOSTUNREACH: the link is cut');
  await until('healed');
  const met = once(server, 'connection');
  device.open(sink).end('break');
  met.catch(() => undefined);
});

t.test('a cut that found nothing to break says nothing but its end', async (t) => {
  const device = link();
  const { cut, told, until } = listener();
  device.cut(5, cut);
  await until('healed');
  t.strictSame(told, ['healed']);
});

t.test('cuts that overlap: the link is whole when all are over', async (t) => {
  const device = link();
  const first = listener();
  const second = listener();
  device.cut(5, first.cut);
  device.cut(60, second.cut);
  await first.until('healed');
  device.open(second.sink);
  t.strictSame(second.told, ['hit: an attempt to connect failed']);
  t.strictSame(first.told, ['healed']);
  device.stop();
});
