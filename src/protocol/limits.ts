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
  /** Calls told to a device in its welcome. */
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
  /** Connections that have not been greeted yet, of all addresses. */
  unauthenticatedMax: 4_096,
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

/** Every wait of the system in milliseconds; the server and the agent take overrides. */
export const WAITS = {
  /** From the open socket to a valid hello. */
  helloMs: 5_000,
  /** Between two pings of a client; a peer silent for `silentMs` is taken for dead. */
  heartbeatMs: 10_000,
  silentMs: 25_000,
  /** First and largest wait before an unacknowledged frame is sent again. */
  resendMs: 1_000,
  resendMsMax: 8_000,
  /** How long a delivery may wait for a frame to carry its acknowledgement. */
  ackMs: 25,
  /** From the invitation to the first device that rings. */
  inviteMs: 10_000,
  /** From ringing to `missed`. */
  ringMs: 45_000,
  /** How long a device that lost its socket keeps its session, and with it its part in a call. */
  graceMs: 15_000,
  /** How long an ended call can still be read. */
  endedMs: 60_000,
  /** How long a command waits for its result before the client calls it undelivered. */
  commandMs: 10_000,
} as const;

export type Waits = { readonly [K in keyof typeof WAITS]: number };
