/** Admission of connections, decided from the handshake and the current load before the upgrade. */
import { SUBPROTOCOL } from '../protocol/frames.js';
import type { Limits } from '../protocol/limits.js';

/** The HTTP status with which each kind of handshake is refused. */
export const GATE_STATUS = {
  draining: 503,
  broken: 503,
  origin: 403,
  protocol: 400,
  address: 429,
  unauthenticated: 503,
  full: 503,
} as const;
export type GateRefusal = keyof typeof GATE_STATUS;

export interface Handshake {
  /** The header `Origin`: browsers send it, native clients do not. */
  readonly origin: string | undefined;
  /** The header `Sec-WebSocket-Protocol`: names, separated by commas. */
  readonly protocols: string | undefined;
  readonly address: string;
}

/** The current load. */
export interface Crowd {
  readonly connections: number;
  readonly unauthenticated: number;
  readonly fromAddress: number;
  readonly state: 'ready' | 'draining' | 'broken';
}

export interface Refused {
  readonly why: GateRefusal;
  readonly status: number;
  readonly message: string;
}

/** Why a handshake is refused, with a sentence for the developer, or null. */
export function gateRefusal(handshake: Handshake, crowd: Crowd, limits: Limits, origins: readonly string[]): Refused | null {
  const refuse = (why: GateRefusal, message: string): Refused => ({ why, status: GATE_STATUS[why], message });
  const perAddressMax = isLoopback(handshake.address) ? limits.connectionsPerLoopbackMax : limits.connectionsPerAddressMax;
  if (crowd.state === 'draining') return refuse('draining', 'this server is about to restart; connect again');
  if (crowd.state === 'broken') return refuse('broken', 'this server cannot store calls any more; connect to another one');
  if (!isAllowedOrigin(handshake.origin, origins)) {
    return refuse('origin', 'pages of this origin may not connect; the server lists origins with --allow-origin');
  }
  // A client without a subprotocol gets a close frame with the sentence: some cannot show the body of a refusal.
  if (handshake.protocols !== undefined && !offered(handshake.protocols).includes(SUBPROTOCOL)) {
    return refuse('protocol', `this server supports only the subprotocol ${SUBPROTOCOL}`);
  }
  if (crowd.connections >= limits.connectionsMax) return refuse('full', 'this server has the maximum number of connections');
  if (crowd.fromAddress >= perAddressMax) return refuse('address', `this address has ${perAddressMax} connections already`);
  if (crowd.unauthenticated >= limits.unauthenticatedMax) {
    return refuse('unauthenticated', 'too many connections wait for their hello; connect again in a moment');
  }
  return null;
}

/** Whether a page of this origin may connect; clients other than browsers send no origin, and may. */
export function isAllowedOrigin(origin: string | undefined, allowed: readonly string[]): boolean {
  return origin === undefined || allowed.includes('*') || allowed.includes(origin.toLowerCase());
}

/** The key for counting connections: an IPv4 address, or an IPv6 /64 network, which usually belongs to one customer. */
export function addressKey(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0');
  const network = [...groups, ...zeros, ...rest].slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}

/** Whether an address belongs to this machine. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./i.test(address);
}

function offered(protocols: string): string[] {
  return protocols.split(',').map((name) => name.trim());
}
