/** The probe's kinds for SIP messages, for faults, checks and reports. */
import type { ViewEndReason } from '../../../protocol/reasons.js';
import type { Carried, Outgoing, Reading } from '../../adapter/port.js';
import { KEEPALIVE, KEEPALIVE_ANSWER, readSip, reasonOfCancel, reasonOfStatus, type SipMessage } from './message.js';

/** Reads an arriving message. Never throws. */
export function readIncoming(text: string): Reading {
  const message = readSip(text);
  if (message === null) return plain(text === KEEPALIVE_ANSWER || text === KEEPALIVE ? 'pong' : 'raw:text', nameOfText(text));
  const { status, method, from, to } = message;
  return {
    ...described(message, incomingKind(message)),
    from: status === null ? from : method === 'INVITE' ? to : null,
    reason: endReasonOf(message),
  };
}

/** A message to be written. */
export function outgoing(text: string): Outgoing {
  const message = readSip(text);
  if (message === null) return { ...plain('ping', nameOfText(text)), text };
  return { ...described(message, outgoingKind(message)), text };
}

function incomingKind({ method, status }: SipMessage): string {
  if (status === null) return REQUESTS_IN[method] ?? `noise:${method}`;
  if (method === 'INVITE') {
    if (status === 100) return 'result.ok';
    if (status < 200) return status === 180 || status === 183 ? 'event.ringing' : `noise:${status}`;
    if (status < 300) return 'event.connected';
    // A challenge is answered with the password and does not end the call.
    return isChallenge(status) ? `noise:${status}` : 'event.ended';
  }
  if (method === 'REGISTER') return status < 300 ? 'welcome' : isChallenge(status) ? `noise:${status}` : 'error';
  return status < 300 ? 'result.ok' : isChallenge(status) ? `noise:${status}` : 'result.refused';
}

/** ACK confirms the answer to the callee. */
const REQUESTS_IN: Readonly<Record<string, string>> = {
  INVITE: 'event.inviting',
  CANCEL: 'event.ended',
  BYE: 'event.ended',
  ACK: 'result.ok',
};

function outgoingKind({ method, status }: SipMessage): string {
  if (status === null) return REQUESTS_OUT[method] ?? 'ack';
  if (method !== 'INVITE' || status === 100) return 'ack';
  if (status < 200) return 'command.ring';
  if (status < 300) return 'command.accept';
  // 487 only confirms a CANCEL.
  return status === 487 ? 'ack' : 'command.reject';
}

const REQUESTS_OUT: Readonly<Record<string, string>> = {
  REGISTER: 'hello',
  INVITE: 'command.invite',
  CANCEL: 'command.cancel',
  BYE: 'command.hangup',
};

function endReasonOf({ method, status, cause }: SipMessage): ViewEndReason | null {
  if (status === null) return method === 'BYE' ? 'hangup' : method === 'CANCEL' ? reasonOfCancel(cause) : null;
  return method === 'INVITE' && status >= 300 && !isChallenge(status) ? reasonOfStatus(status) : null;
}

function described(message: SipMessage, kind: string): Omit<Reading, 'from' | 'reason'> {
  const { method, status, phrase, callId, from, to, cause, sdp } = message;
  const call = method === 'REGISTER' || method === 'OPTIONS' || callId === '' ? null : callId;
  return {
    kind,
    name: status === null ? method : `${status} ${phrase} (${method})`,
    key: call,
    wire: call,
    // Keys known to the redaction of frames, so that harmless values stay readable.
    frame: {
      type: method,
      ...(status === null ? {} : { status, reason: phrase }),
      callId,
      from,
      to,
      ...(cause === null ? {} : { code: cause }),
      ...(sdp === null || sdp === '' ? {} : { sdp }),
    },
    carries: carriedBy(message),
  };
}

function carriedBy({ method, status, sdp }: SipMessage): Carried[] {
  if (sdp === null || sdp === '' || method !== 'INVITE') return [];
  if (status !== null && (status < 200 || status >= 300)) return [];
  return [{ what: status === null ? 'offer' : 'answer', text: sdp }];
}

function plain(kind: string, name: string): Reading {
  return { kind, name, key: null, wire: null, from: null, reason: null, frame: { type: name }, carries: [] };
}

function nameOfText(text: string): string {
  return text.trim() === '' ? 'CRLF' : 'not a SIP message';
}

const isChallenge = (status: number): boolean => status === 401 || status === 407;
