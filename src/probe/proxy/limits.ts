/** Every limit of the proxy, with a name and a unit. */

export const PROXY_LIMITS = {
  /** Connections at once; more are reset. */
  connectionsMax: 4_096,
  /** Bytes that one direction of one connection may hold before its source is paused. */
  bufferBytesMax: 1024 * 1024,
  /** Toxics at once. */
  toxicsMax: 64,
  /** Proxies that one API holds, and the largest body of a request to it. */
  proxiesMax: 256,
  apiBodyBytesMax: 256 * 1024,
  /** How long the upstream may take to accept a connection, in milliseconds. */
  connectMs: 10_000,
  /** How long a closing connection may take to flush written data, and the end of a proxy to close all, in milliseconds. */
  closeMs: 1_000,
  /** Interval of attempts to listen again on a port that another program has taken, in milliseconds. */
  listenRetryMs: 50,
} as const;
