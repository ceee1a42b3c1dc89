/** One WebSocket of a device: opens, reads, writes and ends it, and tells one sink. Knows text, not frames. */
import { WebSocket } from 'ws';
import { LIMITS } from '../protocol/limits.js';

export interface TransportSink {
  opened(): void;
  /** A text message, with its length on the wire in bytes. */
  message(text: string, bytes: number): void;
  /** Called exactly once, also when the connection never opened. `error` names what failed, in words. */
  closed(code: number, reason: string, error: string | null): void;
}

export interface Transport {
  isOpen(): boolean;
  /** Writes a text message; nothing happens when the connection is not open. */
  send(text: string): void;
  /** Ends the connection with a close frame, or breaks it without one. */
  end(how: 'close' | 'break'): void;
}

/** Opens a WebSocket to `url`, bound in time by `handshakeMs`. Never throws: what fails is told to the sink. */
export function openTransport(url: string, protocol: string, handshakeMs: number, sink: TransportSink): Transport {
  const socket = new WebSocket(url, protocol, {
    handshakeTimeout: handshakeMs,
    maxPayload: LIMITS.frameBytesMax * 4,
    perMessageDeflate: false,
  });
  let error: string | null = null;
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
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    end(how) {
      if (how === 'break') return socket.terminate();
      socket.close(1000, 'bye');
      // ws waits half a minute for a server that does not answer; so long a finished run must not last.
      setTimeout(() => socket.terminate(), LIMITS.closeMs).unref();
    },
  };
}
