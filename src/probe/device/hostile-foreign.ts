/** A hostile agent at a foreign target: an adapter's session without a client, which logs in, overhears calls and forges messages. */
import type { CallAction } from '../../protocol/actions.js';
import type { SessionDescription } from '../../protocol/media.js';
import type { Adapter, AdapterSession, CallHandle, Outgoing, SessionAction, SessionEffect } from '../adapter/port.js';
import { SECRET_NAME } from '../adapter/secret-names.js';
import { fetchHttp } from '../links/http.js';
import type { SocketSettings } from '../links/transport.js';
import type { Clock } from '../runtime/ports.js';
import { type AgentOptions, agentOf, openForeign, passingOf } from './foreign.js';
import type { Forged, ForgedAction, Forgery, HostileMessage, HostileProtocol } from './hostile-protocol.js';

export interface ForeignHostileOptions extends AgentOptions {
  readonly adapter: Adapter;
  readonly socket: SocketSettings;
  readonly clock: Clock;
}

/** `Authorization: Digest ...`: a line of a text protocol, up to its value. */
const SECRET_LINE = new RegExp(`^([\\w-]*(?:${SECRET_NAME.source})[\\w-]*\\s*[:=]\\s*)\\S.*$`, 'gim');

/** Enough for a server that only passes descriptions on. */
const SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n';
const SAYS_HELLO = 'hello';

