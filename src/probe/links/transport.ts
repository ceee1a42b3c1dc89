/** What a transport is, whatever carries it: a sink that it reports to, and the user's settings for its connections. Knows text, not frames. */
export interface TransportSink {
  opened(): void;
  /** A text message, with its length on the wire in bytes. */
  message(text: string, bytes: number): void;
  /** Called exactly once, also when the connection never opened. `error` names what failed, in words. */
  closed(code: number, reason: string, error: string | null): void;
}

/** How a connection ends: with a close frame, without a word (FIN), or by TCP RST. */
export type Ending = 'close' | 'break' | 'reset';

export interface Transport {
  isOpen(): boolean;
  /** Writes a text message; nothing happens when the connection is not open. `written` is called when the system took it or never will. */
  send(text: string, written?: () => void): void;
  end(how: Ending, code?: number, reason?: string): void;
  /** Stops reading, so that what arrives stays in the buffers of the system, or goes on. */
  listen(isListening: boolean): void;
  /** Writes nothing more by itself: pings of the other end stay without their pong. */
  mute(): void;
}

/** What a user set for all connections to his target; left out is the system's own. */
export interface SocketSettings {
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: TlsSettings;
  /** URL of an HTTP proxy that all connections go through. */
  readonly proxy?: string;
}

/** How the other end of a TLS connection is trusted, and who this end is. PEM texts. */
export interface TlsSettings {
  /** Takes the place of the system's authorities. */
  readonly ca?: string;
  /** False trusts whoever answers. */
  readonly rejectUnauthorized?: boolean;
  readonly cert?: string;
  readonly key?: string;
}

/** Where the TCP connection goes instead of to the URL's host: a proxy in front of it. */
export interface Via {
  readonly host: string;
  readonly port: number;
}
