/**
 * The port between the probe and a target that it did not write: where an adapter connects, how it logs in, what it sends
 * for what a user does, and what the messages mean that arrive. An adapter is plain values and one pure machine per device;
 * sockets, clocks, media, faults and the trace are the probe's business. See docs/adapters.md.
 */
import { CALL_ACTIONS, type CallAction, ENDING_ACTIONS, type EndingAction } from '../../protocol/actions.js';
import type { Millis } from '../../protocol/machine.js';
import type { SessionDescription } from '../../protocol/media.js';
import type { MessageKind } from '../../protocol/message-kinds.js';
import type { ViewEndReason } from '../../protocol/reasons.js';
import type { Rng } from '../../protocol/rng.js';
import type { UnsentEvent } from '../../trace/event.js';

/** What a user can do in a call. Everybody can go offline and come back: that is the socket's. */
export type AdapterVerb = CallAction;

/** What a target does not tell by design; scenarios that can't do without it are skipped with the reason. */
export const HIDDEN = [
  'busy',
  'offline',
  'glare',
  'reject',
  'other-devices',
  'server-timeout',
  'peer-lost',
  'late-join',
] as const;
export type Hidden = (typeof HIDDEN)[number];

/** How media goes with the calls of a target. */
export interface MediaTraits {
  /** Which side makes the offer; the other one answers. */
  readonly offers: 'caller' | 'callee';
  /** When the offer goes: with the caller's call, with the callee's accept, or once the side that offers shows connected. */
  readonly when: 'call' | 'accept' | 'connected';
  /** Candidates as messages of their own, or inside the description, which then waits for them. */
  readonly candidates: 'trickle' | 'in-description';
  /** Whether the server passes descriptions on as they are, or is an end of the media itself and writes its own. */
  readonly relay: 'as-is' | 'own';
}

/** What is so with a target, by design and not by mistake. */
export interface Traits {
  /** The verbs that exist. What is left out has its reason in `missing`, and scenarios that need it are skipped with it. */
  readonly verbs: readonly AdapterVerb[];
  readonly missing: Readonly<Partial<Record<AdapterVerb, string>>>;
  /** Which actions the app shows at once, before the server has said anything; the others it shows when told. */
  readonly showsAtOnce: readonly Exclude<AdapterVerb, 'call'>[];
  /** Whether the caller is told that it rings, or its app says so as soon as it has called. */
  readonly ringing: 'told' | 'assumed';
  /** Null where no media can be set up through this target. */
  readonly media: MediaTraits | null;
  /** Whether one user can be there at several devices at the same time. */
  readonly devices: 'one' | 'many';
  /** Whether the target itself gives each connection its id, so that no repetition meets the users of another. */
  readonly givesIds: boolean;
  readonly hides: readonly Hidden[];
  /** What users of a role can do, where they differ; see `roleOf`. */
  readonly roles: Readonly<Record<string, Pick<Traits, 'verbs' | 'missing'>>>;
  /** End reasons that this target can't tell apart: what is expected, and what is shown in its place. */
  readonly reasons: Readonly<Partial<Record<ViewEndReason, readonly ViewEndReason[]>>>;
  /** What the app does when a call comes in while it shows another one that is live. */
  readonly secondCall: 'ignore' | 'reject' | 'replace';
  /** What becomes of messages that are sent without a connection. */
  readonly unsent: 'dropped' | 'kept';
  /** What the app does with a live call when its connection breaks. */
  readonly lostConnection: 'keeps-call' | 'ends-call';
  /** How the app comes back after a lost connection: the first wait, doubled up to 5 s; null for an app that does not. */
  readonly reconnectMs: Millis | null;
  /** From the open socket to the log-in. */
  readonly loginMs: Millis;
  /** How long the server may say nothing at all before the app takes the connection for dead; null where it does not look. */
  readonly silentMs: Millis | null;
  /** How long the app lets a call ring at the caller before it gives up by itself with `cancel`; null for ever. */
  readonly callerRingMs: Millis | null;
  /** How long the server lets a call ring before it ends it as missed; null where it does not, or nobody knows. */
  readonly serverRingMs: Millis | null;
  /** How long nothing may come for the system to be at rest. */
  readonly stillMs: Millis;
  /** The kinds of messages that there are, so that a fault that waits for another one is told beforehand; null for unknown. */
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
  reconnectMs: 500,
  loginMs: 5_000,
  silentMs: null,
  callerRingMs: null,
  serverRingMs: null,
  stillMs: 40,
  kinds: null,
};

