/** Two plain UDP sockets as the peers of a relay. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Test } from 'tap';
import { parseCandidate } from '../../../src/probe/media/candidate.js';
import { createRelay, type Relay, type RelayOptions, type RelayPeer } from '../../../src/probe/media/relay.js';

export const HOST = '127.0.0.1';
export const lineOf = (port: number, address = HOST, transport = 'UDP'): string =>
  `candidate:1 1 ${transport} 1 ${address} ${port} typ host`;

export interface Endpoint {
  readonly socket: Socket;
  readonly port: number;
  readonly got: { readonly bytes: Buffer; readonly from: number }[];
  /** Resolves when `count` packets have come. */
  received(count: number): Promise<void>;
}

export async function endpoint(t: Test): Promise<Endpoint> {
  const socket = createSocket('udp4');
  t.teardown(() => socket.close());
  socket.bind(0, HOST);
  await once(socket, 'listening');
  const got: Endpoint['got'] = [];
  socket.on('message', (bytes, { port }) => got.push({ bytes, from: port }));
  const received = async (count: number): Promise<void> => {
    while (got.length < count) await once(socket, 'message');
  };
  return { socket, port: socket.address().port, got, received };
}

export function relayFor(t: Test, options: Partial<RelayOptions> = {}): Relay {
  const relay = createRelay({ bindAddress: HOST, ...options });
  t.teardown(() => relay.close());
  return relay;
}

export async function portToward(peer: RelayPeer, line: string): Promise<number> {
  const answer = await peer.toward(line);
  if ('unusable' in answer) throw new Error(answer.unusable);
  return parseCandidate(answer.line)?.port ?? 0;
}

/** Two peers of one relay that know each other: A sends to `toB`, B to `toA`. */
export async function pair(t: Test, relay: Relay, iceUp = true) {
  const [a, b] = [await endpoint(t), await endpoint(t)];
  const [peerA, peerB] = [relay.join('alice/phone'), relay.join('bob/phone')];
  peerA.localCandidate(lineOf(a.port));
  peerB.localCandidate(lineOf(b.port));
  if (iceUp) for (const peer of [peerA, peerB]) peer.iceUp();
  const [toB, toA] = await Promise.all([portToward(peerA, lineOf(b.port)), portToward(peerB, lineOf(a.port))]);
  return { a, b, peerA, peerB, toA, toB };
}
