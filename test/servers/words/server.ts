/**
 * A calling server of the kind that gives its users random words for a name (Socket.IO, in a namespace): a call is a request without
 * a description, whoever accepts it makes the offer, nothing in a call says who sent it, what asks for an acknowledgement gets none
 * but by the app, and who hangs up just disconnects. A user who comes back says who he was.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';

export interface WordsServer {
  readonly url: string;
  /** Requests that no app acknowledged. */
  readonly unacknowledged: () => number;
  /** Names that came back. */
  readonly resumed: readonly string[];
  close(): Promise<void>;
}

/** How long an app may take to acknowledge a request, in milliseconds. */
const ACK_MS = 5_000;

/** Starts a server on a free port of loopback. */
export async function startWordsServer(): Promise<WordsServer> {
  const http = createServer();
  const io = new Server(http, { serveClient: false });
  const users = new Map<string, Socket>();
  const partners = new Map<string, string>();
  const resumed: string[] = [];
  let asked = 0;
  let acknowledged = 0;
  let count = 0;

  const end = (name: string): void => {
    const partner = partners.get(name);
    partners.delete(name);
    if (partner === undefined) return;
    partners.delete(partner);
    users.get(partner)?.emit('end');
  };

  io.of('/video').on('connection', (socket) => {
    let me = '';
    const become = (name: string): void => {
      me = name;
      users.set(name, socket);
      socket.emit('init', { id: name });
    };
    socket.on('init', () => become(`brave-otter-${++count}`));
    socket.on('resume', ({ id }: { id: string }) => {
      resumed.push(id);
      become(id);
    });
    socket.on('request', ({ to }: { to: string }) => {
      partners.set(me, to);
      partners.set(to, me);
      asked++;
      users
        .get(to)
        ?.timeout(ACK_MS)
        .emit('request', { from: me }, (error: Error | null, answer: { msgType?: string }) => {
          if (error === null && answer.msgType === 'ack') acknowledged++;
        });
    });
    socket.on('call', ({ to, ...data }: { to: string }) => users.get(to)?.emit('call', data));
    socket.on('end', () => end(me));
    socket.on('disconnect', () => {
      if (users.get(me) === socket) end(me);
    });
  });

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    unacknowledged: () => asked - acknowledged,
    resumed,
    close: () => new Promise((resolve) => void io.close(() => resolve())),
  };
}
