/** A client that ignores the protocol: it opens a connection, sends the given texts, and publishes everything. */
import { type Address, addressOf } from '../../protocol/address.js';
import { decodeClientFrame, decodeServerFrame, encodeFrame } from '../../protocol/codec.js';
import { callOf, SUBPROTOCOL } from '../../protocol/frames.js';
import { kindOf } from '../../protocol/message-kinds.js';
import type { Bus, LiveBody } from '../../trace/bus.js';
import type { ConnEvent } from '../../trace/event.js';
import type { Transport } from '../links/transport.js';
import { openTransport } from '../links/ws-transport.js';
import type { Clock } from '../runtime/ports.js';

/** Waits and sizes of a hostile agent, in milliseconds and counts. */
const HOSTILE_WAITS = {
  connectMs: 5_000,
  /** For the answer to a log-in. */
  greetingMs: 2_000,
  closeMs: 1_000,
  /** For the reaction to a mutated message: most servers do not react. */
  reactionMs: 20,
  /** For a server that stops reading. */
  drainMs: 2_000,
} as const;

/** Number of bytes after which it waits until the system has taken them. */
const UNWRITTEN_BYTES_MAX = 256 * 1024;

/** Maximum number of messages per direction in the trace; further ones are only counted. */
const RECORDED_MAX = 20_000;

/** The state of its connection; null before the first. */
export type Standing = { readonly open: true } | { readonly open: false; readonly code: number } | null;

export interface HostileOptions {
  readonly address: Address;
  readonly url: string;
  readonly token: string;
  readonly clock: Clock;
  readonly bus: Bus;
  /** Called after every event, so that waits can check again. */
  readonly changed: () => void;
}

/** A hostile agent. Its promises are bounded in time and never reject. */
export interface Hostile {
  readonly address: Address;
  readonly standing: Standing;
  /** The next number of its session, from 1 on each connection. */
  readonly nextSeq: number;
  /** Its last message, or null. */
  readonly last: string | null;
  connect(): Promise<void>;
  logIn(): Promise<void>;
  leave(): Promise<void>;
  /** Opens a connection if there is none, and logs in if it was logged in before the server disconnected it. */
  comeBack(): Promise<void>;
  /** Sends a text on its connection; false without a connection. */
  say(text: string): Promise<boolean>;
  /** Gives the server time to disconnect it, and waits until it has. */
  reaction(): Promise<void>;
  /** Ends the connection; publishes nothing afterwards. */
  stop(): void;
}

