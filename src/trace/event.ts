/**
 * The trace: one run of one scenario as a list of plain events, the only thing that checkers, reporters and diagnosis
 * read. A closed, versioned union; a change of meaning raises TRACE_SCHEMA.
 */
import type { UserAction } from '../protocol/actions.js';
import type { CallRecord, Phase, ViewState } from '../protocol/call.js';
import type { Millis } from '../protocol/machine.js';
import type { MediaStage, MediaState, MediaStats } from '../protocol/media.js';
import type { ViewEndReason } from '../protocol/reasons.js';

export const TRACE_SCHEMA = 'call-probe/trace@1';

/** What every event carries. */
export interface Stamp {
  /** Grows by one from 1. */
  readonly n: number;
  /** Monotonic milliseconds since the run began, with fractions; comparable between all nodes of one trace. */
  readonly at: Millis;
  /** Wall clock, milliseconds since the epoch. */
  readonly wall: number;
  /** `alice/phone`, `server` or `probe`. */
  readonly node: string;
  /** The `n` of the event that led to this one, or null. */
  readonly cause: number | null;
}

/** The first event of every trace, and the last of every complete one. */
export interface RunBegin {
  readonly type: 'run';
  readonly phase: 'begin';
  readonly schema: typeof TRACE_SCHEMA;
  readonly scenario: string;
  readonly file: string | null;
  readonly seed: string;
  /** 1 for the first repetition. */
  readonly repetition: number;
  /** `bundled` or a URL without its query. */
  readonly target: string;
  readonly defects: readonly string[];
  /** Every device of the scenario, in the order of the file. */
  readonly devices: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  readonly replay: string;
  /** Whether the server's own side is in this trace (bundled) or has to be inferred (black box). */
  readonly serverVisible: boolean;
  /** Whether the scenario's calls carry media. */
  readonly media: 'audio' | 'none';
  /** Set where the target is spoken to by an adapter: devices show what their messages say, and start their timers themselves. */
  readonly adapter?: AdapterNote;
  /** False when frames are kept as they were and nobody has a stand-in; absent and true mean the opposite. */
  readonly redacted?: boolean;
  /** The limits that the scenario sets to its checks, so that the trace can be judged again without its file; absent without any. */
  readonly checks?: Readonly<Record<string, unknown>>;
}
export const RUN_ENDS = [
  'complete',
  'interrupted',
  'probe-fault',
  'target-fault',
  'target-gone',
  'target-busy',
  'timeout',
] as const;

export interface RunEnd {
  readonly type: 'run';
  readonly phase: 'end';
  /**
   * `target-fault`: the server itself went down over what a hostile agent had said, or over a message that a fault had struck.
   * `target-gone`: it went away, and nobody can tell from here why. `target-busy`: it is there, and let nobody in.
   */
  readonly status: (typeof RUN_ENDS)[number];
  readonly message: string | null;
}

/**
 * Milestones of a run, set by the probe. Order: `step`/`expect`... `quiesce` `quiesced` `teardown` `torn-down`
 * `recall` `recalled`. Convergence is judged at `quiesced`, ghosts at `torn-down`, and `recalled` says whether the
 * same pair could call again.
 */
export interface MarkEvent {
  readonly type: 'mark';
  readonly name: 'step' | 'expect' | 'quiesce' | 'quiesced' | 'teardown' | 'torn-down' | 'recall' | 'recalled' | 'skipped-steps';
  /** The YAML path of the step, such as `steps[2]`, or null. */
  readonly path: string | null;
  /** The step as a sentence: `bob: accept`, `both: connected within 1s`. */
  readonly text: string;
  /** `expect`, `quiesced`, `torn-down` and `recalled`: whether it held; null for marks that have no outcome. */
  readonly ok: boolean | null;
  /** `expect`: what was seen instead, such as `alice=ringing bob=connected`; otherwise a detail or null. */
  readonly actual: string | null;
  /** `expect` that did not hold: after how many further milliseconds it came to hold; absent when that was not seen. */
  readonly lateMs?: Millis;
}

/** An action of a user at a device. `call` is null when there is no call to act on. */
export interface OpEvent {
  readonly type: 'op';
  readonly op: UserAction;
  readonly peer: string | null;
  readonly call: string | null;
  /** Where the target calls a group instead of him: the users of the group, any of whom may answer. */
  readonly group?: readonly string[];
}

/** A frame that a node wrote to, or read from, a link. */
export interface WireEvent {
  readonly type: 'wire';
  readonly dir: 'out' | 'in';
  /** `alice/phone.signaling`: the link is named after its device at both of its ends. */
  readonly link: string;
  /** Connection number of this device, from 1; 0 where the node does not know it. */
  readonly conn: number;
  /** Frame type with its subtype: `command.accept`, `event.connected`, `signal.description`, `ack`. */
  readonly kind: string;
  readonly call: string | null;
  /** Session sequence number, or null for frames outside the numbering. */
  readonly seq: number | null;
  readonly bytes: number;
  /** Digest of the frame's text; equal at both ends unless something changed it. */
  readonly digest: string;
  /** The frame, redacted; absent when the trace keeps no frames. */
  readonly frame?: unknown;
  /** At a foreign target: the target's own name of the message, such as `call-made`. */
  readonly name?: string;
  /** At a foreign target: the end reason that the message tells of. */
  readonly reason?: ViewEndReason;
  /** At a foreign target: what the message hands on between the two sides, to be held against the other end. */
  readonly carries?: readonly CarriedDigest[];
}

/** A description or candidate in a message, by the digest of its text: equal at both ends unless something changed it. */
export interface CarriedDigest {
  readonly what: 'offer' | 'answer' | 'candidate';
  readonly digest: string;
}

