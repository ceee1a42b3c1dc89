/** TCP connections to a target, with TLS where its URL needs it, and their end by a reset. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls } from 'node:tls';
import type { TlsSettings, Via } from './transport.js';

/** The TCP connection under a TLS one: only that one can be reset. */
const UNDER_TLS = new WeakMap<Socket, Socket>();

/** A TCP or TLS connection to the host of `url`, or to `via` in its place: the certificate is still checked against the host. */
export function connectTo(url: string, via: Via | undefined, tls: TlsSettings = {}): Socket {
  const { protocol, hostname, port } = new URL(url);
  const isSecure = protocol === 'wss:' || protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const standard = isSecure ? 443 : 80;
  const tcp = connectTcp(via ?? { host, port: port === '' ? standard : Number(port) });
  return isSecure ? secured(tcp, host, tls) : tcp;
}

/** TLS over a connection: the certificate is checked against the target's host, also if that is an address. */
export function secured(tcp: Socket, host: string, tls: TlsSettings): Socket {
  const socket = connectTls({
    ...tls,
    socket: tcp,
    // An address cannot be a TLS server name.
    servername: isIP(host) === 0 ? host : '',
    checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
  });
  UNDER_TLS.set(socket, tcp);
  tcp.once('error', (error) => socket.destroy(error));
  return socket;
}

/** Ends a connection by TCP RST: the other end gets an error, and what was in transit is lost. */
export function reset(socket: Socket): void {
  (UNDER_TLS.get(socket) ?? socket).resetAndDestroy();
  socket.destroy();
}
