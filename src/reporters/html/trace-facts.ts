/** What a drawing knows of the whole trace while it shows a part of it: lanes, losses, and when the sides disagree. Plain data. */

/** A vertical line of the drawing: a device, or the server between the two sides. */
export interface Lane {
  readonly node: string;
  /** The user alone where it has one device. */
  readonly label: string;
  readonly side: 'caller' | 'server' | 'callee';
}

/** A time in which what the devices show cannot be true of one call. Instants in milliseconds since the run began. */
export interface ApartSpell {
  readonly call: string;
  readonly fromN: number;
  readonly fromAt: number;
  readonly toAt: number;
  /** It was still so when the scenario was over. */
  readonly lasting: boolean;
  /** `alice=ringing bob=connected`. */
  readonly words: string;
}

/** Where the two sides part: an event, and in words what went another way from there on. */
export interface Divergence {
  readonly n: number;
  /** A disagreement that stayed, one that passed (the longest), or no disagreement and still a message that was lost. */
  readonly kind: 'lasting' | 'passing' | 'lost';
  readonly why: string;
}

/** Plain data, so that it can be embedded beside a part of the trace. */
export interface TraceFacts {
  readonly serverVisible: boolean;
  /** Callers' devices, the server, and everybody else. */
  readonly lanes: readonly Lane[];
  /** Written and read: the `n` at the one end and at the other. */
  readonly arrivals: readonly (readonly [out: number, into: number])[];
  /** `n` of messages that were never read at their other end. */
  readonly lost: readonly number[];
  /** `n` of messages that were read with another text than they were written with. */
  readonly altered: readonly number[];
  readonly apart: readonly ApartSpell[];
  readonly divergence: Divergence | null;
  /** `n` of the mark at which the scenario was over and the probe's own epilogue began, or null. */
  readonly overN: number | null;
}
