/** The shell of the hub: HTTP and WebSocket in, effects out. It enforces limits. */
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import type { CallRecord } from '../protocol/call.js';
import { decodeClientFrame, encodeFrame } from '../protocol/codec.js';
import { SUBPROTOCOL } from '../protocol/frames.js';
import { LIMITS, type Limits } from '../protocol/limits.js';
import { CLOSE, type CloseName } from '../protocol/reasons.js';
import { admit } from './admission.js';
import { bind } from './bind.js';
import { type Connection, Connections } from './connection.js';
import { type Crowd, gateRefusal, type Refused } from './gate.js';
import { serveHttp } from './http.js';
import type { Hub, HubCensus } from './hub/hub.js';
import type { HubEffect } from './hub/io.js';
import { driveHub } from './hub-driver.js';
import { logEffect, type ServerLog } from './log.js';
import type { ServerMetrics } from './metrics.js';
import { createServerTrace, type ServerTraceEvent } from './server-trace.js';
import type { Store } from './store/store.js';
import type { TlsPair } from './tls.js';
import { createTraffic } from './traffic.js';

export type { ServerTraceEvent } from './server-trace.js';

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly secret: string;
  readonly hub: Hub;
  /** Absent for a server without a store. */
  readonly store?: Store;
  /** The store failed: the server cannot continue, and nothing uncommitted was sent. Without this the error is thrown. */
  readonly broken?: (error: unknown) => void;
  readonly log: ServerLog;
  /** Monotonic milliseconds, for the trace. */
  readonly now: () => number;
  /** Server time in milliseconds, monotonic and near the epoch, for records. */
  readonly time: () => number;
  readonly trace: ((event: ServerTraceEvent) => void) | null;
  /** Called before a turn's frames are written, when all of its events have been traced. */
  readonly beforeWriting?: () => void;
  /** How long to retry a taken port, in milliseconds; default 0. */
  readonly patienceMs?: number;
  /**
   * Calls that the hub restored from a store. They are traced first: a version that was stored and not yet sent when the previous
   * process ended is known only here.
   */
  readonly restored?: readonly CallRecord[];
  /** With a certificate it serves https and wss, otherwise http and ws. */
  readonly tls?: TlsPair;
  /** Origins whose pages may connect, in lower case; `*` for all. Default none; clients without an origin always may. */
  readonly origins?: readonly string[];
  /** In place of those of the protocol. */
  readonly limits?: Partial<Limits>;
  /** None for a server that counts nothing. */
  readonly metrics?: ServerMetrics;
  readonly metricsToken?: string;
}

