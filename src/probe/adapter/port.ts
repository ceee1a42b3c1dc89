/**
 * The port between the probe and a foreign target: where an adapter connects, how it logs in, what it sends for each action, and what
 * arriving messages mean. An adapter is plain values and one pure machine per device; the probe owns sockets, clocks, media, faults
 * and the trace. See docs/adapters.md.
 */
import { CALL_ACTIONS, type CallAction, ENDING_ACTIONS, type EndingAction } from '../../protocol/actions.js';
import type { Millis } from '../../protocol/machine.js';
import type { SessionDescription } from '../../protocol/media.js';
import type { MessageKind } from '../../protocol/message-kinds.js';
import type { ViewEndReason } from '../../protocol/reasons.js';
import type { Rng } from '../../protocol/rng.js';
import type { UnsentEvent } from '../../trace/event.js';

/** Actions of a user in a call. Going offline and coming back concern the socket. */
export type AdapterVerb = CallAction;

/** Declared limits: what a target does not do or report; scenarios that need it are skipped with the reason. */
export const DECLARED_LIMITS = [
  'busy',
  'offline',
  'glare',
  'reject',
  'other-devices',
  'server-timeout',
  'peer-lost',
  'late-join',
  'late-answer',
  'duplicates',
] as const;
export type DeclaredLimit = (typeof DECLARED_LIMITS)[number];

/** How a target negotiates media. */
export interface MediaTraits {
  /** Which side makes the offer, which the other one answers; `both` make one to the server, which answers each. */
  readonly offers: 'caller' | 'callee' | 'both';
  /** When the offer is sent: with the caller's call, with the callee's accept, or once the offering side shows connected. */
  readonly when: 'call' | 'accept' | 'connected';
  /** Candidates as separate messages, or inside the description, which then waits for them. */
  readonly candidates: 'trickle' | 'in-description';
  /** Whether the server relays descriptions unchanged, or terminates media itself and writes its own. */
  readonly relay: 'as-is' | 'own';
}

/** The declared behaviour and limits of a target. */
export interface Traits {
  /** The supported verbs. `missing` has the reason for the others, and scenarios that need one are skipped with it. */
  readonly verbs: readonly AdapterVerb[];
  readonly missing: Readonly<Partial<Record<AdapterVerb, string>>>;
  /** Actions that the app shows at once, before the server answers; the others it shows when notified. */
  readonly showsAtOnce: readonly Exclude<AdapterVerb, 'call'>[];
  /** Whether the caller is notified of the ringing (`told`), or its app shows it as soon as it has called. */
  readonly ringing: 'told' | 'assumed';
  /** Null without media. */
  readonly media: MediaTraits | null;
  /** Whether one user can have several devices online. */
  readonly devices: 'one' | 'many';
  /** Whether the target assigns an id to each connection, so that repetitions never share users. */
  readonly givesIds: boolean;
  readonly hides: readonly DeclaredLimit[];
  /** Verbs by role, if roles differ; see `roleOf`. */
  readonly roles: Readonly<Record<string, Pick<Traits, 'verbs' | 'missing'>>>;
  /** End reasons that this target cannot distinguish: the expected one, and those shown instead. */
  readonly reasons: Readonly<Partial<Record<ViewEndReason, readonly ViewEndReason[]>>>;
  /** What the app does with an incoming call during another live call. */
  readonly secondCall: 'ignore' | 'reject' | 'replace';
  /** What happens to messages without a connection. */
  readonly unsent: 'dropped' | 'kept';
  /**
   * What becomes of a live call when the connection of a device breaks. `ends-call`: the app ends it, and so does the server, which
   * notifies the other side within `peerLostMs`.
   */
  readonly lostConnection: 'keeps-call' | 'ends-call';
  readonly peerLostMs: Millis;
  /** Whether a message that is lost or damaged on the way is sent again, until it is acknowledged. */
  readonly redelivers: boolean;
  /** When a decline ends the call: at once, once all devices of the user have declined, or never, since no other device is notified. */
  readonly decline: 'ends-call' | 'once-all' | 'local';
  /** The first wait before reconnecting, doubled up to 5 s; null for an app that does not reconnect. */
  readonly reconnectMs: Millis | null;
  /** Null if all devices log in at once; otherwise one after another, users of these roles first, then in the order of the scenario. */
  readonly logInOrder: readonly string[] | null;
  /** From the open socket to the log-in. */
  readonly loginMs: Millis;
  /** How long the server may send nothing before the app considers the connection dead; null without such a check. */
  readonly silentMs: Millis | null;
  /** How long the caller's app rings before it sends `cancel` by itself; null without a limit. */
  readonly callerRingMs: Millis | null;
  /** How long the server lets a call ring before it ends it as missed; null if it does not, or if unknown. */
  readonly serverRingMs: Millis | null;
  /** How long no message may arrive before the system counts as quiescent. */
  readonly stillMs: Millis;
  /** Whether the target bears it that the probe asks for receipts: WebSocket pings after messages of a call. */
  readonly receipts: boolean;
  /** The existing message kinds, so that a fault for another one is reported before the run; null if unknown. */
  readonly kinds: { readonly sends: readonly string[]; readonly receives: readonly string[] } | null;
}

