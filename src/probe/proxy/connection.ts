/** One connection through the proxy: two sockets, and between them a chain of toxics for each direction. */
import type { Socket } from 'node:net';
import { type ChainLink, LinkChain } from '../../faults/link/chain.js';
import type { LinkFlow } from '../../faults/link/link-fault.js';
import { type Direction, isOn, type Toxic } from '../../faults/link/toxic.js';
import type { Millis } from '../../protocol/machine.js';
import { PROXY_LIMITS } from './limits.js';

/** How a connection ended: by a FIN of each side, closed or reset by a toxic, by one of its peers, or with the proxy. */
export type Ending = 'ended' | 'closed' | 'reset' | 'peer-reset' | 'unreachable' | 'proxy-closed';

/** Bytes of one direction: read from its source, and written to its destination. */
export interface StreamBytes {
  readonly read: number;
  readonly written: number;
}

export interface ConnectionHost {
  now(): Millis;
  /** Whether a toxic acts on this connection: the same answer every time. */
  acts(toxic: Toxic): boolean;
  /** Starts a toxic on a direction of this connection. */
  begin(toxic: Toxic, stream: Direction): ChainLink;
  tookEffect(toxic: Toxic, stream: Direction): void;
  /** Both sockets are gone. Called once. */
  ended(how: Ending, error: string | null): void;
}

interface Way {
  readonly stream: Direction;
  readonly source: Socket;
  readonly sink: Socket;
  readonly chain: LinkChain;
  read: number;
  written: number;
  /** The end of the source: nothing more comes from it except, after a FIN, a RST. */
  over: 'no' | 'end' | 'reset';
}

export class ProxyConnection {
  readonly #host: ConnectionHost;
  readonly #ways: readonly [Way, Way];
  readonly #sockets: readonly [Socket, Socket];
  #phase: 'connecting' | 'open' | 'closing' | 'gone' = 'connecting';
  #ending: Ending = 'ended';
  #error: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  #timerAt: Millis = Number.POSITIVE_INFINITY;
  #closeTimer: NodeJS.Timeout | null = null;

