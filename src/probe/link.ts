/** The signaling link of one device: opens its connections, and can be cut, so that a fault reaches a device that knows nothing of it. */
import { openTransport, type Transport, type TransportSink } from './ws-transport.js';

/** What became of a cut, each told once at most. `hit` may come from within `cut`. */
export interface CutTold {
  /** It took effect: it broke the connection, or refused the first attempt to make one. */
  hit(what: string): void;
  /** Connections can be made again, as far as this cut is concerned. */
  healed(): void;
}

export interface Link {
  /** Opens a connection as `openTransport` does; while the link is cut it fails like one to a host that can't be reached. */
  open(sink: TransportSink): Transport;
  /**
   * Breaks the connection at once: nothing is read from it any more, and its sink is told of the end later, as of any that
   * breaks. For `ms` no other can be made; cuts may overlap, the link is whole when all are over.
   */
  cut(ms: number, told: CutTold): void;
  /** Whether nothing gets through at the moment. */
  isCut(): boolean;
  /** Ends all cuts without a word. */
  stop(): void;
}

export interface LinkOptions {
  readonly url: string;
  readonly protocol: string;
  readonly handshakeMs: number;
}

interface Cut {
  readonly told: CutTold;
  readonly timer: NodeJS.Timeout;
  isHit: boolean;
}

interface Connection {
  readonly transport: Transport;
  /** Broken by a cut or by its own device: nothing is read from it any more, and there is nothing left to break. */
  isBroken: boolean;
}

/** Makes a link without a connection. */
export function createLink({ url, protocol, handshakeMs }: LinkOptions): Link {
  const cuts = new Set<Cut>();
  let current: Connection | null = null;

  const bite = (cut: Cut, what: string): void => {
    if (cut.isHit) return;
    cut.isHit = true;
    cut.told.hit(what);
  };

  const refused = (sink: TransportSink): Transport => {
    for (const cut of cuts) bite(cut, 'an attempt to connect failed');
    setImmediate(() => sink.closed(1006, '', 'EHOSTUNREACH: the link is cut'));
    return { isOpen: () => false, send: () => undefined, end: () => undefined };
  };

  return {
    open(sink) {
      if (cuts.size > 0) return refused(sink);
      const connection: Connection = {
        transport: openTransport(url, protocol, handshakeMs, {
          opened: () => {
            if (!connection.isBroken) sink.opened();
          },
          message: (text, bytes) => {
            if (!connection.isBroken) sink.message(text, bytes);
          },
          closed: (code, reason, error) => {
            if (current === connection) current = null;
            sink.closed(code, reason, error);
          },
        }),
        isBroken: false,
      };
      current = connection;
      const { transport } = connection;
      return {
        ...transport,
        end(how) {
          if (how === 'break') connection.isBroken = true;
          transport.end(how);
        },
      };
    },
    cut(ms, told) {
      const timer = setTimeout(() => {
        cuts.delete(cut);
        told.healed();
      }, ms);
      const cut: Cut = { told, timer, isHit: false };
      cuts.add(cut);
      if (current === null || current.isBroken) return;
      current.isBroken = true;
      current.transport.end('break');
      bite(cut, 'the connection broke');
    },
    isCut: () => cuts.size > 0,
    stop() {
      for (const { timer } of cuts) clearTimeout(timer);
      cuts.clear();
    },
  };
}