/** One device of a user in one repetition, as an adapter knows it. */
export interface AdapterAgent {
  readonly user: string;
  readonly device: string;
  /** An id of this repetition: letters and digits, another one each time. */
  readonly run: string;
  /** The row of this user in `--credentials`; empty without one. Never printed. */
  readonly credentials: Readonly<Record<string, string>>;
  /** The target's URL as the user gave it. */
  readonly url: string;
  /** The agent's own randomness; the same seed draws the same. */
  readonly rng: Rng;
  /** How the target calls another user: what his devices were told by it (`known-as`), else what `identify` says. */
  addressOf(user: string): string;
  /** Which user the target calls so; null for a stranger. */
  userAt(address: string): string | null;
  /** How the target calls the group in whose name a user is called; null, or left out, where he is called himself. */
  groupOf?(user: string): string | null;
  /** Asks for a `tick` soon: for a session whose library has something to say out of turn. */
  wake(): void;
  /** Takes note of something that must not be published: it is looked for in everything that is written. */
  secret?(text: string): void;
}

/** Where a device connects. */
export interface ConnectionSpec {
  /** `ws://` or `wss://`; path and query included. */
  readonly url: string;
  readonly subprotocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** By HTTP long-polling as Engine.IO 4 does it, in place of a WebSocket. */
  readonly isPolling?: boolean;
}

/** One HTTP request before the socket; the answer's body is parsed where it is JSON. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, with its content type; a string goes as it is. */
  readonly body?: unknown;
}
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A call as the probe and a session speak of it. */
export interface CallHandle {
  /** The session's name for it: of a call that came in what the session chose, of one of its own the probe's id. */
  readonly key: string;
  /** Letters and digits, unique in the run, the same at both ends: good as an id on the wire where the caller makes it. */
  readonly id: string;
  readonly side: 'caller' | 'callee';
  /** The other user; null where nobody knows. */
  readonly peer: string | null;
}

/** What a user or his app does in a call, to be put into messages. `ring` tells the caller that it rings. */
export type Deed =
  /** `description` is the offer where the caller offers with the call, else null. Never null where it is wanted: without media it is one without candidates. */
  | { readonly verb: 'call'; readonly call: CallHandle; readonly description: SessionDescription | null }
  | { readonly verb: 'ring'; readonly call: CallHandle }
  | { readonly verb: 'accept'; readonly call: CallHandle; readonly description: SessionDescription | null }
  | { readonly verb: EndingAction; readonly call: CallHandle }
  /** A description that goes by itself. */
  | { readonly verb: 'describe'; readonly call: CallHandle; readonly description: SessionDescription }
  | { readonly verb: 'candidate'; readonly call: CallHandle; readonly candidate: string; readonly sdpMid: string };

/** Something that is handed on from one side to the other, to be compared at both ends. */
export interface Carried {
  readonly what: 'offer' | 'answer' | 'candidate';
  readonly text: string;
}

/**
 * What a message is, before it is taken on. `kind` is in the tool's own words, so that faults and checks know it:
 * in: `welcome event.inviting event.inviting.again event.ringing event.connected event.ended signal.offer signal.answer signal.candidate result.ok
 * result.refused error pong`; out: `hello command.invite command.ring command.accept command.reject command.cancel command.hangup
 * signal.offer signal.answer signal.candidate ack ping`. `noise:NAME` is known and means nothing, `raw:NAME` nobody mapped.
 */
export interface Reading {
  readonly kind: string;
  /** The target's own name for it, such as `call-made`. */
  readonly name: string;
  /** The session's key of the call, and the id of the call on the wire; null where the message has none. */
  readonly key: string | null;
  readonly wire: string | null;
  /** Who sent it, as the target calls him; null where it does not say. */
  readonly from: string | null;
  readonly reason: ViewEndReason | null;
  /** The message as it may be looked into for the trace: redacted before it is kept. */
  readonly frame: unknown;
  readonly carries: readonly Carried[];
}

/** A message to be written. */
export interface Outgoing extends Omit<Reading, 'from' | 'reason'> {
  readonly text: string;
}

/** What a message that arrived means. `key` null is whatever call the device shows. */
export type Heard =
  /** A call for this user. The key is the session's choice; the same one again is the same call ringing again. */
  | {
      readonly event: 'incoming';
      readonly key: string;
      readonly wire: string | null;
      readonly from: string | null;
      readonly description: SessionDescription | null;
      /** It rings already, and this device comes meanwhile or has started anew. */
      readonly again?: boolean;
    }
  /** The target's own id of a call of this user became known. */
  | { readonly event: 'named'; readonly key: string | null; readonly wire: string }
  | { readonly event: 'ringing'; readonly key: string | null }
  | { readonly event: 'accepted'; readonly key: string | null; readonly description: SessionDescription | null }
  /** Without a reason it follows from what the device shows: rejected, cancelled or hangup. */
  | { readonly event: 'ended'; readonly key: string | null; readonly reason: ViewEndReason | null }
  | { readonly event: 'description'; readonly key: string | null; readonly description: SessionDescription }
  | { readonly event: 'candidate'; readonly key: string | null; readonly candidate: string; readonly sdpMid: string };