export interface Listening {
  readonly url: string;
  readonly port: number;
  census(): HubCensus;
  /** Lets every frame that arrives from here on wait for `ms` before it is handled, in order; 0 ends it. A fault of tests. */
  slowHandler(ms: number): void;
  /** Switches its trace off, or on again. */
  traced(on: boolean): void;
  /** Puts another hub in place, with what keeps its changes: every connection is closed, nothing of the old one is left. */
  replaceHub(hub: Hub, store: Store | null): void;
  /**
   * Refuses new connections, asks every client to reconnect, and resolves when the last is gone or `timeoutMs` are over. The hub is
   * paused from the start: no call ends because of this, and a store keeps it.
   */
  drain(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Listens. Rejects with the system's error (`EADDRINUSE`, `EACCES`, ...). */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { log, time, metrics, origins = [] } = options;
  const limits = { ...LIMITS, ...options.limits };
  const connections = new Connections();
  const traffic = createTraffic(limits);
  const trace = createServerTrace(options.trace, options.now);
  let state: Crowd['state'] = 'ready';
  let handlerMs = 0;
  /** Frames of one turn of the hub, sent together after their trace events. */
  let outgoing: (() => void)[] = [];

  const perform = (effect: HubEffect, cause: number | null): number | null => {
    logEffect(log, effect, (device) => connections.connOf(device));
    metrics?.effect(effect);
    if (effect.type !== 'transmit' && effect.type !== 'close') return trace.effect(effect, cause);
    const connection = connections.get(effect.conn);
    if (connection === undefined) return cause;
    if (effect.type === 'close') outgoing.push(() => end(connection, effect.close));
    else {
      const text = encodeFrame(effect.frame);
      trace.wire('out', connection, effect.frame, text, cause);
      outgoing.push(() => write(connection, text));
    }
    return cause;
  };

  const performed = (): void => {
    const acts = outgoing;
    outgoing = [];
    if (acts.length > 0) options.beforeWriting?.();
    for (const act of acts) act();
  };

  const write = (connection: Connection, text: string): void => {
    const { socket } = connection;
    if (socket.bufferedAmount > limits.sendQueueBytesMax) return;
    socket.send(text);
    metrics?.frame('out', Buffer.byteLength(text));
    const waiting = socket.bufferedAmount;
    if (waiting > limits.sendQueueBytesMax)
      evict(connection, 'slowConsumer', `${waiting} bytes are unread, nothing more is sent`);
  };

  const end = ({ socket }: Connection, close: CloseName): void => socket.close(CLOSE[close].code, CLOSE[close].reason);

  /** Ends a connection because of its client; the hub sends an error frame with the reason and drops the connection. */
  const evict = (connection: Connection, close: CloseName, message: string): void => {
    if (connection.isClosing) return;
    connection.isClosing = true;
    const cause = trace.record(null, { type: 'violation', code: close, message, call: null });
    driver.feed({ type: 'reject', conn: connection.conn, close, message }, cause);
  };

  const broken = (error: unknown): void => {
    state = 'broken';
    log.error(
      { error: error instanceof Error ? error.message : String(error) },
      'the store is broken: no connections are accepted',
    );
    for (const connection of connections.all()) {
      connection.isClosing = true;
      metrics?.closed('serverError');
      end(connection, 'serverError');
    }
    options.broken?.(error);
  };

  const timed = metrics === undefined ? {} : { timed: metrics.timed };
  const driver = driveHub({ hub: options.hub, store: options.store ?? null, time, perform, performed, broken, ...timed });

  for (const record of options.restored ?? []) trace.held(record, null);

  const message = async (connection: Connection, text: string, bytes: number): Promise<void> => {
    const { conn } = connection;
    if (connection.isClosing || connections.get(conn) === undefined) return;
    const decoded = decodeClientFrame(text, bytes);
    if (!decoded.ok) return evict(connection, decoded.close, decoded.message);
    const { frame } = decoded;
    if (frame.type !== 'hello')
      return driver.feed({ type: 'frame', conn, frame }, trace.wire('in', connection, frame, text, null));
    const admitted = await admit(options.secret, frame.token);
    if (connection.isClosing || connections.get(conn) === undefined) return;
    if (!admitted.ok) return evict(connection, 'unauthorized', admitted.message);
    const { user, expiresAt } = admitted;
    connections.admitted(connection, user, `${user}/${frame.device}`);
    driver.feed({ type: 'hello', conn, user, hello: frame, expiresAt }, trace.wire('in', connection, frame, text, null));
  };

  const take = (socket: WebSocket): void => {
    // First of all: an error without a listener would end the process.
    socket.on('error', (error) => log.debug({ error: error.message }, 'socket error'));
    if (socket.protocol !== SUBPROTOCOL) {
      metrics?.refused('protocol');
      return socket.close(1002, `this server supports only the subprotocol ${SUBPROTOCOL}`);
    }
    const connection = connections.add(socket, traffic.meter(time()));
    const { conn } = connection;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' || connection.isClosing) return;
      // The WebSocket layer refuses it and closes by itself.
      connection.isClosing = true;
      metrics?.closed('tooBig');
      log.warn({ conn, close: 'tooBig', code: CLOSE.tooBig.code, why: error.message }, 'connection closed by the server');
    });
    const isWithin = (bytes: number): boolean => {
      if (connection.isClosing) return false;
      metrics?.frame('in', bytes);
      const excess = traffic.excess(connection.meter, connection.user, bytes, time());
      if (excess !== null) evict(connection, 'rateLimited', excess);
      return excess === null;
    };
    socket.on('message', (data, isBinary) => {
      const bytes = data as Buffer;
      if (!isWithin(bytes.byteLength)) return;
      const text = isBinary ? '' : bytes.toString('utf8');
      if (handlerMs > 0) {
        const due = delay(handlerMs, undefined, { ref: false });
        connection.turn = connection.turn.then(() => due);
      }
      connection.turn = connection.turn.then(() => message(connection, text, bytes.byteLength));
    });
    socket.on('ping', (data: Buffer) => {
      if (!isWithin(data.byteLength)) return;
      if (socket.bufferedAmount <= limits.sendQueueBytesMax) socket.pong(data);
    });
    socket.on('pong', (data: Buffer) => void isWithin(data.byteLength));
    socket.on('close', (code) => {
      connection.turn = connection.turn.then(() => {
        if (!connections.remove(connection)) return;
        if (!connection.isClosing) metrics?.closed('client');
        log.debug({ conn, device: connection.device, code }, 'connection ended');
        driver.feed({ type: 'closed', conn }, null);
      });
    });
    log.debug({ conn }, 'connection opened');
    driver.feed({ type: 'open', conn }, null);
  };

  const sockets = new WebSocketServer(
    // The types of `ws` lack `closeTimeout`; it cuts a client that does not answer a close.
    Object.assign(
      {
        noServer: true,
        maxPayload: LIMITS.frameBytesMax * 2,
        perMessageDeflate: false,
        // Pings are counted, then answered here.
        autoPong: false,
        handleProtocols: (offered: Set<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : (false as const)),
      },
      { closeTimeout: limits.closeMs },
    ),
  );

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const address = request.socket.remoteAddress ?? '';
    const { origin, 'sec-websocket-protocol': protocols } = request.headers;
    const refused = gateRefusal({ origin, protocols, address }, { ...connections.crowd(address), state }, limits, origins);
    if (refused !== null) {
      metrics?.refused(refused.why);
      log.info({ cause: refused.why, status: refused.status }, 'handshake refused');
      return turnAway(socket, refused);
    }
    socket.once('close', connections.countAddress(address));
    sockets.handleUpgrade(request, socket, head, take);
  };

  const context = {
    ...driver,
    admit: (token: string) => admit(options.secret, token),
    state: () => state,
    origins,
    metricsToken: options.metricsToken ?? null,
    metrics:
      metrics === undefined
        ? null
        : {
            contentType: metrics.contentType,
            page: () =>
              metrics.page({
                ...driver.census(),
                unauthenticated: connections.unauthenticatedCount,
                phases: driver.phases(),
                isReady: state === 'ready',
              }),
          },
  };
  const settings = {
    maxHeaderSize: limits.httpHeaderBytesMax,
    headersTimeout: limits.httpHeadersMs,
    requestTimeout: limits.httpRequestMs,
    keepAliveTimeout: limits.httpIdleMs,
    connectionsCheckingInterval: Math.min(1_000, limits.httpHeadersMs),
  };
  const http =
    options.tls === undefined
      ? createServer(settings)
      : createTlsServer({ ...settings, ...options.tls, minVersion: 'TLSv1.2', handshakeTimeout: limits.httpHeadersMs });
  http.maxConnections = limits.connectionsMax + limits.unauthenticatedMax;
  http.on('request', (request, response) => void serveHttp(request, response, context));
  // Otherwise a client would be asked for the body that is then refused.
  http.on('checkContinue', (request, response) => void serveHttp(request, response, context));
  http.on('upgrade', upgrade);
  http.on('tlsClientError', (error: Error) => log.debug({ error: error.message }, 'TLS handshake failed'));

  await bind(http, { patienceMs: 0, ...options }, options.now).catch((error: unknown) => {
    driver.stop();
    throw error;
  });
  const { port } = http.address() as AddressInfo;

  const shut = async (close: CloseName, timeoutMs: number): Promise<void> => {
    if (state === 'ready') state = 'draining';
    // Sessions of clients that leave now must not arm its timer again: it would keep the process alive, and end calls.
    driver.stop();
    for (const connection of connections.all()) {
      if (!connection.isClosing) metrics?.closed(close);
      connection.isClosing = true;
      end(connection, close);
    }
    const force = setTimeout(cut, timeoutMs);
    await Promise.all(
      [...sockets.clients].map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()))),
    );
    await new Promise<void>((resolve) => {
      http.close(() => resolve());
    });
    clearTimeout(force);
  };
  const cut = (): void => {
    for (const socket of sockets.clients) socket.terminate();
    http.closeAllConnections();
  };

  return {
    url: `${options.tls === undefined ? 'ws' : 'wss'}://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    port,
    census: () => driver.census(),
    traced: (on) => trace.turn(on),
    slowHandler: (ms) => {
      handlerMs = ms;
    },
    replaceHub: (hub, store) => {
      for (const connection of connections.all()) connection.socket.terminate();
      connections.clear();
      driver.replace(hub, store);
    },
    drain: (timeoutMs) => shut('restart', timeoutMs),
    close: () => shut('goingAway', CLOSE_MS),
  };
}

/** How long `close` waits for clients and requests before it cuts them, in milliseconds. */
const CLOSE_MS = 250;

/** Answers a handshake with an HTTP error and its reason. */
function turnAway(socket: Duplex, { status, message }: Refused): void {
  const body = `${JSON.stringify({ error: message })}\n`;
  const reason = { 400: 'Bad Request', 403: 'Forbidden', 429: 'Too Many Requests' }[status] ?? 'Service Unavailable';
  const retry = status === 429 || status === 503 ? 'Retry-After: 1\r\n' : '';
  socket.on('error', () => undefined);
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Type: application/json\r\n${retry}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
