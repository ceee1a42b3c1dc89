/** One WebSocket of a device: opens, reads, writes and ends it, and reports to one sink. It handles text, not frames. */

import type { connect as connectTcp, Socket } from 'node:net';
import { WebSocket } from 'ws';
import { LIMITS } from '../../protocol/limits.js';
import { throughProxy } from './http-proxy.js';
import { connectTo, reset } from './tcp.js';
import type { SocketSettings, Transport, TransportSink, Via } from './transport.js';

/**
 * Opens a WebSocket to `url`, bound in time by `handshakeMs`. With `via` the connection is made to that place, while the URL, the
 * Host header and the name that a certificate has to bear stay those of the target. Never throws: errors go to the sink.
 */
export function openTransport(
  url: string,
  protocol: string | readonly string[],
  handshakeMs: number,
  sink: TransportSink,
  via?: Via,
  settings: SocketSettings = {},
): Transport {
  const { headers = {}, tls = {}, proxy } = settings;
  // Node passes the connection to the callback if none is returned; the types of ws lack this form.
  const tunnel = proxy === undefined ? undefined : (throughProxy(proxy, url, tls, via) as unknown as typeof connectTcp);
  const createConnection = tunnel ?? ((): Socket => connectTo(url, via, tls));
  const socket = new WebSocket(url, typeof protocol === 'string' ? protocol : [...protocol], {
    createConnection,
    ...tls,
    headers,
    handshakeTimeout: handshakeMs,
    maxPayload: LIMITS.frameBytesMax * 4,
    perMessageDeflate: false,
    autoPong: false,
  });
  let isMute = false;
  socket.on('ping', (data) => {
    if (!isMute && socket.readyState === WebSocket.OPEN) socket.pong(data);
  });
  const questions: { readonly text: string; readonly answered: (by: 'pong') => void }[] = [];
  socket.on('pong', (data) => {
    const at = questions.findIndex(({ text }) => text === data.toString());
    for (const { answered } of questions.splice(0, at + 1)) answered('pong');
  });
  let asked = 0;
  let error: string | null = null;
  let tcp: Socket | null = null;
  socket.on('upgrade', (response) => {
    tcp = response.socket;
  });
  socket.on('open', () => sink.opened());
  socket.on('message', (data, isBinary) => {
    if (isBinary) sink.message('', 0);
    else {
      const bytes = data as Buffer;
      sink.message(bytes.toString('utf8'), bytes.byteLength);
    }
  });
  socket.on('error', (cause: NodeJS.ErrnoException) => {
    error = cause.code === undefined ? cause.message : `${cause.code}: ${cause.message}`;
  });
  socket.on('close', (code, reason) => sink.closed(code, reason.toString('utf8').slice(0, 123), error));
  return {
    isOpen: () => socket.readyState === WebSocket.OPEN,
    send(text, written) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text, written === undefined ? undefined : () => written());
      else written?.();
    },
    ask(answered) {
      if (socket.readyState !== WebSocket.OPEN || isMute) return;
      const text = `call-probe ${++asked}`;
      questions.push({ text, answered });
      socket.ping(text);
    },
    end(how, code = 1000, reason = 'bye') {
      if (how === 'reset') {
        if (tcp !== null) reset(tcp);
        return socket.terminate();
      }
      if (how === 'break') return socket.terminate();
      socket.resume();
      socket.close(code, reason);
      // ws waits half a minute for a server that does not answer; a finished run must not take that long.
      setTimeout(() => socket.terminate(), LIMITS.closeMs).unref();
    },
    listen(isListening) {
      if (socket.readyState !== WebSocket.OPEN) return;
      if (isListening) socket.resume();
      else socket.pause();
    },
    mute() {
      isMute = true;
    },
  };
}