/** The code of a violation that says that the mapping itself is wrong: the run ends with it, before anything is judged. */
export const WRONG_MAPPING = 'wrong-mapping';

/** The code of a violation that says that something takes several messages, and not all of them came. */
export const HALF_TOLD = 'half-told';

export type SessionInput =
  /** The socket is open: log in. */
  | { readonly type: 'opened' }
  | { readonly type: 'closed' }
  | { readonly type: 'message'; readonly text: string }
  | { readonly type: 'deed'; readonly deed: Deed }
  | { readonly type: 'tick' };

export type SessionEffect =
  | { readonly type: 'send'; readonly message: Outgoing }
  | { readonly type: 'heard'; readonly heard: Heard }
  /** The log-in is done. */
  | { readonly type: 'logged-in' }
  /** It is refused: `message` is a sentence with what the server said and where the mapping looks for it. */
  | { readonly type: 'login-failed'; readonly message: string }
  /** How the target calls this user, for others to call him. */
  | { readonly type: 'known-as'; readonly address: string }
  /** Evidence: an error reply, a reply that never came, something that the protocol forbids. */
  | { readonly type: 'violation'; readonly code: string; readonly message: string; readonly key: string | null }
  /** A message that has to wait, or can't be sent at all. */
  | { readonly type: 'unsent'; readonly kind: MessageKind; readonly key: string | null; readonly why: UnsentEvent['why'] }
  | { readonly type: 'log'; readonly message: string; readonly data: Readonly<Record<string, unknown>> }
  /** Ends the connection. */
  | { readonly type: 'close' };

/** One device's side of the target's protocol. Deterministic: no clock, no chance but the agent's `rng`. */
export interface AdapterSession {
  /** What a message is; changes nothing. Asked once for each that arrives, before `handle` has it. Never throws. */
  read(text: string): Reading;
  handle(input: SessionInput, now: Millis): readonly SessionEffect[];
  /** When it wants a `tick`; null for never. */
  deadline(): Millis | null;
  /** Whether something is under way: a reply that is waited for. */
  isBusy(): boolean;
  /** The device is gone: nothing may keep the process alive. */
  stop?(): void;
}

/** What `defineAdapter` takes. */
export interface AdapterDefinition {
  readonly name: string;
  /** One sentence for `call-probe list adapters`. */
  readonly doc: string;
  /** What differs from the standard; see `STANDARD_TRAITS`. */
  readonly traits?: Partial<Traits>;
  /** How the target calls a user of this run; his name where it is left out. */
  identify?(user: string, context: { readonly run: string; readonly credentials: Readonly<Record<string, string>> }): string;
  /** The role of a user, of those in `traits.roles`; null for none. */
  roleOf?(user: string, context: { readonly credentials: Readonly<Record<string, string>> }): string | null;
  /** How the target calls the group in whose name a user is called: all of its users ring, and one of them answers. Null for none. */
  groupOf?(
    user: string,
    context: { readonly run: string; readonly credentials: Readonly<Record<string, string>> },
  ): string | null;
  /** Done before each connection, such as fetching a token; what it resolves to is given to `connect` and `session`. Rejects with a sentence. */
  prepare?(
    agent: AdapterAgent,
    http: (request: HttpRequest) => Promise<HttpResponse>,
  ): Promise<Readonly<Record<string, unknown>>>;
  connect(agent: AdapterAgent, prepared: Readonly<Record<string, unknown>>): ConnectionSpec;
  /** A new device; `prepared` gives what the last `prepare` resolved to. */
  session(agent: AdapterAgent, prepared: () => Readonly<Record<string, unknown>>): AdapterSession;
}

export interface Adapter extends Required<Omit<AdapterDefinition, 'traits'>> {
  readonly traits: Traits;
}

/** Makes an adapter of its definition: fills in what is left out. Throws a TypeError that names what is missing or wrong. */
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

/** The traits of a target for one user: those of his role, and of the target where it has none. */
export function traitsFor({ traits, roleOf }: Adapter, user: string, credentials: Readonly<Record<string, string>>): Traits {
  const role = roleOf(user, { credentials });
  return role === null ? traits : { ...traits, ...traits.roles[role] };
}

/** Whether a value is what `defineAdapter` makes, as far as can be seen. */
export function isAdapter(value: unknown): value is Adapter {
  if (typeof value !== 'object' || value === null) return false;
  const has = (member: string): boolean => typeof (value as Record<string, unknown>)[member] === 'function';
  return 'traits' in value && 'name' in value && ['identify', 'prepare', 'connect', 'session'].every(has);
}