export const STANDARD_TRAITS: Traits = {
  verbs: CALL_ACTIONS,
  missing: {},
  showsAtOnce: ['accept', ...ENDING_ACTIONS],
  ringing: 'told',
  media: { offers: 'caller', when: 'call', candidates: 'trickle', relay: 'as-is' },
  devices: 'many',
  givesIds: false,
  hides: [],
  roles: {},
  reasons: {},
  secondCall: 'ignore',
  unsent: 'dropped',
  lostConnection: 'keeps-call',
  peerLostMs: 5_000,
  redelivers: false,
  decline: 'ends-call',
  reconnectMs: 500,
  logInOrder: null,
  loginMs: 5_000,
  silentMs: null,
  callerRingMs: null,
  serverRingMs: null,
  stillMs: 40,
  receipts: true,
  kinds: null,
};

/** One device of a user in one repetition. */
export interface AdapterAgent {
  readonly user: string;
  readonly device: string;
  /** An id of this repetition: letters and digits, different each time. */
  readonly run: string;
  /** The row of this user in `--credentials`; empty without one. Never printed. */
  readonly credentials: Readonly<Record<string, string>>;
  /** The target's URL as given by the user. */
  readonly url: string;
  /** The agent's own random generator; the same seed gives the same draws. */
  readonly rng: Rng;
  /** The target's name of another user: the assigned one (`known-as`), otherwise the one of `identify`. */
  addressOf(user: string): string;
  /** The user with this name at the target; null if unknown. */
  userAt(address: string): string | null;
  /** The target's name of the group that is called instead of a user; null, or absent, if the user is called directly. */
  groupOf?(user: string): string | null;
  /** The wall clock of the device, milliseconds since the epoch: faults may move it. Absent outside a run. */
  wall?(): number;
  /** Requests a `tick` soon, for a session whose library reports something out of turn. */
  wake(): void;
  /** Registers a secret: everything that is written is searched for it. */
  secret?(text: string): void;
}

/** Where a device connects. */
export interface ConnectionSpec {
  /** `ws://` or `wss://`; path and query included. */
  readonly url: string;
  readonly subprotocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** HTTP long-polling as in Engine.IO 4, instead of a WebSocket. */
  readonly isPolling?: boolean;
}

/** One HTTP request, before the socket or for an action; the body of the answer is parsed if it is JSON. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, with its content type; a string is sent as it is. */
  readonly body?: unknown;
}
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A call between the probe and a session. */
export interface CallHandle {
  /** The session's key: chosen by the session for an incoming call, the probe's id for an outgoing one. */
  readonly key: string;
  /** Letters and digits, unique in the run, the same at both ends: usable as the id on the wire if the caller makes it. */
  readonly id: string;
  readonly side: 'caller' | 'callee';
  /** The other user; null if unknown. */
  readonly peer: string | null;
}

/** An action of a user or the app in a call, to be sent as messages. `ring` notifies the caller of the ringing. */
export type SessionAction =
  /** `description` is the offer if the caller offers with the call, otherwise null. Without media it has no candidates. */
  | { readonly verb: 'call'; readonly call: CallHandle; readonly description: SessionDescription | null }
  | { readonly verb: 'ring'; readonly call: CallHandle }
  | { readonly verb: 'accept'; readonly call: CallHandle; readonly description: SessionDescription | null }
  | { readonly verb: EndingAction; readonly call: CallHandle }
  /** A separate description. */
  | { readonly verb: 'describe'; readonly call: CallHandle; readonly description: SessionDescription }
  | { readonly verb: 'candidate'; readonly call: CallHandle; readonly candidate: string; readonly sdpMid: string };

