/** What a link fault is: one of toxiproxy's toxics as a stream machine without I/O that receives the time. */
import type { Millis } from '../../protocol/machine.js';
import type { Rng } from '../../protocol/rng.js';
import type { FaultKind, ParameterValues } from '../fault.js';

/** What passes along one direction of a connection, in order, and what a stage asks of the whole connection. */
export type LinkFlow =
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  /** FIN: no more bytes will come; the other direction continues. */
  | { readonly type: 'end' }
  /** Both directions end with a FIN, after the data before it. */
  | { readonly type: 'close' }
  /** Both directions end with a RST, and data in transit is lost. */
  | { readonly type: 'reset' };

/** What one toxic did to one direction, over all connections. */
export interface ToxicCounters {
  /** How often it took effect; each toxic defines what that means. Zero means that the fault never took effect. */
  hits: number;
  /** Bytes that it delayed, cut or swallowed. */
  bytes: number;
  /** Times that the stream stalled until a retransmission. */
  stalls: number;
  resets: number;
  closes: number;
}

/** One toxic on one direction of one connection. */
export interface LinkStage {
  /** Takes input; returns the output that is ready now, in order. */
  handle(flow: LinkFlow, now: Millis): readonly LinkFlow[];
  /** Returns what is due; nothing if called early. */
  tick(now: Millis): readonly LinkFlow[];
  /** Returns everything that it holds. The stage is removed and not used any more. */
  remove(): readonly LinkFlow[];
  /** When it wants the next tick. */
  deadline(): Millis | null;
  /** Bytes that it holds back. */
  heldBytes(): number;
}

export interface StageSetup {
  readonly values: ParameterValues;
  /** Generator of this toxic on this direction of this connection. */
  readonly rng: Rng;
  /** Counted up by the stage; shared by all stages of one toxic and direction. */
  readonly counters: ToxicCounters;
  /** When the connection was opened, or the toxic added to it. */
  readonly now: Millis;
}

/** A link fault in the registry. */
export interface LinkFault extends FaultKind {
  readonly layer: 'link';
  /** Whether no connection can be opened while it is active. */
  readonly isDown: boolean;
  /** Starts on one direction of a connection. */
  begin(setup: StageSetup): LinkStage;
}

/** Counters of a toxic that did nothing yet. */
export function noCounts(): ToxicCounters {
  return { hits: 0, bytes: 0, stalls: 0, resets: 0, closes: 0 };
}
