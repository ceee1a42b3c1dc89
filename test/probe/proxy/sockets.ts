/** Real loopback sockets around a proxy: a server behind it, clients before it, and its events to wait for. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';
import type { ParameterValues } from '../../../src/faults/fault.js';
import { LINK_FAULTS } from '../../../src/faults/link/index.js';
import type { Toxic } from '../../../src/faults/link/toxic.js';
import { type LinkProxy, type ProxyEvent, type ProxyOptions, startProxy } from '../../../src/probe/proxy/proxy.js';
import { within } from '../../raw-client.js';

export const PATIENCE_MS = 20_000;

/** A toxic by the name of its fault, for certain and on both streams unless said otherwise. */
export function toxic(name: string, values: ParameterValues, more: Partial<Toxic> = {}): Toxic {
  const fault = LINK_FAULTS.find((known) => known.name === name);
  if (fault === undefined) throw new Error(`no link fault is called ${name}`);
  return { name, fault, values, stream: 'both', toxicity: 1, ...more };
}

export interface Peers {
  readonly proxy: LinkProxy;
  readonly events: ProxyEvent[];
  /** The first event that fits, now or later. */
  event<T extends ProxyEvent['type']>(
    type: T,
    fits?: (event: Extract<ProxyEvent, { type: T }>) => boolean,
  ): Promise<Extract<ProxyEvent, { type: T }>>;
  /** Connects through the proxy; resolves to both ends. */
  pair(): Promise<{ client: Socket; server: Socket }>;
}

/** A proxy in front of a server that does nothing by itself. */
export async function peers(t: Test, options: Partial<ProxyOptions> = {}): Promise<Peers> {
  const accepted: Socket[] = [];
  const waiting: ((socket: Socket) => void)[] = [];
  const upstream = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    const next = waiting.shift();
    if (next === undefined) accepted.push(socket);
    else next(socket);
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const address = upstream.address() as { port: number };
  const sockets: Socket[] = [];
  const { proxy, events, event } = await startWatched({
    listen: { host: '127.0.0.1', port: 0 },
    upstream: { host: '127.0.0.1', port: address.port },
    seed: 'test',
    ...options,
  });
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await proxy.close();
    upstream.close();
  });
  return {
    proxy,
    events,
    event,
    async pair() {
      const client = connect({ host: '127.0.0.1', port: proxy.port, allowHalfOpen: true });
      client.on('error', () => undefined);
      const server = await within(
        new Promise<Socket>((resolve) => {
          const first = accepted.shift();
          if (first === undefined) waiting.push(resolve);
          else resolve(first);
        }),
        'a connection at the server',
      );
      sockets.push(client, server);
      return { client, server };
    },
  };
}

/** Starts a proxy whose events are kept. */
export async function startWatched(options: ProxyOptions): Promise<Pick<Peers, 'proxy' | 'events' | 'event'>> {
  const events: ProxyEvent[] = [];
  const lookers = new Set<() => void>();
  const proxy = await startProxy({
    ...options,
    on: (event) => {
      events.push(event);
      for (const look of [...lookers]) look();
    },
  });
  const event: Peers['event'] = (type, fits = () => true) => {
    type Wanted = Extract<ProxyEvent, { type: typeof type }>;
    const found = new Promise<Wanted>((resolve) => {
      const look = (): void => {
        const first = events.find((one): one is Wanted => one.type === type && fits(one as Wanted));
        if (first === undefined) return;
        lookers.delete(look);
        resolve(first);
      };
      lookers.add(look);
      look();
    });
    return within(found, `the event ${type}`, PATIENCE_MS);
  };
  return { proxy, events, event };
}

/** Reads to the FIN; resolves to the count of bytes and their SHA-256. Rejects with the error that came instead. */
export function digestOf(socket: Socket): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  socket.on('data', (data: Buffer) => {
    bytes += data.byteLength;
    hash.update(data);
  });
  const ended = new Promise<{ bytes: number; sha256: string }>((resolve, reject) => {
    socket.once('end', () => resolve({ bytes, sha256: hash.digest('hex') }));
    socket.once('error', reject);
  });
  return within(ended, 'the end of a stream', PATIENCE_MS);
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** So many bytes from a socket, no more and no less asked. */
export function read(socket: Socket, bytes: number): Promise<Buffer> {
  const found = new Promise<Buffer>((resolve, reject) => {
    const parts: Buffer[] = [];
    let got = 0;
    const take = (data: Buffer): void => {
      parts.push(data);
      got += data.byteLength;
      if (got < bytes) return;
      socket.off('data', take);
      socket.off('error', reject);
      resolve(Buffer.concat(parts));
    };
    socket.on('data', take);
    socket.once('error', reject);
  });
  return within(found, `${bytes} bytes`, PATIENCE_MS);
}

/** The code of the error that a socket ends with. */
export async function errorOf(socket: Socket): Promise<string | undefined> {
  socket.resume();
  const error = await within(
    new Promise<NodeJS.ErrnoException>((resolve, reject) => {
      socket.once('error', resolve);
      socket.once('end', () => reject(new Error('a FIN came in the place of an error')));
    }),
    'an error of a socket',
    PATIENCE_MS,
  );
  return error.code;
}

/** Resolves when the FIN came. */
export async function ended(socket: Socket): Promise<void> {
  socket.resume();
  await within(once(socket, 'end'), 'a FIN', PATIENCE_MS);
}