/** Makes a hostile agent without a connection. */
export function createHostile(options: HostileOptions): Hostile {
  const { address, clock, bus } = options;
  const node = addressOf(address);
  const link = `${node}.signaling`;
  const recorded = { in: 0, out: 0 };
  let transport: Transport | null = null;
  let conn = 0;
  let standing: Standing = null;
  let wantsIn = false;
  let nextSeq = 1;
  let last: string | null = null;
  let unwritten = 0;
  let lastRead = '';
  let isStopped = false;
  const waiting = new Set<() => void>();

  const record = (body: LiveBody): number => (isStopped ? 0 : bus.publish(node, clock.now(), null, body));

  const happened = (): void => {
    for (const look of [...waiting]) look();
    options.changed();
  };

  /** Whether the condition holds within `ms`. */
  const until = (isMet: () => boolean, ms: number): Promise<boolean> =>
    new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        waiting.delete(look);
        resolve(isMet());
      };
      const look = (): void => {
        if (isStopped || isMet()) settle();
      };
      const timer = setTimeout(settle, ms);
      waiting.add(look);
      look();
    });

  const wire = (dir: 'in' | 'out', text: string, bytes: number): void => {
    const decoded = dir === 'out' ? decodeClientFrame(text, bytes) : decodeServerFrame(text, bytes);
    lastRead = dir === 'in' ? (decoded.ok ? decoded.frame.type : 'raw') : lastRead;
    recorded[dir] += 1;
    if (recorded[dir] > RECORDED_MAX) return;
    record({
      type: 'wire',
      dir,
      link,
      conn,
      kind: decoded.ok ? kindOf(decoded.frame) : 'unreadable',
      call: decoded.ok ? callOf(decoded.frame) : null,
      seq: decoded.ok && 'seq' in decoded.frame ? decoded.frame.seq : null,
      bytes,
      text,
      // An unreadable message may contain a token: as a text without a name it is redacted completely.
      ...(decoded.ok ? {} : { frame: text }),
    });
    if (recorded[dir] === RECORDED_MAX) {
      const message = `more than ${RECORDED_MAX} messages ${dir === 'out' ? 'sent' : 'read'}: further ones are not in the trace`;
      record({ type: 'log', level: 'warn', message, data: { link } });
    }
  };

  const open = async (): Promise<void> => {
    if (isStopped) return;
    const own = ++conn;
    nextSeq = 1;
    unwritten = 0;
    let isSettled = false;
    let isOpened = false;
    const published = (event: Omit<ConnEvent, 'type' | 'link' | 'conn' | 'by'>): void => {
      record({ type: 'conn', link, conn: own, by: null, ...event });
    };
    const made = openTransport(options.url, SUBPROTOCOL, HOSTILE_WAITS.connectMs, {
      opened: () => {
        isSettled = true;
        isOpened = true;
        published({ state: 'opened', code: null, reason: '', error: null });
        if (transport === made) standing = { open: true };
        happened();
      },
      message: (text, bytes) => {
        wire('in', text, bytes);
        happened();
      },
      closed: (code, reason, error) => {
        isSettled = true;
        published({ state: isOpened ? 'closed' : 'refused', code, reason, error });
        if (transport === made) standing = { open: false, code };
        happened();
      },
    });
    transport = made;
    await until(() => isSettled, HOSTILE_WAITS.connectMs + HOSTILE_WAITS.closeMs);
  };

  const close = async (): Promise<void> => {
    if (transport === null || standing?.open !== true) return;
    transport.end('close');
    await until(() => standing?.open !== true, HOSTILE_WAITS.closeMs + HOSTILE_WAITS.greetingMs);
  };

  const say = async (text: string): Promise<boolean> => {
    const to = transport;
    if (isStopped || to === null || !to.isOpen()) return false;
    const bytes = Buffer.byteLength(text);
    last = text;
    wire('out', text, bytes);
    if (seqOf(text) === nextSeq) nextSeq += 1;
    unwritten += bytes;
    to.send(text, () => {
      if (transport !== to) return;
      unwritten -= bytes;
      happened();
    });
    if (unwritten > UNWRITTEN_BYTES_MAX) await until(() => unwritten === 0 || !to.isOpen(), HOSTILE_WAITS.drainMs);
    return true;
  };

  const hello = async (): Promise<void> => {
    lastRead = '';
    if (!(await say(encodeFrame({ type: 'hello', token: options.token, device: address.device })))) return;
    await until(() => lastRead !== '' || standing?.open !== true, HOSTILE_WAITS.greetingMs);
  };

  const isOpen = (): boolean => transport?.isOpen() === true;

  return {
    address,
    get standing() {
      return standing;
    },
    get nextSeq() {
      return nextSeq;
    },
    get last() {
      return last;
    },
    async connect() {
      wantsIn = false;
      await close();
      await open();
    },
    async logIn() {
      if (!isOpen()) await open();
      await hello();
      wantsIn = true;
    },
    async leave() {
      wantsIn = false;
      await close();
    },
    async comeBack() {
      if (isOpen()) return;
      await open();
      if (wantsIn) await hello();
    },
    say,
    async reaction() {
      lastRead = '';
      // Other answers may belong to earlier messages.
      const isRefused = await until(() => lastRead === 'error' || !isOpen(), HOSTILE_WAITS.reactionMs);
      // An error is the last message before the connection ends.
      if (isRefused) await until(() => standing?.open !== true, HOSTILE_WAITS.closeMs);
    },
    stop() {
      isStopped = true;
      happened();
      transport?.end('close');
    },
  };
}

/** The number that a message gives itself, or null. */
function seqOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'seq' in value ? value.seq : null;
  } catch {
    return null;
  }
}
