/** Knocks at a target without logging in: whether anybody is there to take a connection, and whether he takes it. */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Millis } from '../../protocol/machine.js';
import { throughProxy } from '../links/http-proxy.js';
import type { SocketSettings } from '../links/transport.js';
import { connectVia } from '../links/ws-transport.js';

/** How long a TCP connection, and after it the answer to the upgrade, may take. A SYN that is lost comes again after 1 and 3 s. */
const CONNECT_MS = 4_000;
const ANSWER_MS = 6_000;

/** What became of one attempt, before anybody says what it means. */
export type Attempt =
  | { readonly came: 'open' }
  /** An answer other than the upgrade. */
  | { readonly came: 'status'; readonly status: number; readonly retryAfter: string | null }
  /** `isConnected` says whether the TCP connection was made. */
  | { readonly came: 'error'; readonly code: string | null; readonly message: string; readonly isConnected: boolean }
  | { readonly came: 'timeout'; readonly isConnected: boolean; readonly afterMs: Millis };

/** How a target is to be had at the moment. */
export type Contact =
  | { readonly is: 'up' }
  /** Nobody takes the connection. `isSure` for one that was refused: all else could have been a moment's trouble. */
  | { readonly is: 'gone'; readonly error: string; readonly isSure: boolean }
  /** Somebody takes it and answers too slowly, or that he has too much to do. */
  | { readonly is: 'busy'; readonly error: string; readonly retryAfterMs: Millis | null };

/** Where to knock, without what names or admits anybody. */
export interface Door {
  readonly url: string;
  readonly subprotocols: readonly string[];
  readonly settings: SocketSettings;
}

/** Errors that are this machine's own: they say nothing of the target. */
const OWN_ERRORS: readonly string[] = ['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM', 'ENETDOWN'];
const CUT_SHORT: readonly string[] = ['ECONNRESET', 'EPIPE', 'ECONNABORTED'];

/** What an attempt means. Overload is not absence: 429 and 503, and whoever takes the connection and answers late, are there. */
export function contactOf(attempt: Attempt): Contact {
  switch (attempt.came) {
    case 'open':
      return { is: 'up' };
    case 'status': {
      const { status, retryAfter } = attempt;
      if (status === 429) return { is: 'busy', error: 'HTTP 429: it limits the rate', retryAfterMs: retryAfterMs(retryAfter) };
      if (status === 503) return { is: 'busy', error: 'HTTP 503: it is overloaded', retryAfterMs: retryAfterMs(retryAfter) };
      if (status === 502 || status === 504) {
        return { is: 'gone', error: `HTTP ${status}: the gateway in front of it reaches nobody`, isSure: false };
      }
      return { is: 'up' };
    }
    case 'error': {
      const { code, message, isConnected } = attempt;
      if (code !== null && OWN_ERRORS.includes(code)) return { is: 'up' };
      const error = code === null ? message : message === '' ? code : `${code}: ${message}`;
      const wasCut = (code !== null && CUT_SHORT.includes(code)) || message === 'socket hang up';
      if (!isConnected) return { is: 'gone', error, isSure: code === 'ECONNREFUSED' };
      return wasCut ? { is: 'gone', error: `${error}: the connection was taken and cut off`, isSure: false } : { is: 'up' };
    }
    case 'timeout': {
      const seconds = `${attempt.afterMs / 1_000} s`;
      if (!attempt.isConnected) return { is: 'gone', error: `ETIMEDOUT: no connection within ${seconds}`, isSure: false };
      return { is: 'busy', error: `it takes connections and does not answer within ${seconds}`, retryAfterMs: null };
    }
  }
}

/** Seconds as a server gives them (RFC 9110, 10.2.3); dates are left to the back-off. */
function retryAfterMs(header: string | null): Millis | null {
  return header !== null && /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1_000 : null;
}

/** Two attempts that came out alike: what a healthy target answers to knocking is no sign of its end. */
export function areAlike(a: Attempt, b: Attempt): boolean {
  if (a.came === 'status' && b.came === 'status') return a.status === b.status;
  if (a.came === 'error' && b.came === 'error') return a.isConnected === b.isConnected && a.code === b.code;
  return a.came === b.came && (a.came !== 'timeout' || b.came !== 'timeout' || a.isConnected === b.isConnected);
}

/** Tries to open a WebSocket, and closes it again. Bounded in time; never rejects. */
export function attemptAt({ url, subprotocols, settings }: Door): Promise<Attempt> {
  const { headers = {}, tls = {}, proxy } = settings;
  const { protocol, hostname, port } = new URL(url);
  const to = { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (protocol === 'wss:' ? 443 : 80) : Number(port) };
  return new Promise((resolve) => {
    let isConnected = false;
    /** Timers come before what has arrived: one more turn, so that what came in time counts though this process was busy. */
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
    const direct = (): Socket => connectVia(url, to, tls).once('connect', connected);
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
      // Node calls back with the connection where none is returned; the types of ws know only the other way.
      createConnection: (tunnel ?? direct) as unknown as typeof direct,
      ...tls,
      headers,
      perMessageDeflate: false,
      handshakeTimeout: CONNECT_MS + ANSWER_MS,
    });
    const done = (attempt: Attempt): void => {
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
 * A way to knock at a door that was opened a moment ago: what it answers then is how it answers in good health, whatever
 * that is, since some servers turn away whoever does not log in.
 */
export async function doorKnocker(door: () => Door): Promise<() => Promise<Contact>> {
  const healthy = await attemptAt(door());
  return async () => {
    const attempt = await attemptAt(door());
    return areAlike(attempt, healthy) ? { is: 'up' } : contactOf(attempt);
  };
}
