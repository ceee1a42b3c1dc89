/** What all servers of this folder stand on: a free port of loopback in the process of the test, JSON messages, and timers that end with it. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface Stranger {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts one of the servers, with one of its bugs or in good health. */
export type StartStranger = (bug: string | null) => Promise<Stranger>;

/** Timers of one server. */
export class Timers {
  readonly #running = new Set<NodeJS.Timeout>();

  later(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#running.delete(timer);
      then();
    }, ms);
    this.#running.add(timer);
  }

  clear(): void {
    for (const timer of this.#running) clearTimeout(timer);
  }
}

export interface Handlers {
  readonly timers: Timers;
  /** A message that is no JSON arrives as undefined. */
  message(socket: WebSocket, message: unknown): void;
  closed?(socket: WebSocket): void;
  /** Gives the function that ends the server as a crash would. */
  started?(crash: () => void): void;
}

export async function listen(handlers: Handlers): Promise<Stranger> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => {
    handlers.timers.clear();
    for (const client of server.clients) client.terminate();
    closed ??= new Promise((resolve) => server.close(() => resolve()));
    return closed;
  };
  handlers.started?.(() => void close());
  server.on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.on('message', (data) => handlers.message(socket, parsed(String(data))));
    socket.on('close', () => handlers.closed?.(socket));
  });
  return { url, close };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function write(socket: WebSocket | undefined, message: unknown): void {
  if (socket?.readyState === 1) socket.send(JSON.stringify(message));
}
