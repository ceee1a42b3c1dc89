/** SIP messages as text (RFC 3261): the parts that identify a message and its call. */
import type { ViewEndReason } from '../../../protocol/reasons.js';

/** A request or a response, as far as it was parsed. All of its text comes from outside. */
export interface SipMessage {
  /** `INVITE`; for a response the method of its request. */
  readonly method: string;
  /** Null in a request. */
  readonly status: number | null;
  /** `Ringing`; empty in a request. */
  readonly phrase: string;
  readonly callId: string;
  /** User parts of the addresses. */
  readonly from: string;
  readonly to: string;
  /** The cause in `Reason: SIP;cause=200` (RFC 3326), or null. */
  readonly cause: number | null;
  /** The session description, or null. */
  readonly sdp: string | null;
}

/** The keep-alive (RFC 5626 section 3.5.1), and the answer to it. */
export const KEEPALIVE = '\r\n\r\n';
export const KEEPALIVE_ANSWER = '\r\n';

/** Longest header section that is parsed. */
const HEAD_CHARS_MAX = 16_384;
/** Compact forms of header names (RFC 3261 section 7.3.3). */
const COMPACT: Readonly<Record<string, string>> = { 'call-id': 'i', from: 'f', to: 't', 'content-type': 'c' };

/** Parses a message; null if it is not SIP. Never throws. */
export function readSip(text: string): SipMessage | null {
  const end = text.indexOf('\r\n\r\n');
  const head = (end === -1 ? text : text.slice(0, end)).slice(0, HEAD_CHARS_MAX);
  const [start = '', ...lines] = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const headerOf = (name: string): string => {
    const names = [name, COMPACT[name] ?? name];
    const line = lines.find((one) => names.includes(one.slice(0, one.indexOf(':')).trim().toLowerCase()));
    return line === undefined ? '' : line.slice(line.indexOf(':') + 1).trim();
  };
  const status = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(start);
  const request = /^([A-Z]+) \S+ SIP\/2\.0$/.exec(start);
  const method = request?.[1] ?? /^\d+\s+([A-Z]+)$/.exec(headerOf('cseq'))?.[1];
  if ((status === null && request === null) || method === undefined) return null;
  const cause = /^SIP\s*;(?:.*;)?\s*cause\s*=\s*(\d{3})\b/i.exec(headerOf('reason'))?.[1];
  return {
    method,
    status: status === null ? null : Number(status[1]),
    phrase: status?.[2] ?? '',
    callId: headerOf('call-id'),
    from: userIn(headerOf('from')),
    to: userIn(headerOf('to')),
    cause: cause === undefined ? null : Number(cause),
    sdp: end !== -1 && /^application\/sdp\b/i.test(headerOf('content-type')) ? text.slice(end + 4) : null,
  };
}

/** The user part of the address in a From or To header. */
function userIn(header: string): string {
  const user = /\bsips?:([^@;>\s]+)@/i.exec(header)?.[1] ?? '';
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

/** Why a call ended, from the final answer to its INVITE (RFC 3261 section 21). */
export function reasonOfStatus(status: number): ViewEndReason {
  switch (status) {
    case 486:
    case 600:
      return 'busy';
    case 487:
      return 'cancelled';
    case 408:
      return 'missed';
    case 404:
    case 410:
    case 480:
    case 604:
      return 'unreachable';
    case 603:
    case 607:
      return 'rejected';
    default:
      return 'server-error';
  }
}

/** Why a ringing device is cancelled: a proxy reports the answer of the other branch (RFC 3326 section 3.1). */
export function reasonOfCancel(cause: number | null): ViewEndReason {
  if (cause === null || cause === 487) return 'cancelled';
  if (cause >= 200 && cause < 300) return 'answered-elsewhere';
  return cause === 408 ? 'missed' : 'rejected-elsewhere';
}