/** A relayed description or candidate, to be compared at both ends. */
export interface Carried {
  readonly what: 'offer' | 'answer' | 'candidate';
  readonly text: string;
}

/**
 * A message before it is handled. `kind` is the probe's own, so that faults and checks know it:
 * in: `welcome event.inviting event.inviting.again event.ringing event.connected event.ended signal.offer signal.answer signal.candidate result.ok
 * result.refused error pong`; out: `hello command.invite command.ring command.accept command.reject command.cancel command.hangup
 * signal.offer signal.answer signal.candidate ack ping`. `noise:NAME` is a known message without a meaning, `raw:NAME` an unmapped one.
 */
export interface Reading {
  readonly kind: string;
  /** The target's own name for it, such as `call-made`. */
  readonly name: string;
  /** The session's key of the call, and the id of the call on the wire; null where the message has none. */
  readonly key: string | null;
  readonly wire: string | null;
  /** The target's name of the sender; null if the message does not have it. */
  readonly from: string | null;
  readonly reason: ViewEndReason | null;
  /** The content for the trace, redacted when it is written. */
  readonly frame: unknown;
  readonly carries: readonly Carried[];
}

/** A message to be written. */
export interface Outgoing extends Omit<Reading, 'from' | 'reason'> {
  readonly text: string;
}

/** The meaning of an arriving message. With `key` null it belongs to the shown call. */
export type MessageMeaning =
  /** A call for this user. The session chooses the key; the same key again is the same call ringing again. */
  | {
      readonly event: 'incoming';
      readonly key: string;
      readonly wire: string | null;
      readonly from: string | null;
      readonly description: SessionDescription | null;
      /** It is already ringing, and this device joins late or has restarted. */
      readonly again?: boolean;
    }
  /** The target's own id of a call of this user became known. */
  | { readonly event: 'named'; readonly key: string | null; readonly wire: string }
  | { readonly event: 'ringing'; readonly key: string | null }
  | { readonly event: 'accepted'; readonly key: string | null; readonly description: SessionDescription | null }
  /** Without a reason it follows from the shown state: rejected, cancelled or hangup. */
  | { readonly event: 'ended'; readonly key: string | null; readonly reason: ViewEndReason | null }
  | { readonly event: 'description'; readonly key: string | null; readonly description: SessionDescription }
  | { readonly event: 'candidate'; readonly key: string | null; readonly candidate: string; readonly sdpMid: string };

/** The violation code of a wrong mapping: the run ends with it, before anything is judged. */
export const WRONG_MAPPING = 'wrong-mapping';

export type SessionInput =
  /** The socket is open: log in. */
  | { readonly type: 'opened' }
  | { readonly type: 'closed' }
  | { readonly type: 'message'; readonly text: string }
  /** The answer to the request with this id; without one `error` is a sentence. */
  | { readonly type: 'response'; readonly id: number; readonly response: HttpResponse | null; readonly error: string | null }
  | { readonly type: 'deed'; readonly deed: SessionAction }
  | { readonly type: 'tick' };

export type SessionEffect =
  | { readonly type: 'send'; readonly message: Outgoing }
  /** An HTTP request in place of a message: `message` describes it, with its body as the text; `id` is the session's own. */
  | { readonly type: 'request'; readonly id: number; readonly request: HttpRequest; readonly message: Outgoing }
  | { readonly type: 'heard'; readonly heard: MessageMeaning }
  /** The log-in is done. */
  | { readonly type: 'logged-in' }
  /** The log-in failed: `message` has the server's text and the place in the mapping. */
  | { readonly type: 'login-failed'; readonly message: string }
  /** The target's name of this user, for others to call. */
  | { readonly type: 'known-as'; readonly address: string }
  /** Evidence: an error reply, a reply that never came, something that the protocol forbids. */
  | { readonly type: 'violation'; readonly code: string; readonly message: string; readonly key: string | null }
  /** A message that has to wait, or cannot be sent. */
  | { readonly type: 'unsent'; readonly kind: MessageKind; readonly key: string | null; readonly why: UnsentEvent['why'] }
  | { readonly type: 'log'; readonly message: string; readonly data: Readonly<Record<string, unknown>> }
  /** Ends the connection. */
  | { readonly type: 'close' };

