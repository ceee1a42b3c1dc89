/** Knocking at a target: who is not there, who has too much to do, and who merely does not like strangers. */
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer, type Socket } from 'node:net';
import t from 'tap';
import { WebSocketServer } from 'ws';
import {
  type Endpoint,
  haveSameOutcome,
  healthChecker,
  healthOf,
  tryConnection,
} from '../../../src/probe/targets/health-check.js';
import { freePort } from '../../servers/program.js';

const endpointAt = (port: number): Endpoint => ({ url: `ws://127.0.0.1:${port}/path`, subprotocols: [], settings: {} });

/** A server whose answer to an upgrade is changed in the middle. */
async function gateway(t: { teardown(end: () => unknown): void }) {
  let answer: (request: IncomingMessage, socket: Socket, head: Buffer) => void = (_, socket) => void socket.destroy();
  const server = createHttpServer().on('upgrade', (request, socket, head) => answer(request, socket as Socket, head));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const ws = new WebSocketServer({ noServer: true });
  const accepts = (request: IncomingMessage, socket: Socket, head: Buffer): void =>
    ws.handleUpgrade(request, socket, head, () => undefined);
  const says = (head: string) => (_: IncomingMessage, socket: Socket) =>
    void socket.end(`HTTP/1.1 ${head}\r\nConnection: close\r\n\r\n`);
  const become = (next: typeof answer): void => {
    answer = next;
  };
  return { port, accepts, says, become };
}

t.test('who answers is there, whatever he answers', async (t) => {
  const { port, accepts, says, become } = await gateway(t);
  become(accepts);
  t.strictSame(healthOf(await tryConnection(endpointAt(port))), { is: 'up' });
  for (const head of ['401 Unauthorized', '404 Not Found', '400 Bad Request', '500 Internal Server Error']) {
    become(says(head));
    t.strictSame(healthOf(await tryConnection(endpointAt(port))), { is: 'up' }, head);
  }
});

t.test('overload is told apart from absence', async (t) => {
  const { port, says, become } = await gateway(t);
  become(says('503 Service Unavailable\r\nRetry-After: 7'));
  t.match(healthOf(await tryConnection(endpointAt(port))), { is: 'busy', error: /503/, retryAfterMs: 7_000 });
  become(says('429 Too Many Requests'));
  t.match(healthOf(await tryConnection(endpointAt(port))), { is: 'busy', error: /429/, retryAfterMs: null });
  become(says('502 Bad Gateway'));
  t.match(healthOf(await tryConnection(endpointAt(port))), { is: 'gone', isSure: false }, 'a gateway that reaches nobody');
});

t.test('nobody listens, or the connection is cut off as soon as it is made', async (t) => {
  const nobody = await freePort();
  t.match(healthOf(await tryConnection(endpointAt(nobody))), { is: 'gone', error: /^ECONNREFUSED: .*:\d+$/, isSure: true });
  const cutter = createServer((socket) => void socket.destroy()).listen(0, '127.0.0.1');
  await once(cutter, 'listening');
  t.teardown(() => cutter.close());
  const address = cutter.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  t.match(healthOf(await tryConnection(endpointAt(port))), { is: 'gone', error: /cut off/, isSure: false });
});

t.test('time that runs out: without a connection nobody is there, with one he is slow', async (t) => {
  t.match(healthOf({ came: 'timeout', isConnected: false, afterMs: 4_000 }), { is: 'gone', isSure: false });
  t.match(healthOf({ came: 'timeout', isConnected: true, afterMs: 6_000 }), { is: 'busy', error: /does not answer within 6 s/ });
});

t.test("errors of this machine's own, and of TLS, say nothing against the target", async (t) => {
  for (const code of ['EMFILE', 'EADDRNOTAVAIL']) {
    t.strictSame(healthOf({ came: 'error', code, message: 'x', isConnected: false }), { is: 'up' }, code);
  }
  t.strictSame(healthOf({ came: 'error', code: 'CERT_HAS_EXPIRED', message: 'x', isConnected: true }), { is: 'up' });
  t.match(healthOf({ came: 'error', code: 'EHOSTUNREACH', message: '', isConnected: false }), {
    is: 'gone',
    error: 'EHOSTUNREACH',
  });
});

t.test('what a healthy target answers to strangers is no sign of its end', async (t) => {
  const { port, accepts, says, become } = await gateway(t);
  become((_, socket) => void socket.destroy());
  const checkHealth = await healthChecker(() => endpointAt(port));
  t.strictSame(await checkHealth(), { is: 'up' }, 'one that hangs up on whoever does not log in');
  become(says('502 Bad Gateway'));
  t.match(await checkHealth(), { is: 'gone' });
  become(accepts);
  t.strictSame(await checkHealth(), { is: 'up' });
  t.notOk(haveSameOutcome({ came: 'status', status: 502, retryAfter: null }, { came: 'status', status: 404, retryAfter: null }));
});
