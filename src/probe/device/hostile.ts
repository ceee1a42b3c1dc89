/** A client that ignores the protocol: it opens a connection, sends the given texts, and publishes everything. */
import { type Address, addressOf } from '../../protocol/address.js';
import type { Bus, LiveBody } from '../../trace/bus.js';
import type { ConnEvent } from '../../trace/event.js';
import type { Transport } from '../links/transport.js';
import type { Clock } from '../runtime/ports.js';
import type { Passing } from './device-shell.js';
import { HOSTILE_CONNECT_MS, type HostileMessage, type HostileProtocol } from './hostile-protocol.js';

/** Waits and sizes of a hostile agent, in milliseconds and counts. */
const HOSTILE_WAITS = {
  closeMs: 1_000,
  /** For the reaction to a mutated message: most servers do not react. */
  reactionMs: 20,
  /** For a server that stops reading. */
  drainMs: 2_000,
} as const;

/** Close code of a connection that ended without a close frame (RFC 6455 section 7.1.5). */
const NO_CLOSE_FRAME = 1006;

/** Number of bytes after which it waits until the system has taken them. */
const UNWRITTEN_BYTES_MAX = 256 * 1024;

/** Maximum number of messages per direction in the trace; further ones are only counted. */
const RECORDED_MAX = 20_000;

/** The state of its connection; null before the first. */
export type Standing = { readonly open: true } | { readonly open: false; readonly code: number } | null;

export interface HostileOptions {
  readonly address: Address;
  readonly protocol: HostileProtocol;
  readonly clock: Clock;
  readonly bus: Bus;
  /** Called after every event, so that waits can check again. */
  readonly changed: () => void;
}

/** A hostile agent. Its promises are bounded in time and never reject. */
export interface Hostile {
  readonly address: Address;
  readonly standing: Standing;
  readonly protocol: HostileProtocol;
  /** Its last message, or null. */
  readonly last: HostileMessage | null;
  connect(): Promise<void>;
  /** Resolves to the reason if the target refused the log-in, otherwise to null. */
  logIn(): Promise<string | null>;
  leave(): Promise<void>;
  /** Opens a connection if there is none, and logs in if it was logged in before the server disconnected it. */
  comeBack(): Promise<void>;
  /** Sends a message on its connection; false without a connection. */
  say(message: HostileMessage): Promise<boolean>;
  /** Gives the server time to disconnect it, and waits until it has. */
  reaction(): Promise<void>;
  /** Ends the connection; publishes nothing afterwards. */
  stop(): void;
}

/** Makes a hostile agent without a connection. */
export function createHostile(options: HostileOptions): Hostile {
  const { address, protocol, clock, bus } = options;
  const node = addressOf(address);
  const link = `${node}.signaling`;
  const recorded = { in: 0, out: 0 };
  let transport: Transport | null = null;
  let conn = 0;
  let standing: Standing = null;
  let wantsIn = false;
  let last: HostileMessage | null = null;
  let unwritten = 0;
  let lastRead: Passing['wire']['kind'] | null = null;
  let isStopped = false;
  const waiting = new Set<() => void>();

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

  const record = (body: LiveBody): number => (isStopped ? 0 : bus.publish(node, clock.now(), null, body));

  const wire = (dir: 'in' | 'out', passing: Passing['wire'], text: string, bytes: number): void => {
    recorded[dir] += 1;
    if (recorded[dir] > RECORDED_MAX) return;
    record({ type: 'wire', dir, link, conn, bytes, text, ...passing });
    if (recorded[dir] === RECORDED_MAX) {
      const message = `more than ${RECORDED_MAX} messages ${dir === 'out' ? 'sent' : 'read'}: further ones are not in the trace`;
      record({ type: 'log', level: 'warn', message, data: { link } });
    }
  };

  /** Writes messages that the protocol itself asks for. */
  const write = (to: Transport | null, messages: readonly HostileMessage[]): void => {
    for (const { text, wire: passing } of messages) {
      if (to?.isOpen() !== true) return;
      wire('out', passing, text, Buffer.byteLength(text));
      protocol.sent(text);
      to.send(text);
    }
  };

  const open = async (): Promise<void> => {
    if (isStopped) return;
    const own = ++conn;
    unwritten = 0;
    let isSettled = false;
    let isOpened = false;
    let made: Transport | null = null;
    const published = (event: Omit<ConnEvent, 'type' | 'link' | 'conn' | 'by'>): void => {
      record({ type: 'conn', link, conn: own, by: null, ...event });
    };
    const closed = (code: number, reason: string, error: string | null): void => {
      isSettled = true;
      published({ state: isOpened ? 'closed' : 'refused', code, reason, error });
      if (conn === own) standing = { open: false, code };
      happened();
    };
    try {
      made = await protocol.connect({
        opened: () => {
          isSettled = true;
          isOpened = true;
          published({ state: 'opened', code: null, reason: '', error: null });
          if (conn === own) standing = { open: true };
          write(made, protocol.opened());
          happened();
        },
        message: (text, bytes) => {
          if (conn !== own) return;
          const { wire: passing, replies } = protocol.arrived(text, bytes);
          lastRead = passing.kind;
          wire('in', passing, text, bytes);
          write(made, replies);
          happened();
        },
        closed,
      });
    } catch (error) {
      return closed(NO_CLOSE_FRAME, '', error instanceof Error ? error.message : String(error));
    }
    transport = made;
    if (isStopped) made.end('close');
    await until(() => isSettled, HOSTILE_CONNECT_MS + HOSTILE_WAITS.closeMs);
  };

  const close = async (): Promise<void> => {
    if (transport === null || standing?.open !== true) return;
    transport.end('close');
    await until(() => standing?.open !== true, HOSTILE_WAITS.closeMs + protocol.loginMs);
  };

  const say = async (message: HostileMessage): Promise<boolean> => {
    const to = transport;
    if (isStopped || to === null || !to.isOpen()) return false;
    const { text } = message;
    const bytes = Buffer.byteLength(text);
    last = message;
    wire('out', message.wire, text, bytes);
    protocol.sent(text);
    unwritten += bytes;
    to.send(text, () => {
      if (transport !== to) return;
      unwritten -= bytes;
      happened();
    });
    if (unwritten > UNWRITTEN_BYTES_MAX) await until(() => unwritten === 0 || !to.isOpen(), HOSTILE_WAITS.drainMs);
    return true;
  };

  const hello = async (): Promise<string | null> => {
    for (const message of protocol.logIn()) if (!(await say(message))) return null;
    await until(() => protocol.login.isOver || standing?.open !== true, protocol.loginMs);
    return protocol.login.failure;
  };

  const isOpen = (): boolean => transport?.isOpen() === true;

  return {
    address,
    get standing() {
      return standing;
    },
    protocol,
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
      wantsIn = true;
      return hello();
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
      lastRead = null;
      // Other answers may belong to earlier messages.
      const isRefused = await until(() => lastRead === 'error' || !isOpen(), HOSTILE_WAITS.reactionMs);
      if (isRefused && protocol.endsWithError) await until(() => standing?.open !== true, HOSTILE_WAITS.closeMs);
    },
    stop() {
      isStopped = true;
      happened();
      transport?.end('close');
      protocol.stop();
    },
  };
}
