/** The shell of the hub: HTTP and WebSocket in, effects out, one timer, one log line per call event. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { addressOf } from '../protocol/address.js';
import type { CallRecord } from '../protocol/call.js';
import { decodeClientFrame, encodeFrame } from '../protocol/codec.js';
import { callOf, type Frame, kindOf, SUBPROTOCOL } from '../protocol/frames.js';
import { LIMITS } from '../protocol/limits.js';
import { CLOSE } from '../protocol/reasons.js';
import { digest } from '../protocol/rng.js';
import type { TraceBody } from '../trace/event.js';
import { admit } from './admission.js';
import { serveHttp } from './http.js';
import type { Hub, HubCensus } from './hub/hub.js';
import type { HubEffect } from './hub/io.js';
import { driveHub } from './hub-driver.js';
import { logEffect, type ServerLog } from './log.js';
import type { Store } from './store/store.js';

const PORT_RETRY_MS = 50;

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
  /** How long a port that is taken is tried again, in milliseconds; not at all when left out. */
  readonly patienceMs?: number;
  readonly secret: string;
  readonly hub: Hub;
  /** None for a server that keeps nothing. */
  readonly store?: Store;
  /** The store failed: the server can't go on, what was not kept was told to nobody. Without this the error is thrown. */
  readonly broken?: (error: unknown) => void;
  readonly log: ServerLog;
  /** Monotonic milliseconds, for the trace. */
  readonly now: () => number;
  /** Server time in milliseconds, monotonic and near the epoch, for records. */
  readonly time: () => number;
  readonly trace: ((event: ServerTraceEvent) => void) | null;
  /**
   * Calls that the hub took back from a store. The trace is told of them first: what was kept and not yet told when the
   * last process ended is known to nobody else.
   */
  readonly restored?: readonly CallRecord[];
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
  const connections = new Map<string, Connection>();
  let connectionCount = 0;
  let traceCount = 0;

  const record = (cause: number | null, body: TraceBody): number => {
    if (options.trace === null) return 0;
    options.trace({ local: ++traceCount, cause, at: options.now(), body });
    return traceCount;
  };
  const held = (call: CallRecord, cause: number | null): number =>
    record(cause, { type: 'phase', call: call.id, version: call.version, phase: call.phase, record: call });
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
      case 'changed':
        return held(effect.record, cause);
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

  for (const call of options.restored ?? []) held(call, null);
  const driver = driveHub({
    hub: options.hub,
    store: options.store ?? null,
    time,
    perform,
    broken:
      options.broken ??
      ((error) => {
        throw error;
      }),
  });
  const { feed } = driver;

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

  const context = { ...driver, admit: (token: string) => admit(options.secret, token) };
  const http = createServer((request, response) => void serveHttp(request, response, context));
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

  await bind(http, options).catch((error: unknown) => {
    driver.stop();
    throw error;
  });
  const { port } = http.address() as AddressInfo;

  return {
    url: `ws://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    port,
    census: () => driver.census(),
    replaceHub: (next) => {
      for (const connection of connections.values()) connection.socket.terminate();
      connections.clear();
      driver.replace(next);
    },
    close: async () => {
      // The sessions of clients that leave now must not arm its timer again: it would keep the process alive.
      driver.stop();
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

async function bind(http: Server, { host, port, patienceMs = 0, now }: ListenOptions): Promise<void> {
  const patientUntil = now() + patienceMs;
  for (;;) {
    try {
      const listening = once(http, 'listening');
      http.listen(port, host);
      await listening;
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || now() >= patientUntil) throw error;
      await new Promise((resolve) => setTimeout(resolve, PORT_RETRY_MS));
    }
  }
}
