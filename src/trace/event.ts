/**
 * The trace: one run of one scenario as a list of plain events, the only thing that checkers, causes and reporters read. A closed,
 * versioned union: whatever a verdict depends on is a typed field. Sentences are for people only.
 */
import type { UserAction } from '../protocol/actions.js';
import type { CallRecord, Phase, ViewState } from '../protocol/call.js';
import type { Millis } from '../protocol/machine.js';
import type { MediaStage, MediaState, MediaStats } from '../protocol/media.js';
import type { MessageKind } from '../protocol/message-kinds.js';
import type { ViewEndReason } from '../protocol/reasons.js';
import type { ConnEvent, ReceiptEvent, UnsentEvent } from './connection-event.js';

export * from './connection-event.js';

export const TRACE_SCHEMA = 'call-probe/trace@2';

/** What a node is: a device with a user, a server, something between the two, a real page, or the probe itself. */
export const NODE_ROLES = ['device', 'server', 'proxy', 'page', 'probe'] as const;
export type NodeRole = (typeof NODE_ROLES)[number];

/** What every event carries. */
export interface Stamp {
  /** Grows by one from 1. */
  readonly n: number;
  /** Monotonic milliseconds since the run began, with fractions; comparable between all nodes of one trace. */
  readonly at: Millis;
  /** Wall clock, milliseconds since the epoch. */
  readonly wall: number;
  /** `alice/phone`, or the name of a node that `roles` of the first event lists, such as `server` and `probe`. */
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
  /** The nodes that are no devices, by name. A node that is not listed is a device. */
  readonly roles: Readonly<Record<string, NodeRole>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly replay: string;
  /** Whether the server's own side is in this trace (bundled) or has to be inferred (black box). */
  readonly serverVisible: boolean;
  /** Whether the scenario's calls carry media. */
  readonly media: 'audio' | 'none';
  /** Set where the target is spoken to by an adapter: devices show what their messages say, and start their timers themselves. */
  readonly adapter?: AdapterNote;
  /** Whether secrets and names have been replaced. Absent means true: only a trace in memory, or one that was asked for, is whole. */
  readonly redacted?: boolean;
  /** The limits that the scenario sets to its checks, so that the trace can be judged again without its file; absent without any. */
  readonly checks?: Readonly<Record<string, unknown>>;
}
const CUT_SHORT = ['interrupted', 'probe-fault', 'target-fault', 'target-gone', 'target-busy', 'timeout'] as const;
export const RUN_ENDS = ['complete', ...CUT_SHORT] as const;

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
 * `redial` `redialed`. Convergence is judged at `quiesced`, ghosts at `torn-down`, and `redialed` says whether the
 * same users could call once more.
 */
export interface MarkEvent {
  readonly type: 'mark';
  readonly name: 'step' | 'expect' | 'quiesce' | 'quiesced' | 'teardown' | 'torn-down' | 'redial' | 'redialed' | 'skipped-steps';
  /** The YAML path of the step, such as `steps[2]`, or null. */
  readonly path: string | null;
  /** The step as a sentence: `bob: accept`, `both: connected within 1s`. */
  readonly text: string;
  /** `expect`, `quiesced`, `torn-down` and `redialed`: whether it held; null for marks that have no outcome. */
  readonly ok: boolean | null;
  /** `expect`: what was seen instead, such as `alice=ringing bob=connected`; otherwise a detail or null. */
  readonly actual: string | null;
  /** `expect` that did not hold: after how many further milliseconds it came to hold; absent when that was not seen. */
  readonly lateMs?: Millis;
  /** `expect` that did not hold: why nothing in the scenario could bring it about, which is the mistake of its author. */
  readonly mistake?: string;
  /** The declared limit of the target because of which steps were not played, or an expectation was another one; absent without one. */
  readonly limit?: string;
  /** `expect`: what was waited for, of calls and of their media; absent for other marks. */
  readonly wants?: { readonly states: readonly ViewState[]; readonly media: readonly MediaState[] };
}

/** An action of a user at a device. `call` is null when there is no call to act on. */
export interface ActionEvent {
  readonly type: 'action';
  readonly action: UserAction;
  readonly peer: string | null;
  readonly call: string | null;
  /** Where the target calls a group in place of the peer: the users of the group, any of whom may answer. */
  readonly group?: readonly string[];
  /** Why the app did not carry it out, in a sentence; absent where it did. */
  readonly refused?: string;
}

/** A frame that a node wrote to, or read from, a link. */
export interface WireEvent {
  readonly type: 'wire';
  readonly dir: 'out' | 'in';
  /** `alice/phone.signaling`: the link is named after its device at both of its ends. */
  readonly link: string;
  /** Connection number of this device, from 1; 0 where the node does not know it. */
  readonly conn: number;
  /** What the message is, in the probe's own terms, whatever the target calls it. */
  readonly kind: MessageKind;
  readonly call: string | null;
  /** Session sequence number, or null for frames outside the numbering. */
  readonly seq: number | null;
  readonly bytes: number;
  /** Digest of the frame's text; equal at both ends unless something changed it. */
  readonly digest: string;
  /** The frame, redacted; absent when the trace keeps no frames. */
  readonly frame?: unknown;
  /** The target's own name of the message, such as `call-made`; absent where it is the kind. */
  readonly name?: string;
  /** The end reason that the message carries. */
  readonly reason?: ViewEndReason;
  /** What the server says in it against something: the text of an error reply. */
  readonly refusal?: string;
  /** What the message relays between the two sides of a call, to be compared with the other end. */
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
  /** Declared limits: what the target does not report, such as `late-join`. */
  readonly limits: readonly string[];
}

