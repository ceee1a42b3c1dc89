/** The media of a call as a device knows it: what the two sides signal, how far it came, and its figures. */

export interface SessionDescription {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

export interface IceCandidate {
  readonly candidate: string;
  readonly sdpMid: string;
}

export const MEDIA_STATES = ['idle', 'connecting', 'flowing', 'stalled', 'failed'] as const;
export type MediaState = (typeof MEDIA_STATES)[number];

/** Stages of the set-up, in order. */
export type MediaStage = 'ice' | 'dtls' | 'rtp';

/** Receiver-side figures of one direction (RFC 3550 A.1 and 6.4.1), and what this side sent. */
export interface MediaStats {
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly duplicates: number;
  readonly reordered: number;
  /** Interarrival jitter in milliseconds. */
  readonly jitterMs: number;
  /** Median and maximum one-way delay in milliseconds, null before the first packet. */
  readonly delayMsP50: number | null;
  readonly delayMsMax: number | null;
}