/** How a foreign target is spoken to, as far as verdicts depend on it. */
export interface AdapterNote {
  readonly name: string;
  /** Descriptions and candidates reach the other side as they were sent. */
  readonly relaysAsIs: boolean;
  /** What the target does not tell by design. */
  readonly hides: readonly string[];
}

/**
 * The probe's own event loop stood still: whatever this process did or saw in the `lateMs` before `at` may have been late
 * by as much, whoever it was that it watched.
 */
export interface LagEvent {
  readonly type: 'lag';
  readonly lateMs: Millis;
}

/** A connection of a link opened, closed or failed. */
export interface ConnectionEvent {
  readonly type: 'log';
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A node took on a record. On the server: the change itself. On a device: the replica applied it. */
export interface PhaseEvent {
  readonly type: 'phase';
  readonly call: string;
  readonly version: number;
  readonly phase: Phase;
  readonly record: CallRecord;
}

/** What a device shows changed, in one step: state, end reason and the timer's start (server time). */
export interface ViewEvent {
  readonly type: 'view';
  readonly call: string | null;
  readonly version: number | null;
  readonly state: ViewState;
  readonly reason: ViewEndReason | null;
  readonly timerStartedAt: Millis | null;
}

/** Whether a view is an end that the device decided on by itself, without a record: the server may still know better. */
export function isProvisional(view: Pick<ViewEvent, 'version' | 'state' | 'reason'>): boolean {
  const isLocal = view.reason === 'unreachable' || view.reason === 'peer-lost' || view.reason === 'server-error';
  return view.version === null && view.state === 'ended' && isLocal;
}

/** What the call timer on a device reads at this instant, in milliseconds; all devices are sampled at the same `at`. */
export interface TimerEvent {
  readonly type: 'timer';
  readonly call: string;
  readonly elapsedMs: Millis;
}

/** The media of a device changed its state, or is sampled (`state` unchanged, `stats` present). */
export interface MediaEvent {
  readonly type: 'media';
  readonly call: string;
  readonly state: MediaState;
  /** `ice`, `dtls` or `rtp`: the stage reached or failed; null when idle. */
  readonly stage: MediaStage | null;
  /** True when DTLS took a retransmission (about 1 s): a stall of the probe's own stack, never the target's. */
  readonly setupStalled: boolean;
  readonly stats: MediaStats | null;
  readonly message: string | null;
}

/** This node learned that `device` applied `version` of the call. */
export interface ReceiptEvent {
  readonly type: 'receipt';
  readonly call: string;
  readonly version: number;
  readonly device: string;
}

/**
 * Within its limit no device of the other side was known to have applied a version that this node's device made. It tells
 * what that user can't see, and is no error: the other side may be away, and a `receipt` may still follow.
 */
export interface NotAppliedEvent {
  readonly type: 'not-applied';
  readonly call: string;
  readonly version: number;
  /** The side that did not apply it. */
  readonly side: 'caller' | 'callee';
  readonly afterMs: Millis;
}

/** A node saw something that its protocol forbids, or was refused. Evidence, never an exception. */
export interface ViolationEvent {
  readonly type: 'violation';
  readonly code: string;
  readonly message: string;
  readonly call: string | null;
}

/**
 * Whether devices can be told of anything while a fault is at work: `until-greeted` when it ends their connections, so
 * that they have to come back first; `until-healed` when they only stand still; null when they can.
 */
export const ABSENCES = ['until-greeted', 'until-healed'] as const;
export type Absence = (typeof ABSENCES)[number] | null;

/** The message that a fault struck: what was on the wire, so that it is found again at the other end by its digest. */
export interface StruckMessage {
  readonly dir: 'out' | 'in';
  readonly kind: string;
  readonly call: string | null;
  readonly bytes: number;
  readonly digest: string;
}

/**
 * A fault was made ready, took effect, or is over; `node` is what it acts on. The cause of a `hit` is its `armed`, that
 * of a `healed` its `hit`. `target` is the `n` of the event whose moment it is or which it struck, or null.
 */
export interface FaultEvent {
  readonly type: 'fault';
  /** Its name in the registry; several that were asked for together are joined by `+`. */
  readonly fault: string;
  readonly act: 'armed' | 'hit' | 'healed';
  readonly target: number | null;
  readonly message: string;
  /** On a `hit`: whether it keeps its device, or with the node `server` every device, from being told of anything. */
  readonly absence: Absence;
  /** On a `hit` of a single message: that message. */
  readonly struck: StruckMessage | null;
}

export type TraceBody =
  | RunBegin
  | RunEnd
  | MarkEvent
  | OpEvent
  | WireEvent
  | FaultEvent
  | PhaseEvent
  | MediaEvent
  | TimerEvent
  | ViewEvent
  | ReceiptEvent
  | NotAppliedEvent
  | ViolationEvent
  | LagEvent
  | ConnectionEvent;

export type TraceEvent = Stamp & TraceBody;

/** The events of one type. */
export type EventOf<T extends TraceEvent['type']> = Extract<TraceEvent, { type: T }>;

/** Types whose events all have the same fields: every one but `run`, which has a beginning and an end. */
export type BodyType = Exclude<TraceBody['type'], 'run'>;
export type BodyOf<T extends BodyType> = Extract<TraceBody, { type: T }>;

/** The events of a trace that are of one type, in order. */
export function eventsOf<T extends TraceEvent['type']>(trace: readonly TraceEvent[], type: T): EventOf<T>[] {
  return trace.filter((event): event is EventOf<T> => event.type === type);
}

/** The first event of the trace, when it is the beginning of a run. */
export function beginOf(trace: readonly TraceEvent[]): (Stamp & RunBegin) | null {
  const first = trace[0];
  return first?.type === 'run' && first.phase === 'begin' ? first : null;
}
