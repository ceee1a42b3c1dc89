/** The shell of the hub: HTTP and WebSocket in, effects out, one timer, one log line per call event. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { addressOf } from '../protocol/address.js';
import { decodeClientFrame, encodeFrame } from '../protocol/codec.js';
import { callOf, type Frame, kindOf, SUBPROTOCOL } from '../protocol/frames.js';
import { LIMITS } from '../protocol/limits.js';
import { CLOSE } from '../protocol/reasons.js';
import { digest } from '../protocol/rng.js';
import type { TraceBody } from '../trace/event.js';
import { admit } from './admission.js';
import type { Hub, HubCensus } from './hub/hub.js';
import type { HubEffect, HubInput } from './hub/io.js';
import { logEffect, type ServerLog } from './log.js';

/** A server's own events for a trace, with the server's local numbering. Frames are whole: who keeps the trace redacts them. */
export interface ServerTraceEvent {
  /** Counts from 1 in this server; 0 where nothing was recorded. */
  readonly local: number;
  readonly cause: number | null;
  readonly at: number;
  readonly body: TraceBody;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly secret: string;
  readonly hub: Hub;
  readonly log: ServerLog;
  /** Monotonic milliseconds, for the trace. */
  readonly now: () => number;
  /** Server time in milliseconds, monotonic and near the epoch, for records. */
  readonly time: () => number;
  readonly trace: ((event: ServerTraceEvent) => void) | null;
}

export interface Listening {
  readonly url: string;
  readonly port: number;
  census(): HubCensus;
  /** Puts another hub in place: every connection is closed, nothing of the old one is left. */
  replaceHub(hub: Hub): void;
  close(): Promise<void>;
}

interface Connection {
  readonly socket: WebSocket;
  /** Device once it said hello, for the name of its link. */
  device: string | null;
  /** Messages are handled in order although tokens are verified asynchronously. */
  turn: Promise<void>;
  /** Once the server has decided to close, nothing that the client still sends counts. */
  isClosing: boolean;
  readonly number: number;
}