/** One device's side of the target's protocol. Deterministic: no clock, no randomness except the agent's `rng`. */
export interface AdapterSession {
  /** Reads a message; changes nothing. Called once for each arriving message, before `handle`. Never throws. */
  read(text: string): Reading;
  /** The same for the answer to a request, before it is handled. Required of a session that makes requests. */
  readResponse?(id: number, response: HttpResponse): Reading;
  handle(input: SessionInput, now: Millis): readonly SessionEffect[];
  /** When it wants the next `tick`, or null. */
  deadline(): Millis | null;
  /** Whether a reply is pending. */
  isBusy(): boolean;
  /** The device is gone: release everything that keeps the process alive. */
  stop?(): void;
}

/** The argument of `defineAdapter`. */
export interface AdapterDefinition {
  readonly name: string;
  /** One sentence for `call-probe list adapters`. */
  readonly doc: string;
  /** Differences from `STANDARD_TRAITS`. */
  readonly traits?: Partial<Traits>;
  /** The target's name of a user in this run; default the user's name. */
  identify?(user: string, context: { readonly run: string; readonly credentials: Readonly<Record<string, string>> }): string;
  /** The role of a user, out of `traits.roles`; null for none. */
  roleOf?(user: string, context: { readonly credentials: Readonly<Record<string, string>> }): string | null;
  /** The target's name of the group that is called instead of a user: all of its users ring, and one of them answers. Null for none. */
  groupOf?(
    user: string,
    context: { readonly run: string; readonly credentials: Readonly<Record<string, string>> },
  ): string | null;
  /** Runs before each connection, for example to fetch a token; the result is passed to `connect` and `session`. Rejects with a sentence. */
  prepare?(
    agent: AdapterAgent,
    http: (request: HttpRequest) => Promise<HttpResponse>,
  ): Promise<Readonly<Record<string, unknown>>>;
  connect(agent: AdapterAgent, prepared: Readonly<Record<string, unknown>>): ConnectionSpec;
  /** A new device; `prepared` returns the result of the last `prepare`. */
  session(agent: AdapterAgent, prepared: () => Readonly<Record<string, unknown>>): AdapterSession;
}

export interface Adapter extends Required<Omit<AdapterDefinition, 'traits'>> {
  readonly traits: Traits;
}

/** Makes an adapter from its definition with defaults. Throws a TypeError that names the problem. */
export function defineAdapter(definition: AdapterDefinition): Adapter {
  const { name, doc, traits = {} } = definition;
  if (typeof name !== 'string' || !/^[\w.-]{1,64}$/.test(name)) {
    throw new TypeError('defineAdapter: "name" has to be 1 to 64 letters, digits and . _ -');
  }
  for (const member of ['connect', 'session'] as const) {
    if (typeof definition[member] !== 'function') throw new TypeError(`defineAdapter(${name}): "${member}" has to be a function`);
  }
  const unknown = Object.keys(traits).find((key) => !Object.hasOwn(STANDARD_TRAITS, key));
  if (unknown !== undefined) {
    throw new TypeError(
      `defineAdapter(${name}): unknown trait "${unknown}"; known: ${Object.keys(STANDARD_TRAITS).sort().join(', ')}`,
    );
  }
  return {
    name,
    doc: doc ?? '',
    traits: { ...STANDARD_TRAITS, ...traits },
    identify: (user, context) => definition.identify?.(user, context) ?? user,
    roleOf: (user, context) => definition.roleOf?.(user, context) ?? null,
    groupOf: (user, context) => definition.groupOf?.(user, context) ?? null,
    prepare: (agent, http) => definition.prepare?.(agent, http) ?? Promise.resolve({}),
    connect: (agent, prepared) => definition.connect(agent, prepared),
    session: (agent, prepared) => definition.session(agent, prepared),
  };
}

/** The traits of a target for one user: those of the role, and otherwise those of the target. */
export function traitsFor({ traits, roleOf }: Adapter, user: string, credentials: Readonly<Record<string, string>>): Traits {
  const role = roleOf(user, { credentials });
  return role === null ? traits : { ...traits, ...traits.roles[role] };
}

/** Whether a value looks like the result of `defineAdapter`. */
export function isAdapter(value: unknown): value is Adapter {
  if (typeof value !== 'object' || value === null) return false;
  const has = (member: string): boolean => typeof (value as Record<string, unknown>)[member] === 'function';
  return 'traits' in value && 'name' in value && ['identify', 'prepare', 'connect', 'session'].every(has);
}
