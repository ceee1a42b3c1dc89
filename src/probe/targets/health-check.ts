/** Health checks of a target without logging in: whether it accepts connections. */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Millis } from '../../protocol/machine.js';
import { throughProxy } from '../links/http-proxy.js';
import { connectTo } from '../links/tcp.js';
import type { SocketSettings } from '../links/transport.js';

/** Limits of the TCP connection, and of the answer to the upgrade after it. A lost SYN is sent again after 1 and 3 s. */
const CONNECT_MS = 4_000;
const ANSWER_MS = 6_000;

/** The outcome of one attempt. */
export type ConnectionAttempt =
  | { readonly came: 'open' }
  /** An answer other than the upgrade. */
  | { readonly came: 'status'; readonly status: number; readonly retryAfter: string | null }
  /** `isConnected`: whether the TCP connection was made. */
  | { readonly came: 'error'; readonly code: string | null; readonly message: string; readonly isConnected: boolean }
  | { readonly came: 'timeout'; readonly isConnected: boolean; readonly afterMs: Millis };

/** The health of a target. */
export type TargetHealth =
  | { readonly is: 'up' }
  /** Connections fail. `isSure` if it was refused: anything else may be a short disturbance. */
  | { readonly is: 'gone'; readonly error: string; readonly isSure: boolean }
  /** It accepts connections but answers too late, or reports overload. */
  | { readonly is: 'busy'; readonly error: string; readonly retryAfterMs: Millis | null };

/** The endpoint of a health check, without anything that identifies or admits a user. */
export interface Endpoint {
  readonly url: string;
  readonly subprotocols: readonly string[];
  readonly settings: SocketSettings;
}

/** Errors of this machine, which prove nothing about the target. */
const OWN_ERRORS: readonly string[] = ['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM', 'ENETDOWN'];
const CUT_SHORT: readonly string[] = ['ECONNRESET', 'EPIPE', 'ECONNABORTED'];

/** The health of a target from an attempt. Overload is not absence: with 429, 503 or a late answer it is there. */
export function healthOf(attempt: ConnectionAttempt): TargetHealth {
  switch (attempt.came) {
    case 'open':
      return { is: 'up' };
    case 'status': {
      const { status, retryAfter } = attempt;
      if (status === 429) return { is: 'busy', error: 'HTTP 429: it limits the rate', retryAfterMs: retryAfterMs(retryAfter) };
      if (status === 503) return { is: 'busy', error: 'HTTP 503: it is overloaded', retryAfterMs: retryAfterMs(retryAfter) };
      if (status === 502 || status === 504) {
        return { is: 'gone', error: `HTTP ${status}: the gateway in front of it cannot reach it`, isSure: false };
      }
      return { is: 'up' };
    }
    case 'error': {
      const { code, message, isConnected } = attempt;
      if (code !== null && OWN_ERRORS.includes(code)) return { is: 'up' };
      const error = code === null ? message : message === '' ? code : `${code}: ${message}`;
      const wasCut = (code !== null && CUT_SHORT.includes(code)) || message === 'socket hang up';
      if (!isConnected) return { is: 'gone', error, isSure: code === 'ECONNREFUSED' };
      return wasCut ? { is: 'gone', error: `${error}: the connection was accepted and cut off`, isSure: false } : { is: 'up' };
    }
    case 'timeout': {
      const seconds = `${attempt.afterMs / 1_000} s`;
      if (!attempt.isConnected) return { is: 'gone', error: `ETIMEDOUT: no connection within ${seconds}`, isSure: false };
      return { is: 'busy', error: `it accepts connections but does not answer within ${seconds}`, retryAfterMs: null };
    }
  }
}

/** Seconds of a Retry-After header (RFC 9110, 10.2.3); dates are ignored. */
function retryAfterMs(header: string | null): Millis | null {
  return header !== null && /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1_000 : null;
}

/** Whether two attempts have the same outcome: the answer of a healthy target is no sign of an outage. */
export function haveSameOutcome(a: ConnectionAttempt, b: ConnectionAttempt): boolean {
  if (a.came === 'status' && b.came === 'status') return a.status === b.status;
  if (a.came === 'error' && b.came === 'error') return a.isConnected === b.isConnected && a.code === b.code;
  return a.came === b.came && (a.came !== 'timeout' || b.came !== 'timeout' || a.isConnected === b.isConnected);
}

/** Tries to open a WebSocket, and closes it again. Bounded in time; never rejects. */
export function tryConnection({ url, subprotocols, settings }: Endpoint): Promise<ConnectionAttempt> {
  const { headers = {}, tls = {}, proxy } = settings;
  const { protocol, hostname, port } = new URL(url);
  const to = { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (protocol === 'wss:' ? 443 : 80) : Number(port) };
  return new Promise((resolve) => {
    let isConnected = false;
    /** Timers run before pending input: one more turn, so that input that arrived in time counts even if this process was busy. */
    const within = (afterMs: Millis): NodeJS.Timeout => {
      const wasConnected = isConnected;
      return setTimeout(
        () => setImmediate(() => (isConnected === wasConnected ? done({ came: 'timeout', isConnected, afterMs }) : undefined)),
        afterMs,
      );
    };
    let timer = within(CONNECT_MS);
    const connected = (): void => {
      isConnected = true;
      clearTimeout(timer);
      timer = within(ANSWER_MS);
    };
    const direct = (): Socket => connectTo(url, to, tls).once('connect', connected);
    const tunnel =
      proxy === undefined
        ? null
        : (options: unknown, created: (error: Error | null, socket: Socket) => void) =>
            throughProxy(
              proxy,
              url,
              tls,
            )(options, (error, socket) => {
              if (error === null) connected();
              created(error, socket);
            });
    const socket = new WebSocket(url, [...subprotocols], {
      // Node passes the connection to the callback if none is returned; the types of ws lack this form.
      createConnection: (tunnel ?? direct) as unknown as typeof direct,
      ...tls,
      headers,
      perMessageDeflate: false,
      handshakeTimeout: CONNECT_MS + ANSWER_MS,
    });
    const done = (attempt: ConnectionAttempt): void => {
      clearTimeout(timer);
      resolve(attempt);
      socket.terminate();
    };
    socket.once('open', () => done({ came: 'open' }));
    socket.once('unexpected-response', (request, response) => {
      const after = response.headers['retry-after'];
      done({ came: 'status', status: response.statusCode ?? 0, retryAfter: after ?? null });
      request.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      done({ came: 'error', code: error.code ?? null, message: error.message, isConnected });
    });
  });
}

/**
 * Makes health checks of an endpoint that works now. Its answer now is the reference for a healthy target, since some servers refuse
 * connections without a log-in.
 */
export async function healthChecker(endpoint: () => Endpoint): Promise<() => Promise<TargetHealth>> {
  const healthy = await tryConnection(endpoint());
  return async () => {
    const attempt = await tryConnection(endpoint());
    return haveSameOutcome(attempt, healthy) ? { is: 'up' } : healthOf(attempt);
  };
}
