/** The interface of transports: a sink for reports, and the user's settings for connections. It handles text, not frames. */
import type { ReceiptEvent } from '../../trace/event.js';

export interface TransportSink {
  opened(): void;
  /** A text message, with its length on the wire in bytes. */
  message(text: string, bytes: number): void;
  /** Called exactly once, also when the connection never opened. `error` is a sentence about the failure. */
  closed(code: number, reason: string, error: string | null): void;
}

/** How a connection ends: with a close frame, without one (FIN), or by TCP RST. */
export type Ending = 'close' | 'break' | 'reset';

export interface Transport {
  isOpen(): boolean;
  /** Writes a text message; does nothing if the connection is not open. `written` is called when the system has taken it, or never will. */
  send(text: string, written?: () => void): void;
  /**
   * Asks the other end for a receipt: `answered` is called once it has read all that was written before, and never for a connection
   * that ends. Absent where the other end cannot be asked.
   */
  readonly ask?: (answered: (by: ReceiptEvent['by']) => void) => void;
  end(how: Ending, code?: number, reason?: string): void;
  /** Pauses or resumes reading; arriving data stays in the system's buffers. */
  listen(isListening: boolean): void;
  /** Writes nothing more by itself: pings of the other end get no pong. */
  mute(): void;
}

/** The user's settings for all connections to the target; absent ones are the system's. */
export interface SocketSettings {
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: TlsSettings;
  /** URL of an HTTP proxy that all connections go through. */
  readonly proxy?: string;
}

/** Trusted authorities and client certificate of TLS connections, as PEM texts. */
export interface TlsSettings {
  /** Replaces the system's authorities. */
  readonly ca?: string;
  /** False trusts any certificate. */
  readonly rejectUnauthorized?: boolean;
  readonly cert?: string;
  readonly key?: string;
}

/** Where the TCP connection goes instead of the URL's host: a proxy in front of it. */
export interface Via {
  readonly host: string;
  readonly port: number;
}
