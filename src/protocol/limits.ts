/** Every limit of the protocol, with a name and a unit. A queue, string, wait or count that is not here is a bug. */

export const LIMITS = {
  /** Largest frame on the wire, in bytes; a larger one closes the connection with 1009. */
  frameBytesMax: 64 * 1024,
  /** Deepest nesting of a JSON frame. */
  frameDepthMax: 12,
  /** Longest identifier (call, command, session) in characters. */
  idCharsMax: 64,
  /** Longest user or device name in characters. */
  nameCharsMax: 64,
  /** Longest token in characters. */
  tokenCharsMax: 4096,
  /** Longest session description in characters. */
  sdpCharsMax: 32 * 1024,
  /** Longest ICE candidate line in characters. */
  candidateCharsMax: 1024,
  /** Unacknowledged frames that a session keeps for resending; more end the session. */
  outboxFramesMax: 512,
  /** Frames that arrived ahead of a gap and wait for it to be filled. */
  reorderFramesMax: 128,
  /** Results of commands remembered per device, so that a repeated command gets the same answer. */
  commandResultsMax: 128,
  /** Calls in the snapshot of a welcome. */
  welcomeCallsMax: 32,
  /** Calls that a replica on a device remembers. */
  replicaCallsMax: 64,
  /** Devices of one user that are online at once. */
  devicesPerUserMax: 16,
  /** Connections that one server holds. */
  connectionsMax: 20_000,
  /** Live calls that one server holds. */
  callsMax: 20_000,
  /** Invitations of one user in a minute; more are refused as `too-many-invitations`. */
  invitationsPerMinuteMax: 240,
  /** Frames that one connection may send: in the long run, and at once after a pause. More close it with 4431. */
  framesPerSecondMax: 200,
  framesBurstMax: 1_000,
  /** Bytes that one connection may send: in the long run, and at once after a pause. */
  bytesPerSecondMax: 256 * 1024,
  bytesBurstMax: 2 * 1024 * 1024,
  /** The same for all connections of one user together, which outlasts each of them. */
  userFramesPerSecondMax: 800,
  userFramesBurstMax: 4_000,
  userBytesPerSecondMax: 1024 * 1024,
  userBytesBurstMax: 8 * 1024 * 1024,
  /** Bytes that may wait for a client that does not read; more close it with 4429. */
  sendQueueBytesMax: 1024 * 1024,
  /** Connections of one IP address (of IPv6: one /64 network). */
  connectionsPerAddressMax: 256,
  /** Connections of this machine itself, where proxies and load tests are. */
  connectionsPerLoopbackMax: 20_000,
  /** Connections before their welcome, of all addresses. */
  unauthenticatedMax: 4_096,
  /** Attempts to connect without a welcome in between, before a device waits for its user. */
  reconnectAttemptsMax: 60,
  /** Maximum number of pings after a handshake slower than `clockRttMs`, which is precise enough for a call timer. */
  quickPingsMax: 3,
  clockRttMs: 50,
  /** How often in a row a device reconnects after a close because of its own frame: one may have been damaged on the way. */
  faultClosesMax: 3,
  /** How far clocks may differ when a token's times are read, in milliseconds. */
  tokenToleranceMs: 5_000,
  /** How long a client may take to answer a close before its connection is cut, in milliseconds. */
  closeMs: 1_000,
  /** HTTP: size of the headers in bytes, time for them, for a whole request, and between two requests in milliseconds. */
  httpHeaderBytesMax: 16 * 1024,
  httpHeadersMs: 10_000,
  httpRequestMs: 15_000,
  httpIdleMs: 5_000,
} as const;

/** The limits as the server takes them; tests and deployments may override some. */
export type Limits = { readonly [K in keyof typeof LIMITS]: number };

/** Every wait of server and devices: how long by default, who waits, and for what. Both take overrides. */
export const WAIT_TABLE = {
  helloMs: { ms: 5_000, of: 'both', what: 'From the open socket to a valid hello, and from there to the welcome.' },
  heartbeatMs: { ms: 4_000, of: 'both', what: 'Between two pings of a device; the welcome of the server has the value.' },
  silentMs: {
    ms: 10_000,
    of: 'both',
    what: 'How long the other end may send nothing before the connection counts as dead, even if it is open; at a device at least 2.5 heartbeats.',
  },
  quickPingMs: { ms: 200, of: 'device', what: 'Between the few pings after a slow handshake, which make the clocks agree.' },
  resendMs: { ms: 1_000, of: 'both', what: 'Until an unacknowledged frame is sent again for the first time; then doubled.' },
  resendMsMax: { ms: 8_000, of: 'both', what: 'The longest wait between two resends.' },
  ackMs: { ms: 25, of: 'both', what: 'How long a delivery may wait for a frame to carry its acknowledgement.' },
  reconnectMs: {
    ms: 100,
    of: 'device',
    what: 'Maximum wait before the first reconnect attempt; then doubled, half of it random.',
  },
  reconnectMsMax: { ms: 5_000, of: 'device', what: 'The longest wait between two attempts to connect.' },
  commandMs: {
    ms: 10_000,
    of: 'device',
    what: 'From a command to its result. An invitation without one ends: the device shows `unreachable` and withdraws it.',
  },
  appliedMs: {
    ms: 5_000,
    of: 'device',
    what: 'From an accepted move to the confirmation that the other side applied it; after that the trace has `not-applied`.',
  },
  fallbackMs: {
    ms: 2_000,
    of: 'device',
    what: 'How long a device with a live call is without a connection before it asks by HTTP.',
  },
  fetchMs: { ms: 3_000, of: 'device', what: 'From a request by HTTP to its answer.' },
  refetchMs: {
    ms: 1_000,
    of: 'device',
    what: 'Maximum wait before the next request by HTTP; doubled with every failure, half of it random.',
  },
  refetchMsMax: { ms: 8_000, of: 'device', what: 'The longest wait between two requests by HTTP.' },
  giveUpMs: {
    ms: 20_000,
    of: 'device',
    what: 'How long a device with a live call receives nothing, by socket or by HTTP, before it shows `server-error`. Longer than `graceMs`, so that the server has already ended the call.',
  },
  inviteMs: {
    ms: 10_000,
    of: 'server',
    what: 'From the invitation to the first device that rings; then the call ends as `unreachable`.',
  },
  ringMs: { ms: 45_000, of: 'server', what: 'From ringing to `missed`.' },
  graceMs: {
    ms: 15_000,
    of: 'server',
    what: 'How long a device that lost its socket keeps its session, and with it its part in a call; then the call ends as `peer-lost`.',
  },
  endedMs: { ms: 60_000, of: 'server', what: 'How long an ended call can still be read.' },
} as const;

export type Waits = { readonly [K in keyof typeof WAIT_TABLE]: number };

/** The waits as they are where nothing else is asked for, in milliseconds. */
export const WAITS = Object.fromEntries(Object.entries(WAIT_TABLE).map(([name, { ms }]) => [name, ms])) as Waits;
