/** The UDP relay between the peers of a call: every media packet passes it, with a separate path per direction. */
import { createSocket, type Socket } from 'node:dgram';
import type { Impairment, ImpairmentCounters } from '../../faults/media/impairment.js';
import type { PacketFlow } from '../../faults/media/media-fault.js';
import type { Millis } from '../../protocol/machine.js';
import { systemClock } from '../runtime/clock.js';
import { parseCandidate, redirectCandidate, type Unusable, unusableFrom } from './candidate.js';
import { constantDelay, createDelayLine, type LineCounters, type PacketRule } from './delay-line.js';
import { createImpairments, type ImpairedLine } from './impairments.js';
import type { Deliver, LineClock } from './packet-queue.js';

/**
 * One-way delay of a relay without faults. Without any delay the DTLS ClientHello often arrives before the other side
 * listens, and is sent again only after 1 s.
 */
export const BASE_DELAY_MS = 3;
/** Maximum number of legs; each has two sockets. */
export const LEGS_MAX = 1_024;
/** Maximum number of DTLS packets that wait for the receiver's ICE: several flights of a handshake. */
const HELD_PACKETS_MAX = 32;

/** A peer of the relay, while its connection exists. */
export interface RelayPeer {
  /** Registers the port of the peer's connection, before the other side can learn of it. */
  localCandidate(line: string): void;
  /** The peer's ICE is up: DTLS that was held back for it is delivered, and no more is held back. */
  iceUp(): void;
  /** The remote candidate rewritten for this peer, or why it cannot be used. Rejects if no socket can be opened. */
  toward(line: string): Promise<{ readonly line: string } | { readonly unusable: Unusable }>;
  /** Nothing is sent to this peer any more; its legs end with their last peer. */
  leave(): void;
}

/** One direction of one leg, after the faults of both ends. A foreign end is named by its address and port. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly counters: LineCounters;
}

export interface Relay {
  /** `label` names the peer in flows and to `ruleFor`. */
  join(label: string): RelayPeer;
  flows(): readonly Flow[];
  /**
   * Replaces the impairment of the current and later peers of that label, or heals them. Packets that wait because of an ended fault
   * continue at once, in order. Returns the counters of the previous faults.
   */
  impair(label: string, impairment: Impairment | null): ImpairmentCounters;
  /** The counters of the faults of the peers of that label. */
  impairmentCounters(label: string): ImpairmentCounters;
  close(): void;
}

export interface RelayOptions {
  readonly bindAddress: string;
  /** The rule of one direction; by default BASE_DELAY_MS. */
  readonly ruleFor?: (from: string, to: string) => PacketRule;
  /** By default the real one. */
  readonly clock?: LineClock;
}

interface Peer {
  readonly label: string;
  port: number | null;
  phase: 'connecting' | 'up' | 'gone';
  /** Functions that send a packet that waits for `up`. */
  held: (() => void)[];
}

/** The party at one end of a leg. */
interface Party {
  readonly label: string;
  /** Null for a foreign end. */
  readonly peer: Peer | null;
  readonly address: string;
  readonly foreignPort: number | null;
}

/** One end of a leg: the party, and the socket that faces it. For the party, that socket is the other end. */
interface End extends Party {
  readonly socket: Socket;
  /** The replacement socket while a NAT has assigned another port to the other end; the first one is then a black hole. */
  rebound: Socket | null;
}

/** One direction of a leg: the faults of the sender, those of the receiver, and the constant delay. */
interface Path {
  push(bytes: Uint8Array): void;
  counters(): LineCounters;
  close(): void;
}

interface Leg {
  readonly ends: readonly [End, End];
  /** `paths[i]` leads to `ends[i]`. */
  readonly paths: readonly [Path, Path];
  readonly ready: Promise<unknown>;
}

const lineClock: LineClock = {
  now: () => systemClock.now(),
  after: (ms: Millis, wake) => {
    const timer = setTimeout(wake, Math.ceil(ms));
    return () => clearTimeout(timer);
  },
};

