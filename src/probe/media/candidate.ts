/** ICE candidates as text: parsing and rewriting for the relay. */

/** The address parts of a candidate (RFC 8839 section 5.1). */
export interface CandidateTarget {
  readonly transport: string;
  readonly address: string;
  readonly port: number;
}

/** Why a candidate is not used, also as text for the report. */
export type Unusable = 'malformed' | 'TCP' | 'IPv6' | 'mDNS name' | 'other network';

const PREFIX = /^(?:a=)?candidate:/;
// foundation component transport priority address port "typ" type ...
const TRANSPORT = 2;
const ADDRESS = 4;
const PORT = 5;
const RELATED = new Set(['raddr', 'rport']);

/** Reads a candidate line, with or without `a=`. Null when it is not one. Never throws. */
export function parseCandidate(line: string): CandidateTarget | null {
  if (!PREFIX.test(line)) return null;
  const fields = line.trim().split(/ +/);
  const [transport, address, port] = [fields[TRANSPORT], fields[ADDRESS], fields[PORT]];
  if (transport === undefined || address === undefined || port === undefined || fields[6] !== 'typ') return null;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return null;
  return { transport: transport.toUpperCase(), address, port: Number(port) };
}

/** The same candidate with another address and port; related addresses are removed, since they would reveal the old ones. */
export function redirectCandidate(line: string, address: string, port: number): string {
  const fields = line.trim().split(/ +/);
  fields[ADDRESS] = address;
  fields[PORT] = String(port);
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] ?? '';
    if (RELATED.has(field)) i += 1;
    else kept.push(field);
  }
  return kept.join(' ');
}

/**
 * Whether a relay bound to `bindAddress` can send to a candidate. Other candidates are dropped: a path around the relay would
 * also bypass its delay, its counters and its faults. TCP and IPv6 have no socket here; an mDNS name can be resolved by its own
 * network only; and from a loopback address the kernel sends to loopback only.
 */
export function unusableFrom(bindAddress: string, target: CandidateTarget): Unusable | null {
  if (target.transport !== 'UDP') return 'TCP';
  if (target.address.endsWith('.local')) return 'mDNS name';
  if (target.address.includes(':')) return 'IPv6';
  if (!isIpv4(target.address) || target.port === 0) return 'malformed';
  if (isLoopback(bindAddress) !== isLoopback(target.address)) return 'other network';
  return null;
}

function isIpv4(address: string): boolean {
  const parts = address.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.');
}
