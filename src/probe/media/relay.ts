/** The UDP relay between the peers of a call: every media packet passes it, each direction by a line of its own. */
import { createSocket, type Socket } from 'node:dgram';
import type { Millis } from '../../protocol/machine.js';
import { systemClock } from '../clock.js';
import { parseCandidate, redirectCandidate, type Unusable, unusableFrom } from './candidate.js';
import {
  constantDelay,
  createDelayLine,
  type DelayLine,
  type LineClock,
  type LineCounters,
  type PacketRule,
} from './delay-line.js';

/**
 * One-way delay of a relay without faults. Without any delay the DTLS ClientHello often arrives before the other side
 * listens, and is only sent again after 1 s.
 */
export const BASE_DELAY_MS = 3;
/** Most legs at once; each holds two sockets. */
export const LEGS_MAX = 1_024;
/** DTLS packets that wait for the ICE of the peer they go to: several flights of a handshake. */
const HELD_PACKETS_MAX = 32;

/** A peer of the relay, as long as its connection lives. */
export interface RelayPeer {
  /** Tells a port that the peer's connection was given, before the other side can hear of it. */
  localCandidate(line: string): void;
  /** Tells that the peer's ICE is up: DTLS that was held back for it is delivered, and none is held back any more. */
  iceUp(): void;
  /** The remote candidate as this peer has to see it, or why it cannot be used. Rejects when no socket can be opened. */
  toward(line: string): Promise<{ readonly line: string } | { readonly unusable: Unusable }>;
  /** Nothing is sent to this peer any more; its legs end with the last peer of theirs. */
  leave(): void;
}

/** One direction of one leg. A foreign end is named by its address and port. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly counters: LineCounters;
}

export interface Relay {
  /** `label` names the peer in flows and to `ruleFor`. */
  join(label: string): RelayPeer;
  flows(): readonly Flow[];
  close(): void;
}

export interface RelayOptions {
  readonly bindAddress: string;
  /** The rule of one direction; by default BASE_DELAY_MS. */
  readonly ruleFor?: (from: string, to: string) => PacketRule;
}

interface Peer {
  readonly label: string;
  port: number | null;
  phase: 'connecting' | 'up' | 'gone';
  /** Each puts a packet that waits for `up` onto its line. */
  held: (() => void)[];
}

/** One end of a leg: who is there, the socket that faces it, and the line towards it. */
interface End {
  readonly label: string;
  /** Null for a foreign end. */
  readonly peer: Peer | null;
  readonly address: string;
  readonly foreignPort: number | null;
  readonly socket: Socket;
}

interface Leg {
  readonly ends: readonly [End, End];
  readonly lines: readonly [DelayLine, DelayLine];
  readonly ready: Promise<void>;
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
  const byPort = new Map<number, Peer>();
  const numbers = new Map<Peer, number>();
  const legs = new Map<string, Leg>();
  let joined = 0;

  const openLeg = (key: string, a: Omit<End, 'socket'>, b: Omit<End, 'socket'>): Leg => {
    if (legs.size >= LEGS_MAX) throw new Error(`the relay holds ${LEGS_MAX} legs already: run fewer calls in one media process`);
    const ends = [withSocket(a), withSocket(b)] as const;
    const lines = [lineTo(ends[0], ends[1]), lineTo(ends[1], ends[0])] as const;
    receive(ends[0], ends[1], lines[1]);
    receive(ends[1], ends[0], lines[0]);
    const ready = Promise.all(ends.map((end) => bound(end.socket, options.bindAddress))).then(() => undefined);
    const leg: Leg = { ends, lines, ready };
    legs.set(key, leg);
    ready.catch(() => endLeg(key, leg));
    return leg;
  };

  const lineTo = (to: End, from: End): DelayLine =>
    createDelayLine(ruleFor(from.label, to.label), lineClock, (bytes) => {
      const port = portOf(to);
      if (port !== null) to.socket.send(bytes, port, to.address);
    });

  const legBetween = (peer: Peer, other: Peer): Leg => {
    const [low, high] = [numbers.get(peer) ?? 0, numbers.get(other) ?? 0].sort((x, y) => x - y);
    const key = `${low}-${high}`;
    return legs.get(key) ?? openLeg(key, localEnd(peer), localEnd(other));
  };

  const localEnd = (peer: Peer): Omit<End, 'socket'> => ({
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
    for (const line of leg.lines) line.close();
    for (const end of leg.ends) closeSocket(end.socket);
  };

  return {
    join(label) {
      const self: Peer = { label, port: null, phase: 'connecting', held: [] };
      joined += 1;
      numbers.set(self, joined);
      return {
        localCandidate(line) {
          const target = parseCandidate(line);
          // A connection that is bound to one address has one UDP port; a second one would be reached by a pair of its own.
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
          const facing = leg.ends[0].peer === self ? leg.ends[0] : leg.ends[1];
          return { line: redirectCandidate(line, options.bindAddress, facing.socket.address().port) };
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
      [...legs.values()].flatMap(({ ends: [a, b], lines: [toA, toB] }) => [
        { from: a.label, to: b.label, counters: toB.counters() },
        { from: b.label, to: a.label, counters: toA.counters() },
      ]),
    close() {
      for (const [key, leg] of legs) endLeg(key, leg);
    },
  };
}

function withSocket(end: Omit<End, 'socket'>): End {
  return { ...end, socket: createSocket('udp4') };
}

/** Where packets to an end go now; null while a peer has no port yet, or when it left (its port may be another's by then). */
function portOf(end: End): number | null {
  if (end.peer === null) return end.foreignPort;
  return end.peer.phase === 'gone' ? null : end.peer.port;
}

/**
 * Packets from the end go onto the line away from it; whatever else finds the socket is no part of the call. The library
 * throws DTLS away that comes before its own ICE is up, and OpenSSL sends a lost ClientHello again after 1 s only; the
 * other side's ICE may well be up first, for its checks do not wait for the signaling. So DTLS is held back until then.
 */
function receive(end: End, other: End, away: DelayLine): void {
  end.socket.on('message', (bytes, source) => {
    const port = end.peer === null ? end.foreignPort : end.peer.port;
    if (source.port !== port || source.address !== end.address) return;
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
    // Closing a socket that an error closed already throws; it is closed, which is all that is wanted.
  }
}
