/** The processes of the proxy benchmark: a WebSocket server that answers each message, a proxy, and a client that counts. */
import { WebSocket, WebSocketServer } from 'ws';
import { startProxy } from '../src/probe/proxy/proxy.js';

export interface EchoServerMessage {
  readonly port: number;
}
export interface Asked {
  readonly port: number;
  readonly window: number;
  readonly ms: number;
}
export interface EchoClientMessage {
  readonly perSecond: number;
}

const MESSAGE = { type: 'command', seq: 1, id: 'command-1', op: 'ring', call: 'c-alice.phone-0ljb96u', to: 'bob' };

const [role, upstream] = process.argv.slice(2);
if (role === 'server') serve();
else if (role === 'proxy') await proxy(Number(upstream));
else count();
process.on('disconnect', () => process.exit());

function serve(): void {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('listening', () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') process.send?.({ port: address.port } satisfies EchoServerMessage);
  });
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(JSON.stringify(JSON.parse(String(data))))));
}

async function proxy(upstreamPort: number): Promise<void> {
  const { port } = await startProxy({
    listen: { host: '127.0.0.1', port: 0 },
    upstream: { host: '127.0.0.1', port: upstreamPort },
    seed: 'bench',
  });
  process.send?.({ port } satisfies EchoServerMessage);
}

function count(): void {
  process.on('message', ({ port, window, ms }: Asked) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    let [trips, startedAt] = [0, 0];
    const ask = (): void => socket.send(JSON.stringify({ ...MESSAGE, seq: trips }));
    socket.on('open', () => {
      startedAt = performance.now();
      for (let n = 0; n < window; n++) ask();
    });
    socket.on('message', (data) => {
      JSON.parse(String(data));
      trips += 1;
      const took = performance.now() - startedAt;
      if (took < ms) return ask();
      socket.removeAllListeners('message');
      socket.terminate();
      process.send?.({ perSecond: (trips * 1_000) / took } satisfies EchoClientMessage);
    });
  });
}