export function foreignProtocol(options: ForeignHostileOptions): HostileProtocol {
  const { adapter, socket, clock, book } = options;
  const { traits } = adapter;
  const agent = agentOf(options, () => undefined);
  const handles = new Map<string, CallHandle>();
  let prepared: Readonly<Record<string, unknown>> = {};
  const session: AdapterSession = adapter.session(agent, () => prepared);
  /** Messages of the log-in that wait until the agent wants to log in. */
  let held: Outgoing[] = [];
  let wantsIn = false;
  let isIn = false;
  let failure: string | null = null;
  let hello: HostileMessage | null = null;
  let sent = 0;

  const messageOf = (message: Outgoing, call: string | null): HostileMessage => ({
    text: message.text,
    wire: passingOf(message, call, book).wire,
  });

  /** Performs what concerns the log-in; returns what is to be sent. */
  const sendsOf = (effects: readonly SessionEffect[]): Outgoing[] =>
    effects.flatMap((effect): Outgoing[] => {
      if (effect.type === 'logged-in') isIn = true;
      else if (effect.type === 'login-failed') failure = effect.message;
      else if (effect.type === 'known-as') book.knownAs(agent.user, effect.address);
      return effect.type === 'send' ? [effect.message] : [];
    });

  /** Without a log-in its messages are held back; those of the transport itself are not. */
  const released = (messages: readonly Outgoing[], isTransport: boolean): HostileMessage[] => {
    const isFree = (message: Outgoing): boolean => wantsIn || isTransport || message.kind !== SAYS_HELLO;
    held.push(...messages.filter((message) => !isFree(message)));
    return messages.filter(isFree).map((message) => {
      const whole = messageOf(message, null);
      if (message.kind === SAYS_HELLO && !isTransport) hello = whole;
      return whole;
    });
  };

  return {
    async connect(sink) {
      prepared = await adapter.prepare(agent, (request) => fetchHttp(request, socket));
      wantsIn = false;
      isIn = false;
      failure = null;
      held = [];
      session.handle({ type: 'closed' }, clock.now());
      return openForeign(adapter.connect(agent, prepared), traits.loginMs, sink, socket);
    },
    opened: () => released(sendsOf(session.handle({ type: 'opened' }, clock.now())), false),
    arrived(text) {
      const reading = session.read(text);
      const call = reading.wire === null ? null : book.byWire(reading.wire);
      const sends = sendsOf(session.handle({ type: 'message', text }, clock.now()));
      return { wire: passingOf(reading, call, book).wire, replies: released(sends, reading.kind.startsWith('noise:')) };
    },
    sent() {
      sent += 1;
    },
    logIn() {
      wantsIn = true;
      return released(held.splice(0), false);
    },
    get login() {
      return { isOver: isIn || failure !== null, failure: isIn ? null : failure };
    },
    loginMs: traits.loginMs,
    get nextSeq() {
      return sent + 1;
    },
    raw: (text) => ({ text, wire: { kind: 'unreadable', call: null, seq: null, frame: text } }),
    again(message) {
      // A log-in with the name of somebody else would take his place, at a target that admits by name.
      if (message.kind === SAYS_HELLO) return hello;
      const text = withoutSecrets(message.text);
      const { kind, call, name, frame, carries } = message;
      const more = { ...(name === undefined ? {} : { name }), ...(carries === undefined ? {} : { carries }) };
      return { text, wire: { kind, call, seq: null, frame: frame ?? text, ...more } };
    },
    numbered: (message) => message,
    broken({ wire }, text, summary) {
      const { kind, call, name = kind } = wire;
      return { text, wire: { kind, call, seq: null, name: `${name}, ${summary}`, frame: text } };
    },
    newCall: (callee) => book.begin(agent.user, callee),
    forge: (forgery) => forge(forgery),
    has: (dir, kind) => hasKind(traits.kinds, dir, kind),
    endsWithError: false,
    stop: () => session.stop?.(),
  };

  function forge({ action, call, callee }: Forgery): Forged {
    if (action !== 'ring' && !traits.verbs.includes(action)) return { missing: 'action', why: `the target has no "${action}"` };
    try {
      if (action !== 'call' && call.announcements.length === 0 && !handles.has(call.id))
        return { missing: 'call', why: 'there is no such call yet' };
      const handle = action === 'call' ? called(call.id, callee) : overheard(call.id, call.caller, call.announcements);
      if (handle === null) return { missing: 'action', why: 'its app knows only calls that are for it' };
      const sends = sendsOf(session.handle({ type: 'deed', deed: actionOf(action, handle) }, clock.now()));
      if (sends.length === 0) return { missing: 'action', why: `the target has no message for "${action}"` };
      return { messages: sends.map((message) => messageOf(message, call.id)) };
    } catch (error) {
      return { missing: 'action', why: error instanceof Error ? error.message : String(error) };
    }
  }

  function called(id: string, callee: string | null): CallHandle {
    const handle: CallHandle = { key: `forged-${id}-${handles.size}`, id, side: 'caller', peer: callee };
    handles.set(id, handle);
    return handle;
  }

  /** The call as the callee's app knows it, from the messages that announced it there. */
  function overheard(id: string, caller: string | null, announcements: readonly string[]): CallHandle | null {
    const known = handles.get(id);
    if (known !== undefined) return known;
    let key: string | null = null;
    for (const text of announcements) {
      for (const effect of session.handle({ type: 'message', text: withoutSecrets(text) }, clock.now()))
        if (effect.type === 'heard' && effect.heard.event === 'incoming') key = effect.heard.key;
    }
    if (key === null) return null;
    const handle: CallHandle = { key, id, side: 'callee', peer: caller };
    handles.set(id, handle);
    return handle;
  }

  function actionOf(action: ForgedAction, call: CallHandle): SessionAction {
    if (action === 'ring') return { verb: 'ring', call };
    if (action === 'call' || action === 'accept') return { verb: action, call, description: descriptionOf(action) };
    return { verb: action, call };
  }

  function descriptionOf(action: CallAction): SessionDescription | null {
    const { media } = traits;
    if (media === null) return null;
    const isSide = media.offers === 'both' || media.offers === (action === 'call' ? 'caller' : 'callee');
    const isOffer = isSide && (media.when === action || (media.offers === 'both' && media.when === 'call'));
    const isAnswer = action === 'accept' && media.offers === 'caller' && media.when === 'call';
    return isOffer ? { type: 'offer', sdp: SDP } : isAnswer ? { type: 'answer', sdp: SDP } : null;
  }
}

/** Whether a target has messages of such a kind; null if nobody knows. */
function hasKind(kinds: Adapter['traits']['kinds'], dir: 'in' | 'out', kind: string): boolean | null {
  if (kinds === null) return null;
  return (dir === 'out' ? kinds.sends : kinds.receives).some((one) => one === kind || one.startsWith(`${kind}.`));
}

/** A message without the values of keys that name a secret; its own text if it has none. */
function withoutSecrets(text: string): string {
  const prefix = /^\d[^[{"]*/.exec(text)?.[0] ?? '';
  try {
    let isChanged = false;
    const value: unknown = JSON.parse(text.slice(prefix.length), (key, part: unknown) => {
      if (!SECRET_NAME.test(key) || (typeof part !== 'string' && typeof part !== 'number')) return part;
      isChanged = true;
      return typeof part === 'string' ? 'unknown' : 0;
    });
    return isChanged ? `${prefix}${JSON.stringify(value)}` : text;
  } catch {
    return text.replace(SECRET_LINE, '$1unknown');
  }
}
