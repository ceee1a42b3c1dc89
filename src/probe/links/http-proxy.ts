/** A TCP connection to the target through an HTTP proxy (CONNECT, RFC 9110 section 9.3.6). */
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { secured } from './tcp.js';
import type { TlsSettings } from './transport.js';

const CONNECT_MS = 10_000;

/** Where its TCP connection goes instead of the proxy itself. */
interface Before {
  readonly host: string;
  readonly port: number;
}

/** Resolves to the open tunnel. Rejects with a sentence that names the proxy without its credentials. */
export function tunnelThrough(proxy: string, host: string, port: number, before?: Before): Promise<Socket> {
  const { hostname, port: proxyPort, username, password } = new URL(proxy);
  const name = `the proxy ${hostname}:${proxyPort || '80'}`;
  const login = username === '' ? null : `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    const asked = request({
      host: before?.host ?? hostname.replace(/^\[|\]$/g, ''),
      port: before?.port ?? (proxyPort === '' ? 80 : Number(proxyPort)),
      method: 'CONNECT',
      path: authority,
      headers: {
        host: authority,
        ...(login === null ? {} : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }),
      },
      agent: false,
      timeout: CONNECT_MS,
    });
    asked.once('connect', (response, socket) => {
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(`${name} refused the connection with ${response.statusCode}`));
    });
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${CONNECT_MS / 1_000} s`)));
    asked.once('error', (error: NodeJS.ErrnoException) => reject(new Error(`${name}: ${error.code ?? error.message}`)));
    asked.end();
  });
}

/** The callback of `createConnection`; with an error there is no socket. */
type Created = (error: Error | null, socket: Socket) => void;

/** A `createConnection` to the host of `url` through a proxy, with TLS inside the tunnel if the URL needs it. */
export function throughProxy(
  proxy: string,
  url: string,
  tls: TlsSettings,
  before?: Before,
): (options: unknown, created: Created) => undefined {
  const { protocol, hostname, port } = new URL(url);
  const isSecure = protocol === 'wss:' || protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  return (_options, created) => {
    tunnelThrough(proxy, host, port === '' ? (isSecure ? 443 : 80) : Number(port), before).then(
      (socket) => created(null, isSecure ? secured(socket, host, tls) : socket),
      (error: unknown) => created(error instanceof Error ? error : new Error(String(error)), undefined as never),
    );
    return undefined;
  };
}