export const SESSION_STATES = ['opened', 'resumed', 'replaced', 'lost', 'expired', 'refused'] as const;

/** A log-in, or what became of it: at a server for each of its sessions, at a device where it was refused. */
export interface SessionEvent {
  readonly type: 'session';
  /** `alice/phone`. */
  readonly device: string;
  readonly state: (typeof SESSION_STATES)[number];
  /** What was said with a refusal; null otherwise. */
  readonly text: string | null;
}

/** A server refused a command of a device. */
export interface RefusedEvent {
  readonly type: 'refused';
  readonly call: string;
  readonly device: string;
  readonly command: string;
  readonly why: string;
}

/** A request by HTTP: a token, or the state of a call where the connection is gone. */
export interface HttpEvent {
  readonly type: 'http';
  readonly method: string;
  /** Path without its query. */
  readonly path: string;
  /** Null where no answer came. */
  readonly status: number | null;
  readonly durationMs: Millis;
  readonly call: string | null;
  readonly message: string;
}

/** A health check of the target failed: nobody answers, or it turns connections away. */
export interface HealthEvent {
  readonly type: 'health';
  readonly state: 'gone' | 'busy';
  readonly error: string;
}

/** The probe's own event loop was blocked: what it did or saw in the `lateMs` before `at` may have been late by as much, at any node. */
export interface LagEvent {
  readonly type: 'lag';
  readonly lateMs: Millis;
}

/** A sentence for people. Nothing is decided by it. */
export interface LogEvent {
  readonly type: 'log';
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A node took on a record. On the server: the change itself. On a device: the replica applied it. */
export interface RecordEvent {
  readonly type: 'record';
  readonly call: string;
  readonly version: number;
  readonly phase: Phase;
  readonly record: CallRecord;
}

/** What a device shows changed, in one step: state, end reason and the timer's start (server time). */
export interface StateEvent {
  readonly type: 'state';
  readonly call: string | null;
  readonly version: number | null;
  readonly state: ViewState;
  readonly reason: ViewEndReason | null;
  readonly timerStartedAt: Millis | null;
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
export interface AppliedEvent {
  readonly type: 'applied';
  readonly call: string;
  readonly version: number;
  readonly device: string;
}

/**
 * Within its limit no device of the other side was known to have applied a version that this node's device made. That is
 * no error: the other side may be away, and an `applied` may still follow.
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
 * Whether devices can be notified while a fault is active: `until-registered` when it ends their connections, so that
 * they have to log in again first; `until-healed` when they are only paused; null when they can.
 */
export const ABSENCES = ['until-registered', 'until-healed'] as const;
export type Absence = (typeof ABSENCES)[number] | null;

/** Where a fault acts, from the message down to the wire and out to processes and clocks. */
export const FAULT_LAYERS = ['message', 'connection', 'link', 'media', 'process', 'clock', 'server'] as const;
export type FaultLayer = (typeof FAULT_LAYERS)[number];

/** The message that a fault struck: what was on the wire, so that it is found again at the other end by its digest. */
export interface StruckMessage {
  /** Whether nothing of it goes on. */
  readonly dropped: boolean;
  readonly dir: 'out' | 'in';
  readonly kind: MessageKind;
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
  /** What it acts on; null for a step of a hostile agent that came to nothing. */
  readonly layer: FaultLayer | null;
  readonly act: 'armed' | 'hit' | 'healed';
  readonly target: number | null;
  readonly message: string;
  /** On a `hit`: whether it keeps its device, or with a server as its node every device, from being notified. */
  readonly absence: Absence;
  /** On a `hit` of a single message: that message. */
  readonly struck: StruckMessage | null;
}

export type TraceBody =
  | RunBegin
  | RunEnd
  | MarkEvent
  | ActionEvent
  | WireEvent
  | FaultEvent
  | RecordEvent
  | MediaEvent
  | TimerEvent
  | StateEvent
  | AppliedEvent
  | NotAppliedEvent
  | UnsentEvent
  | ConnEvent
  | ReceiptEvent
  | SessionEvent
  | RefusedEvent
  | HttpEvent
  | HealthEvent
  | ViolationEvent
  | LagEvent
  | LogEvent;

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

/** What a node is; one that the trace does not list is a device. */
export function roleOf(begin: Pick<RunBegin, 'roles'> | null, node: string): NodeRole {
  return begin !== null && Object.hasOwn(begin.roles, node) ? (begin.roles[node] ?? 'device') : 'device';
}

/** The first event of the trace, when it is the beginning of a run. */
export function beginOf(trace: readonly TraceEvent[]): (Stamp & RunBegin) | null {
  const first = trace[0];
  return first?.type === 'run' && first.phase === 'begin' ? first : null;
}
