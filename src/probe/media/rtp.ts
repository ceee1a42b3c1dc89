/** RTP packets of the probe: one Opus stream, with the send time in a header extension. */

/** Payload type of Opus in the probe's own offers; 111 is what browsers use. */
export const OPUS_PAYLOAD_TYPE = 111;
/** Clock rate of Opus in RTP, fixed whatever the audio's own rate is (RFC 7587 section 4.1). */
export const OPUS_CLOCK_HZ = 48_000;
export const FRAME_MS = 20;
/** What one frame adds to the RTP timestamp. */
export const FRAME_TICKS = (OPUS_CLOCK_HZ / 1000) * FRAME_MS;
/** An Opus frame of silence, 20 ms, which every decoder accepts. */
export const OPUS_SILENCE: Uint8Array = Uint8Array.of(0xf8, 0xff, 0xfe);

/** The local identifier of the send time (RFC 8285 section 4.2: 1-14) and the name that the SDP maps it to. */
export const SEND_TIME_ID = 14;
export const SEND_TIME_URI = 'urn:x-call-probe:send-time';

const VERSION = 2;
const FIXED_HEADER_BYTES = 12;
const EXTENSION_HEADER_BYTES = 4;
const ONE_BYTE_PROFILE = 0xbede;
const SEND_TIME_BYTES = 8;
const WORD_BYTES = 4;
const TWO_POW_32 = 0x1_0000_0000;

/** The fields of a packet to build. Numbers that do not fit are reduced modulo their width. */
export interface RtpFields {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  /** Microseconds on the sender's clock, an integer from 0 up to 2^53; null leaves the extension out. */
  readonly sentAtUs: number | null;
  readonly payload: Uint8Array;
}

/** A parsed packet. `payload` is a view into the packet, without padding. */
export interface RtpPacket extends RtpFields {
  readonly contributingSources: number;
}

/** Builds one packet (RFC 3550 section 5.1; the extension in the one-byte form of RFC 8285 section 4.2). */
export function buildRtp(fields: RtpFields): Uint8Array {
  const elementBytes = 1 + SEND_TIME_BYTES;
  const extensionWords = fields.sentAtUs === null ? 0 : Math.ceil(elementBytes / WORD_BYTES);
  const payloadAt = FIXED_HEADER_BYTES + (extensionWords === 0 ? 0 : EXTENSION_HEADER_BYTES + extensionWords * WORD_BYTES);
  const bytes = new Uint8Array(payloadAt + fields.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, (VERSION << 6) | (extensionWords > 0 ? 0x10 : 0));
  view.setUint8(1, (fields.marker ? 0x80 : 0) | (fields.payloadType & 0x7f));
  view.setUint16(2, fields.sequence & 0xffff);
  view.setUint32(4, fields.timestamp >>> 0);
  view.setUint32(8, fields.ssrc >>> 0);
  if (fields.sentAtUs !== null) {
    view.setUint16(12, ONE_BYTE_PROFILE);
    view.setUint16(14, extensionWords);
    view.setUint8(16, (SEND_TIME_ID << 4) | (SEND_TIME_BYTES - 1));
    view.setUint32(17, Math.floor(fields.sentAtUs / TWO_POW_32));
    view.setUint32(21, fields.sentAtUs % TWO_POW_32);
  }
  bytes.set(fields.payload, payloadAt);
  return bytes;
}

/**
 * Parses one packet. Null if it is not RTP version 2, is RTCP, or its lengths contradict each other. With a malformed header extension
 * only the send time is missing. Never throws.
 */
export function parseRtp(bytes: Uint8Array): RtpPacket | null {
  if (kindOf(bytes) !== 'rtp') return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = view.getUint8(0);
  const second = view.getUint8(1);
  const contributingSources = first & 0x0f;
  let payloadAt = FIXED_HEADER_BYTES + contributingSources * WORD_BYTES;
  let sentAtUs: number | null = null;
  if ((first & 0x10) !== 0) {
    if (payloadAt + EXTENSION_HEADER_BYTES > bytes.length) return null;
    const profile = view.getUint16(payloadAt);
    const elementsAt = payloadAt + EXTENSION_HEADER_BYTES;
    payloadAt = elementsAt + view.getUint16(payloadAt + 2) * WORD_BYTES;
    if (payloadAt > bytes.length) return null;
    if (profile === ONE_BYTE_PROFILE) sentAtUs = sendTimeOf(view, elementsAt, payloadAt);
  }
  let end = bytes.length;
  if ((first & 0x20) !== 0) {
    const padding = view.getUint8(bytes.length - 1);
    end -= padding;
    if (padding === 0) return null;
  }
  if (payloadAt > end) return null;
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    sentAtUs,
    contributingSources,
    payload: bytes.subarray(payloadAt, end),
  };
}

/**
 * Distinguishes RTP from RTCP on one port by the second byte: 192 to 223 is RTCP (RFC 5761 section 4). `other` is anything
 * too short for its header, or not of version 2. Never throws.
 */
export function kindOf(bytes: Uint8Array): 'rtp' | 'rtcp' | 'other' {
  const [first, second] = bytes;
  if (first === undefined || second === undefined || first >> 6 !== VERSION) return 'other';
  if (second >= 192 && second <= 223) return bytes.length >= WORD_BYTES ? 'rtcp' : 'other';
  return bytes.length >= FIXED_HEADER_BYTES ? 'rtp' : 'other';
}

/** Walks the elements of a one-byte extension: id 0 is padding, id 15 ends the walk (RFC 8285 section 4.2). */
function sendTimeOf(view: DataView, from: number, to: number): number | null {
  let at = from;
  while (at < to) {
    const head = view.getUint8(at);
    const id = head >> 4;
    if (head === 0) {
      at += 1;
      continue;
    }
    if (id === 15) return null;
    const length = (head & 0x0f) + 1;
    if (at + 1 + length > to) return null;
    if (id === SEND_TIME_ID && length === SEND_TIME_BYTES) {
      const value = view.getUint32(at + 1) * TWO_POW_32 + view.getUint32(at + 5);
      return Number.isSafeInteger(value) ? value : null;
    }
    at += 1 + length;
  }
  return null;
}