  /** Both sockets allow half-open; the client is not read before `upstream` is connected. */
  constructor(client: Socket, upstream: Socket, host: ConnectionHost) {
    this.#host = host;
    this.#sockets = [client, upstream];
    this.#ways = [this.#way('upstream', client, upstream), this.#way('downstream', upstream, client)];
    upstream.setTimeout(PROXY_LIMITS.connectMs, () => {
      if (this.#phase === 'connecting') upstream.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
    });
    upstream.once('connect', () => this.#connected());
    for (const socket of this.#sockets) {
      socket.setNoDelay(true);
      socket.on('error', (error: NodeJS.ErrnoException) => this.#failed(socket, error));
      socket.once('close', () => this.#socketClosed(socket));
    }
  }

  bytes(stream: Direction): StreamBytes {
    const { read, written } = stream === 'upstream' ? this.#ways[0] : this.#ways[1];
    return { read, written };
  }

  /** Sets the toxics of the connection. */
  arrange(toxics: readonly Toxic[]): void {
    const now = this.#host.now();
    for (const way of this.#ways) {
      if (this.#phase === 'closing' || this.#phase === 'gone') return;
      const acting = toxics.filter((toxic) => isOn(toxic, way.stream) && this.#host.acts(toxic));
      const out = way.chain.arrange(acting, (toxic) => this.#host.begin(toxic, way.stream), now);
      this.#put(way, out);
    }
    this.#tick();
  }

  /** Ends both sides at once. */
  destroy(how: Ending): void {
    if (this.#phase === 'gone') return;
    this.#end(how);
    for (const socket of this.#sockets) socket.destroy();
  }

  #way(stream: Direction, source: Socket, sink: Socket): Way {
    const chain = new LinkChain((toxic) => this.#host.tookEffect(toxic, stream));
    return { stream, source, sink, chain, read: 0, written: 0, over: 'no' };
  }

  #connected(): void {
    if (this.#phase !== 'connecting') return;
    this.#phase = 'open';
    this.#sockets[1].setTimeout(0);
    for (const way of this.#ways) {
      way.source.on('data', (bytes: Buffer) => this.#arrived(way, bytes));
      way.source.on('end', () => this.#over(way, 'end'));
      way.sink.on('drain', () => this.#regulate(way));
    }
    this.#tick();
  }

  #arrived(way: Way, bytes: Buffer): void {
    if (this.#phase !== 'open') return;
    way.read += bytes.byteLength;
    if (way.chain.isEmpty) {
      way.written += bytes.byteLength;
      if (!way.sink.write(bytes)) this.#regulate(way);
      return;
    }
    this.#put(way, way.chain.handle({ type: 'data', bytes }, this.#host.now()));
    this.#regulate(way);
    this.#arm();
  }

  #over(way: Way, how: 'end' | 'reset'): void {
    if (this.#phase !== 'open' || way.over === how || way.over === 'reset') return;
    way.over = how;
    this.#put(way, way.chain.handle({ type: how }, this.#host.now()));
    this.#tick();
  }

  #put(way: Way, flows: readonly LinkFlow[]): void {
    for (const flow of flows) {
      if (this.#phase === 'closing' || this.#phase === 'gone') return;
      switch (flow.type) {
        case 'data':
          if (!way.sink.writable) break;
          way.written += flow.bytes.byteLength;
          way.sink.write(flow.bytes);
          break;
        case 'end':
          if (way.sink.writable) way.sink.end();
          break;
        case 'close':
          this.#close();
          break;
        case 'reset':
          this.#end(this.#error === null ? 'reset' : 'peer-reset');
          this.#sockets.forEach(reset);
          break;
      }
    }
  }

  /** A FIN to both sides after written data; further input is read and dropped, since unread bytes would cause a RST. */
  #close(): void {
    this.#end('closed');
    for (const socket of this.#sockets) {
      socket.removeAllListeners('data');
      socket.resume();
      if (socket.connecting) socket.destroy();
      else socket.end();
    }
    this.#closeTimer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, PROXY_LIMITS.closeMs);
  }

  #end(how: Ending): void {
    if (this.#phase !== 'closing') this.#ending = how;
    this.#phase = 'closing';
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #failed(socket: Socket, error: NodeJS.ErrnoException): void {
    if (this.#phase === 'closing' || this.#phase === 'gone') return;
    const [client, upstream] = this.#sockets;
    this.#error = error.code ?? error.message;
    if (this.#phase === 'connecting') {
      this.#end(socket === upstream ? 'unreachable' : 'peer-reset');
      // An accepted client cannot be refused any more; a RST is the closest.
      this.#sockets.forEach(reset);
      return;
    }
    const way = socket === client ? this.#ways[0] : this.#ways[1];
    this.#over(way, 'reset');
  }

  #socketClosed(socket: Socket): void {
    if (this.#phase === 'gone') return;
    if (this.#phase === 'open') this.#tick();
    if (!this.#sockets.every(({ destroyed }) => destroyed)) {
      if (this.#phase === 'connecting' && socket === this.#sockets[0]) this.destroy('ended');
      return;
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#closeTimer !== null) clearTimeout(this.#closeTimer);
    this.#phase = 'gone';
    this.#host.ended(this.#ending, this.#error);
  }

  /** Pauses or resumes reading, depending on the waiting bytes: in the toxics and in the destination socket. */
  #regulate(way: Way): void {
    if (this.#phase !== 'open' || way.source.destroyed) return;
    const waiting = way.chain.heldBytes() + way.sink.writableLength;
    const most = way.chain.isEmpty ? way.sink.writableHighWaterMark : PROXY_LIMITS.bufferBytesMax;
    if (waiting >= most) way.source.pause();
    else if (waiting <= most / 2 && way.source.isPaused()) way.source.resume();
  }

  #tick(): void {
    const now = this.#host.now();
    for (const way of this.#ways) {
      if (this.#phase !== 'open' && this.#phase !== 'connecting') return;
      this.#put(way, way.chain.tick(now));
      this.#regulate(way);
    }
    if (this.#phase === 'open' && this.#ways.every(isSpent)) {
      // Both sides are gone and nothing is in transit: discarded ends would keep this open forever.
      this.destroy('ended');
      return;
    }
    this.#arm();
  }

  /** One timer for both directions; an earlier one is kept. */
  #arm(): void {
    if (this.#phase !== 'open' && this.#phase !== 'connecting') return;
    const [up, down] = this.#ways;
    const at = Math.min(up.chain.deadline() ?? Number.POSITIVE_INFINITY, down.chain.deadline() ?? Number.POSITIVE_INFINITY);
    if (this.#timer !== null && this.#timerAt <= at) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timerAt = at;
    const waitMs = Math.min(2 ** 31 - 1, Math.max(0, Math.ceil(at - this.#host.now())));
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#tick();
    }, waitMs);
  }
}

function isSpent({ over, chain, sink }: Way): boolean {
  return over !== 'no' && chain.heldBytes() === 0 && chain.deadline() === null && (sink.destroyed || sink.writableLength === 0);
}

/** A connecting socket has no peer to reset; Node would wait for its connection first. */
function reset(socket: Socket): void {
  if (socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}