/** Starts to listen. Rejects with the system's error (`EADDRINUSE`, `EACCES`, ...) when it cannot. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { log, time } = options;
  let hub = options.hub;
  const connections = new Map<string, Connection>();
  let connectionCount = 0;
  let traceCount = 0;
  let timer: NodeJS.Timeout | null = null;
  let isOver = false;

  const record = (cause: number | null, body: TraceBody): number => {
    if (options.trace === null) return 0;
    options.trace({ local: ++traceCount, cause, at: options.now(), body });
    return traceCount;
  };
  const wire = (dir: 'in' | 'out', conn: string, frame: Frame, text: string, cause: number | null): number => {
    const connection = connections.get(conn);
    if (options.trace === null || connection === undefined) return 0;
    return record(cause, {
      type: 'wire',
      dir,
      link: `${connection.device ?? 'unknown'}.signaling`,
      conn: connection.number,
      kind: kindOf(frame),
      call: callOf(frame),
      seq: 'seq' in frame ? frame.seq : null,
      bytes: Buffer.byteLength(text),
      digest: digest(text),
      frame,
    });
  };

  const feed = (input: HubInput, cause: number | null): void => {
    let because = cause;
    for (const effect of hub.handle(input, time())) because = perform(effect, because);
    if (timer !== null) clearTimeout(timer);
    const at = isOver ? null : hub.deadline();
    timer = at === null ? null : setTimeout(() => feed({ type: 'tick' }, null), Math.min(2 ** 31 - 1, Math.max(0, at - time())));
  };

  const perform = (effect: HubEffect, cause: number | null): number | null => {
    logEffect(log, effect);
    switch (effect.type) {
      case 'transmit': {
        const connection = connections.get(effect.conn);
        if (connection === undefined) return cause;
        const text = encodeFrame(effect.frame);
        wire('out', effect.conn, effect.frame, text, cause);
        connection.socket.send(text);
        return cause;
      }
      case 'close': {
        const connection = connections.get(effect.conn);
        if (connection === undefined) return cause;
        connection.isClosing = true;
        connection.socket.close(CLOSE[effect.close].code, CLOSE[effect.close].reason);
        return cause;
      }
      case 'changed': {
        const { id, version, phase } = effect.record;
        return record(cause, { type: 'phase', call: id, version, phase, record: effect.record });
      }
      case 'refused':
        record(cause, {
          type: 'log',
          level: 'info',
          message: `refused ${effect.op}: ${effect.why}`,
          data: { call: effect.call, device: addressOf(effect.device) },
        });
        return cause;
      case 'applied':
        record(cause, { type: 'receipt', call: effect.call, version: effect.version, device: addressOf(effect.device) });
        return cause;
      case 'session':
        record(cause, {
          type: 'log',
          level: 'info',
          message: `session ${effect.news}`,
          data: { device: addressOf(effect.device) },
        });
        return cause;
      case 'persist':
        return cause;
      case 'stray':
        record(cause, { type: 'violation', code: 'stray', message: effect.message, call: effect.call });
        return cause;
    }
  };

  const message = async (conn: string, connection: Connection, text: string, bytes: number): Promise<void> => {
    if (connection.isClosing || !connections.has(conn)) return;
    const decoded = decodeClientFrame(text, bytes);
    if (!decoded.ok) {
      const cause = record(null, { type: 'violation', code: decoded.close, message: decoded.message, call: null });
      return feed({ type: 'reject', conn, close: decoded.close, message: decoded.message }, cause);
    }
    const { frame } = decoded;
    if (frame.type !== 'hello') return feed({ type: 'frame', conn, frame }, wire('in', conn, frame, text, null));
    const admitted = await admit(options.secret, frame.token);
    if (!connections.has(conn)) return;
    if (!admitted.ok) return feed({ type: 'reject', conn, close: 'unauthorized', message: admitted.message }, null);
    connection.device = `${admitted.user}/${frame.device}`;
    feed({ type: 'hello', conn, user: admitted.user, hello: frame }, wire('in', conn, frame, text, null));
  };

  const http = createServer((request, response) => void serveHttp(request, response, options.secret, () => hub));
  const sockets = new WebSocketServer({
    server: http,
    maxPayload: LIMITS.frameBytesMax * 2,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  sockets.on('connection', (socket) => {
    const conn = `conn-${++connectionCount}`;
    // Before anything else: an error that nobody listens to would end the process.
    socket.on('error', (error) => log.debug({ conn, error: error.message }, 'socket error'));
    if (socket.protocol !== SUBPROTOCOL) {
      socket.close(1002, `subprotocol ${SUBPROTOCOL} expected`);
      return;
    }
    const connection: Connection = { socket, device: null, turn: Promise.resolve(), isClosing: false, number: connectionCount };
    connections.set(conn, connection);
    socket.on('message', (data, isBinary) => {
      const bytes = data as Buffer;
      const text = isBinary ? '' : bytes.toString('utf8');
      connection.turn = connection.turn.then(() => message(conn, connection, text, bytes.byteLength));
    });
    socket.on('close', () => {
      connection.turn = connection.turn.then(() => {
        if (!connections.has(conn)) return;
        feed({ type: 'closed', conn }, null);
        connections.delete(conn);
      });
    });
    feed({ type: 'open', conn }, null);
  });
  sockets.on('error', () => undefined);

  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(options.port, options.host, () => {
      http.off('error', reject);
      resolve();
    });
  });
  const { port } = http.address() as AddressInfo;

  return {
    url: `ws://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    port,
    census: () => hub.census(),
    replaceHub: (next) => {
      if (timer !== null) clearTimeout(timer);
      for (const connection of connections.values()) connection.socket.terminate();
      connections.clear();
      hub = next;
    },
    close: async () => {
      // The sessions of clients that leave now must not arm the timer again: it would keep the process alive.
      isOver = true;
      if (timer !== null) clearTimeout(timer);
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      for (const { socket } of connections.values()) socket.close(CLOSE.goingAway.code, CLOSE.goingAway.reason);
      const force = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate();
        http.closeAllConnections();
      }, 250);
      await closed;
      clearTimeout(force);
    },
  };
}

/** `GET /healthz`, and `GET /v1/calls/:id` with the user's token as bearer: the way to a record without the socket. */
async function serveHttp(request: IncomingMessage, response: ServerResponse, secret: string, hub: () => Hub): Promise<void> {
  const answer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
    response.end(`${JSON.stringify(body)}\n`);
  };
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (request.method !== 'GET') return answer(405, { error: 'only GET is served' }, { allow: 'GET' });
  if (path === '/healthz') {
    // Counts and no names: whoever can reach the port may read this.
    const { connections, sessions, liveCalls } = hub().census();
    return answer(200, { status: 'ok', connections, sessions, liveCalls });
  }
  const call = /^\/v1\/calls\/([\w.:~-]{1,64})$/.exec(path)?.[1];
  if (call === undefined) return answer(404, { error: 'not found; there are /healthz and /v1/calls/:id' });
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) return answer(401, { error: 'an Authorization header with a bearer token is needed' });
  const admitted = await admit(secret, token);
  if (!admitted.ok) return answer(401, { error: admitted.message });
  const record = hub().read(call, admitted.user);
  return record === null ? answer(404, { error: 'no such call' }) : answer(200, record);
}