/** A relay without legs. Its sockets are bound to `bindAddress`, one pair for each pair of peers. */
export function createRelay(options: RelayOptions): Relay {
  const ruleFor = options.ruleFor ?? (() => constantDelay(BASE_DELAY_MS));
  const clock = options.clock ?? lineClock;
  const impairments = createImpairments(clock);
  const byPort = new Map<number, Peer>();
  const numbers = new Map<Peer, number>();
  const legs = new Map<string, Leg>();
  let joined = 0;

  const openLeg = (key: string, a: Party, b: Party): Leg => {
    if (legs.size >= LEGS_MAX) throw new Error(`the relay holds ${LEGS_MAX} legs already: run fewer calls in one media process`);
    const ends: readonly [End, End] = [withSocket(a), withSocket(b)];
    let flow: PacketFlow | null = null;
    const flowOf = (): PacketFlow => {
      flow ??= { since: clock.now() };
      return flow;
    };
    const listen = (index: 0 | 1, socket: Socket): Promise<void> => {
      const other = index === 0 ? 1 : 0;
      receive(ends[index], socket, ends[other], paths[other]);
      return bound(socket, options.bindAddress);
    };
    /** Changes the port of the other end as seen at `index`, as a NAT in front of that end does, or restores the old one. */
    const rebind = (index: 0 | 1, rebinds: boolean): void => {
      const end = ends[index];
      if (rebinds === (end.rebound !== null)) return;
      if (end.rebound !== null) closeSocket(end.rebound);
      end.rebound = rebinds ? createSocket('udp4') : null;
      // If no port is left, the other end goes silent, as with a NAT without ports.
      if (end.rebound !== null) listen(index, end.rebound).catch(() => undefined);
    };
    const paths = [
      pathBetween(ends[1], ends[0], flowOf, (rebinds) => rebind(0, rebinds)),
      pathBetween(ends[0], ends[1], flowOf, (rebinds) => rebind(1, rebinds)),
    ] as const;
    const ready = Promise.all([listen(0, ends[0].socket), listen(1, ends[1].socket)]);
    const leg: Leg = { ends, paths, ready };
    legs.set(key, leg);
    ready.catch(() => endLeg(key, leg));
    return leg;
  };

  const pathBetween = (from: End, to: End, flowOf: () => PacketFlow, rebind: (rebinds: boolean) => void): Path => {
    const base = createDelayLine(ruleFor(from.label, to.label), clock, (bytes) => {
      const port = portOf(to);
      if (port !== null) facing(to).send(bytes, port, to.address);
    });
    const lines: ImpairedLine[] = [];
    let next: Deliver = base.push;
    // From the end to the beginning. A foreign end is not a device of the probe.
    for (const [end, direction] of [[to, 'downstream'] as const, [from, 'upstream'] as const]) {
      if (end.peer === null) continue;
      const line = impairments.line(end.label, direction, next, direction === 'upstream' ? rebind : () => undefined);
      lines.push(line);
      next = (bytes, at) => line.push(bytes, at, flowOf());
    }
    return {
      push: (bytes) => next(bytes, clock.now()),
      counters: base.counters,
      close() {
        for (const line of lines) line.close();
        base.close();
      },
    };
  };

  const legBetween = (peer: Peer, other: Peer): Leg => {
    const [low, high] = [numbers.get(peer) ?? 0, numbers.get(other) ?? 0].sort((x, y) => x - y);
    const key = `${low}-${high}`;
    return legs.get(key) ?? openLeg(key, localEnd(peer), localEnd(other));
  };

  const localEnd = (peer: Peer): Party => ({
    label: peer.label,
    peer,
    address: options.bindAddress,
    foreignPort: null,
  });

  const legToForeign = (peer: Peer, address: string, port: number): Leg => {
    const label = `${address}:${port}`;
    const key = `${numbers.get(peer) ?? 0}>${label}`;
    return legs.get(key) ?? openLeg(key, localEnd(peer), { label, peer: null, address, foreignPort: port });
  };

  const endLeg = (key: string, leg: Leg): void => {
    legs.delete(key);
    for (const path of leg.paths) path.close();
    for (const { socket, rebound } of leg.ends) {
      closeSocket(socket);
      if (rebound !== null) closeSocket(rebound);
    }
  };

  return {
    join(label) {
      const self: Peer = { label, port: null, phase: 'connecting', held: [] };
      joined += 1;
      numbers.set(self, joined);
      return {
        localCandidate(line) {
          const target = parseCandidate(line);
          // A connection that is bound to one address has one UDP port; a second one would need its own pair.
          if (self.phase === 'gone' || self.port !== null || target?.transport !== 'UDP') return;
          self.port = target.port;
          byPort.set(target.port, self);
        },
        iceUp() {
          if (self.phase !== 'connecting') return;
          self.phase = 'up';
          for (const release of self.held.splice(0)) release();
        },
        async toward(line) {
          const target = parseCandidate(line);
          if (target === null) return { unusable: 'malformed' };
          const unusable = unusableFrom(options.bindAddress, target);
          if (unusable !== null) return { unusable };
          const other = target.address === options.bindAddress ? byPort.get(target.port) : undefined;
          if (other === self) return { unusable: 'malformed' };
          const leg = other === undefined ? legToForeign(self, target.address, target.port) : legBetween(self, other);
          await leg.ready;
          const end = leg.ends[0].peer === self ? leg.ends[0] : leg.ends[1];
          return { line: redirectCandidate(line, options.bindAddress, end.socket.address().port) };
        },
        leave() {
          if (self.phase === 'gone') return;
          self.phase = 'gone';
          self.held = [];
          if (self.port !== null && byPort.get(self.port) === self) byPort.delete(self.port);
          numbers.delete(self);
          for (const [key, leg] of legs)
            if (leg.ends.every((end) => end.peer === null || end.peer.phase === 'gone')) endLeg(key, leg);
        },
      };
    },
    flows: () =>
      [...legs.values()].flatMap(({ ends: [a, b], paths: [toA, toB] }) => [
        { from: a.label, to: b.label, counters: toB.counters() },
        { from: b.label, to: a.label, counters: toA.counters() },
      ]),
    impair: impairments.impair,
    impairmentCounters: impairments.counters,
    close() {
      for (const [key, leg] of legs) endLeg(key, leg);
    },
  };
}

