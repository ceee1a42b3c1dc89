/** A client of the bundled server that sends whatever a test likes, and waits for frames and for the end of its connection. */
import { WebSocket } from 'ws';
import { type ServerFrame, SUBPROTOCOL } from '../src/protocol/frames.js';
import { mintToken } from '../src/server/admission.js';

/** How long anything may take before a test fails, in milliseconds: far more than a busy machine needs. */
export const PATIENCE_MS = 30_000;

type FrameOf<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>;

export interface RawClient {
  readonly received: readonly ServerFrame[];
  /** The close code and reason that the server gave; 1006 when the connection broke. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  isOpen(): boolean;
  /** Sends an object as JSON, anything else as it is. */
  send(message: object | string | Buffer): void;
  /** Sends a command in the next number of the session; its id is the number. */
  command(op: string, call: string, to?: string): void;
  signal(call: string, sdp: string): void;
  /**
   * The first frame of this type that fits and that no earlier call took. Rejects when it does not come, which is known at
   * once when the connection ends.
   */
  next<T extends ServerFrame['type']>(type: T, fits?: (frame: FrameOf<T>) => boolean): Promise<FrameOf<T>>;
  close(): void;
}

export interface RawOptions {
  readonly protocol?: string | null;
  /** Acknowledges numbered frames at once, as clients do. Off for clients that only misbehave. */
  readonly acks?: boolean;
}

/** Opens a connection and resolves once it is open, or rejects with the reason. */
export async function connectRaw(url: string, { protocol = SUBPROTOCOL, acks = true }: RawOptions = {}): Promise<RawClient> {
  const socket = protocol === null ? new WebSocket(url) : new WebSocket(url, protocol);
  const received: ServerFrame[] = [];
  const taken = new Set<ServerFrame>();
  const lookers = new Set<() => void>();
  const lookAgain = (): void => {
    for (const look of [...lookers]) look();
  };
  let seq = 0;
  let end: string | null = null;
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => {
      end = `the connection ended with ${code} after ${received.length} frames, the last of them ${JSON.stringify(received.at(-1))}`;
      resolve({ code, reason: reason.toString('utf8') });
      lookAgain();
    });
  });
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as ServerFrame;
    received.push(frame);
    if (acks && 'seq' in frame) socket.send(JSON.stringify({ type: 'ack', ack: frame.seq }));
    lookAgain();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);

  const send = (message: object | string | Buffer): void =>
    socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  return {
    received,
    get closed() {
      return within(closed, 'the end of the connection');
    },
    isOpen: () => socket.readyState === WebSocket.OPEN,
    send,
    command(op, call, to) {
      seq += 1;
      send({ type: 'command', seq, id: `command-${seq}`, op, call, ...(to === undefined ? {} : { to }) });
    },
    signal(call, sdp) {
      seq += 1;
      send({ type: 'signal', seq, call, kind: 'description', data: { type: 'offer', sdp } });
    },
    next<T extends ServerFrame['type']>(type: T, fits: (frame: FrameOf<T>) => boolean = () => true): Promise<FrameOf<T>> {
      const found = new Promise<FrameOf<T>>((resolve, reject) => {
        const look = (): void => {
          const frame = received.find(
            (one): one is FrameOf<T> => one.type === type && !taken.has(one) && fits(one as FrameOf<T>),
          );
          if (frame === undefined && end === null) return;
          if (frame === undefined) return reject(new Error(`a fitting ${type} frame did not come: ${end}`));
          lookers.delete(look);
          taken.add(frame);
          resolve(frame);
        };
        lookers.add(look);
        look();
      });
      return within(found, `a fitting ${type} frame`);
    },
    close: () => socket.close(1000),
  };
}

/** A client that said hello with a good token and was welcomed. */
export async function logIn(url: string, secret: string, user: string, device = 'phone'): Promise<RawClient> {
  const client = await connectRaw(url);
  client.send({ type: 'hello', token: await mintToken(secret, user), device });
  await client.next('welcome');
  return client;
}

/** The promise, or a rejection that says what did not come in time. */
export async function within<T>(promise: Promise<T>, what: string, ms = PATIENCE_MS): Promise<T> {
  let limit: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    limit = setTimeout(() => reject(new Error(`${what} did not come within ${ms} ms`)), ms);
    limit.unref();
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(limit);
  }
}
