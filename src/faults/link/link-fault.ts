/** What a link fault is: one of toxiproxy's toxics as a stream machine that does no I/O and is told the time. */
import type { Millis } from '../../protocol/machine.js';
import type { Rng } from '../../protocol/rng.js';
import type { FaultKind, ParameterValues } from '../fault.js';

/** What travels along one direction of a connection, in this order, and what a stage demands of the connection as a whole. */
export type LinkFlow =
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  /** FIN: no more bytes will come; the other direction goes on. */
  | { readonly type: 'end' }
  /** Both directions end with a FIN, after what came before it here. */
  | { readonly type: 'close' }
  /** Both directions end with a RST, and what is still under way is lost. */
  | { readonly type: 'reset' };

/** What one toxic did to one direction, over all connections. */
export interface ToxicCounters {
  /** How often it took effect: what that means is said at each toxic. Zero is a fault that never fired. */
  bit: number;
  /** Bytes that it delayed, cut or swallowed. */
  bytes: number;
  /** Times that the stream stood still for want of a retransmission. */
  stalls: number;
  resets: number;
  closes: number;
}

/** One toxic on one direction of one connection. */
export interface LinkStage {
  /** Takes what comes; returns what goes on now, in order. */
  handle(flow: LinkFlow, now: Millis): readonly LinkFlow[];
  /** Returns what has become due; nothing when it comes early. */
  tick(now: Millis): readonly LinkFlow[];
  /** Returns all that it holds, for it is taken out of the stream; it is not used any more. */
  remove(): readonly LinkFlow[];
  /** The earliest tick that it wants. */
  deadline(): Millis | null;
  /** Bytes that it holds back. */
  heldBytes(): number;
}

export interface StageSetup {
  readonly values: ParameterValues;
  /** A generator of this toxic on this direction of this connection. */
  readonly rng: Rng;
  /** Counted up by the stage; shared by all stages of one toxic and direction. */
  readonly counters: ToxicCounters;
  /** When the connection was opened, or the toxic added to it. */
  readonly now: Millis;
}

/** A link fault as the registry holds it. */
export interface LinkFault extends FaultKind {
  readonly layer: 'link';
  /** Whether no connection can be made while it acts. */
  readonly isDown: boolean;
  /** Begins to act on one direction of a connection. */
  begin(setup: StageSetup): LinkStage;
}

/** Counters of a toxic that did nothing yet. */
export function noCounts(): ToxicCounters {
  return { bit: 0, bytes: 0, stalls: 0, resets: 0, closes: 0 };
}