function withSocket(party: Party): End {
  return { ...party, socket: createSocket('udp4'), rebound: null };
}

/** The current socket of an end. */
function facing(end: End): Socket {
  return end.rebound ?? end.socket;
}

/** Where packets to an end go; null while a peer has no port yet, or after it has left (its port may be reused). */
function portOf(end: End): number | null {
  if (end.peer === null) return end.foreignPort;
  return end.peer.phase === 'gone' ? null : end.peer.port;
}

/**
 * Packets from the end go onto the path away from it; other packets at the socket are not part of the call. The library discards DTLS
 * that arrives before its own ICE is up, and OpenSSL sends a lost ClientHello again only after 1 s. The other side's ICE may be up
 * first, since its checks do not wait for the signaling. DTLS is therefore held back until then.
 */
function receive(end: End, socket: Socket, other: End, away: Path): void {
  socket.on('message', (bytes, source) => {
    const port = end.peer === null ? end.foreignPort : end.peer.port;
    if (socket !== facing(end) || source.port !== port || source.address !== end.address) return;
    if (other.peer?.phase !== 'connecting' || !isDtls(bytes)) away.push(bytes);
    else if (other.peer.held.length < HELD_PACKETS_MAX) other.peer.held.push(() => away.push(bytes));
  });
}

/** RFC 7983 section 7: the first byte of a DTLS record lies between 20 and 63. */
function isDtls(bytes: Uint8Array): boolean {
  const first = bytes[0] ?? 0;
  return first >= 20 && first <= 63;
}

/** Resolves when the socket listens. Errors after that belong to single packets, which UDP may lose. */
function bound(socket: Socket, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.bind({ port: 0, address, exclusive: true }, resolve);
  });
}

function closeSocket(socket: Socket): void {
  try {
    socket.close();
  } catch {
    // Closing a socket that an error has already closed throws; it is closed in any case.
  }
}
