/** One device's side of a target's protocol, as a dialect describes it: log-in, actions, replies, and meanings of messages. */

import type {
  AdapterAgent,
  AdapterSession,
  HttpResponse,
  Outgoing,
  Reading,
  SessionAction,
  SessionEffect,
  SessionInput,
} from '../../probe/adapter/port.js';
import { isEndingAction } from '../../protocol/actions.js';
import { earliest } from '../../protocol/deadlines.js';
import type { Millis } from '../../protocol/machine.js';
import { PARTIAL_MESSAGE } from '../../protocol/message-kinds.js';
import type { Addresses } from './addresses.js';
import { partOf } from './agent-values.js';
import { type Codec, type Decoded, JSON_CODEC } from './codec.js';
import type { ActionRequest, Dialect, Part, Rule, Send } from './dialect.js';
import type { SessionCall } from './meaning.js';
import { type Locals, Memory } from './memory.js';
import { Parts } from './parts.js';
import { elementsOf, Reader } from './reading.js';
import { requestOf } from './requests.js';
import { NoValue, required } from './required.js';
import { Rules } from './rules.js';
import { Scripts } from './scripts.js';
import { SocketIoCodec } from './socket-io.js';
import { type Taken, take } from './taking.js';
import { fill } from './template.js';
import { clean } from './words.js';

type Message = Extract<Decoded, { type: 'message' }>;

const NO_LOCALS: Locals = new Map();
const UNNAMED_MAX = 64;

export class DialectSession implements AdapterSession {
  readonly #dialect: Dialect;
  readonly #codec: Codec;
  readonly #part: Part;
  readonly #memory: Memory;
  readonly #scripts: Scripts;
  readonly #parts: Parts;
  readonly #rules: Rules;
  readonly #reader: Reader;
  #effects: SessionEffect[] = [];
  #wasOnline = false;
  #keepaliveAt: Millis | null = null;
  /** Actions that wait for the id of their call. */
  #unnamed: { readonly action: SessionAction; readonly call: SessionCall }[] = [];

  constructor(dialect: Dialect, agent: AdapterAgent, prepared: () => Readonly<Record<string, unknown>>, addresses: Addresses) {
    const emit = (effect: SessionEffect): void => {
      this.#effects.push(effect);
    };
    this.#dialect = dialect;
    this.#codec = dialect.transport === 'websocket' ? JSON_CODEC : new SocketIoCodec(dialect.connect.namespace);
    this.#part = partOf(dialect, agent);
    this.#memory = new Memory(dialect, agent, prepared, addresses, emit);
    this.#rules = new Rules(this.#part.receive, this.#memory);
    this.#parts = new Parts(this.#part.together);
    this.#scripts = new Scripts(
      dialect,
      this.#memory,
      (...args) => this.#write(...args),
      (...args) => this.#ask(...args),
      emit,
      (now) => this.#loggedIn(now),
    );
    this.#reader = new Reader(dialect, this.#memory, this.#scripts, this.#parts, this.#rules);
  }

  read(text: string): Reading {
    const decoded = this.#codec.decode(text, () => undefined);
    return decoded.type === 'message' ? this.#reader.message(decoded) : this.#reader.packet(decoded, this.#part.login);
  }

  readResponse(id: number, response: HttpResponse): Reading {
    return this.#reader.answer(id, response);
  }

  handle(input: SessionInput, now: Millis): readonly SessionEffect[] {
    this.#effects = [];
    switch (input.type) {
      case 'opened':
        this.#reset();
        this.#memory.connected();
        if (this.#codec.isJoinedAtOnce) this.#logIn(now);
        break;
      case 'closed':
        this.#reset();
        break;
      case 'message':
        this.#message(input.text, now);
        break;
      case 'response':
        this.#scripts.respond(input.id, input.response, input.error, now);
        this.#catchUp(now);
        break;
      case 'deed':
        this.#action(input.deed, now);
        break;
      case 'tick':
        this.#scripts.tick(now);
        this.#keepAlive(now);
        break;
    }
    for (const { message, call } of this.#parts.missing(now))
      this.#effects.push({ type: 'violation', code: PARTIAL_MESSAGE, message, key: call?.key ?? null });
    return this.#effects;
  }

  deadline(): Millis | null {
    return earliest([...this.#scripts.deadlines, this.#keepaliveAt, this.#parts.deadline]);
  }

  isBusy(): boolean {
    return this.#scripts.isBusy;
  }

  #reset(): void {
    this.#memory.forgetConnection();
    this.#parts.forgetConnection();
    this.#scripts.reset();
    this.#keepaliveAt = null;
  }

  #logIn(now: Millis): void {
    const { login, relogin } = this.#part;
    this.#scripts.start('log-in', this.#wasOnline ? (relogin ?? login) : login, null, NO_LOCALS, [], now);
  }

  #loggedIn(now: Millis): void {
    this.#wasOnline = true;
    if (this.#dialect.keepalive !== null) this.#keepaliveAt = now + this.#dialect.keepalive.everyMs;
    this.#effects.push({ type: 'logged-in' });
  }

  #keepAlive(now: Millis): void {
    const { keepalive } = this.#dialect;
    if (this.#keepaliveAt === null || this.#keepaliveAt > now || keepalive === null) return;
    this.#keepaliveAt = now + keepalive.everyMs;
    this.#orReport(null, () => {
      const tx = required(this.#dialect.transactions.id, this.#memory.scope(null));
      this.#write(keepalive.send, 'ping', null, new Map([['tx', tx]]), [], null);
    });
  }

  #message(text: string, now: Millis): void {
    const { auth, namespace } = this.#dialect.connect;
    const decoded = this.#codec.decode(text, () => (auth === null ? undefined : fill(auth, this.#memory.scope(null))));
    switch (decoded.type) {
      case 'control': {
        const isOpen = decoded.name === 'open';
        if (decoded.say !== null) this.#put(decoded.say, isOpen ? 'hello' : 'noise:pong', isOpen ? 'connect' : 'pong', null);
        return;
      }
      case 'joined':
        return this.#logIn(now);
      case 'refused':
        return this.#scripts.failLogIn(`the server refused the namespace ${namespace}: ${clean(decoded.message)}`);
      case 'left':
        this.#effects.push({ type: 'close' });
        return;
      case 'unreadable':
        this.#effects.push({
          type: 'violation',
          code: 'unreadable',
          message: `unreadable message: ${decoded.why}`,
          key: null,
        });
        return;
      case 'message':
        this.#scripts.take(decoded.document, decoded.answers, this.#reader.nameOf(decoded.document), now);
        for (const rule of this.#rules.fitting(decoded.document)) this.#apply(rule, decoded, now);
        this.#catchUp(now);
    }
  }

  /** Performs actions that waited for the id of their call. */
  #catchUp(now: Millis): void {
    const waited = this.#unnamed;
    this.#unnamed = waited.filter(({ call }) => call.wire === null && call.isLive);
    for (const { action, call } of waited) if (call.wire !== null && call.isLive) this.#action(action, now);
  }

  #apply(rule: Rule, { document, ackId }: Message, now: Millis): void {
    const locals = new Map<string, unknown>();
    let call: SessionCall | null = null;
    for (const element of elementsOf(rule, document)) {
      const taken = take(rule.take, document, this.#rules.scope(rule, document, element), element);
      const { meant, means, values, about } = this.#reader.understood(rule, taken);
      call = meant.call;
      if (meant.isNew && call !== null) this.#memory.arrived(call);
      // An earlier part of an incoming call may have stored values for it.
      this.#memory.remember({ ...taken, values }, call);
      if (rule.part !== null) this.#parts.add(rule.part, taken.values, about, call, now);
      const isAnswered = means.includes('accepted') && call?.group != null && call.address === null;
      if (isAnswered && call !== null && meant.from !== null) this.#memory.answeredBy(call, meant.from);
      for (const [name, value] of values) locals.set(name, value);
      for (const heard of meant.heard) {
        if (heard.event === 'ended' && call !== null) call.isLive = false;
        this.#effects.push({ type: 'heard', heard });
      }
      if (means.includes('error')) this.#targetError(taken, call);
    }
    const { reply } = rule;
    if (reply !== null) this.#orReport(call, () => this.#write(reply, 'ack', call, locals, [], null));
    if (rule.ack !== null && ackId !== null) {
      const args = rule.ack.map((arg) => fill(arg, this.#memory.scope(call, locals)) ?? null);
      this.#put(this.#codec.ack(ackId, args), 'ack', 'ack', { event: 'ack', args }, call);
    }
  }

  /** Runs a part, and reports a template in it that has no value. */
  #orReport<T>(call: SessionCall | null, part: () => T): T | null {
    try {
      return part();
    } catch (error) {
      if (!(error instanceof NoValue)) throw error;
      this.#memory.lacks(error, call);
      return null;
    }
  }

  #targetError({ values }: Taken, call: SessionCall | null): void {
    const said = clean(String(values.get('error') ?? 'without a reason'));
    if (this.#scripts.logIn !== null) return this.#scripts.failLogIn(`the server refused the log-in: ${said}`);
    this.#effects.push({
      type: 'violation',
      code: 'target-error',
      message: `the server reports an error: ${said}`,
      key: call?.key ?? null,
    });
  }

  #action(action: SessionAction, now: Millis): void {
    const { verb } = action;
    const call = this.#orReport(null, () => this.#memory.callFor(action.call, verb === 'call'));
    if (call === null) return;
    // A candidate cannot be assigned before the server has given the call its id, and an app whose call is under way waits for it.
    const isUnnamed = this.#dialect.callId.from === 'server' && call.wire === null;
    if (isUnnamed && (verb === 'candidate' || (verb !== 'call' && this.#scripts.isCalling(call)))) {
      if (this.#unnamed.length < UNNAMED_MAX) this.#unnamed.push({ action, call });
      return;
    }
    const steps = this.#part.actions.get(verb);
    if (isEndingAction(verb)) call.isLive = false;
    if (steps === undefined) return;
    const locals = new Map<string, unknown>();
    const carries: Outgoing['carries'][number][] = [];
    if ('description' in action && action.description !== null) {
      const { type, sdp } = action.description;
      locals.set('sdp', sdp).set('description', { type, sdp });
      carries.push({ what: type, text: sdp });
    }
    if (verb === 'candidate') {
      const { candidate, sdpMid } = action;
      locals.set('candidate', candidate).set('mid', sdpMid);
      locals.set('candidateInit', { candidate, sdpMid, sdpMLineIndex: 0 });
      carries.push({ what: 'candidate', text: candidate });
    }
    this.#scripts.start(verb, steps, call, locals, carries, now);
  }

  #write(
    send: Send,
    kind: string,
    call: SessionCall | null,
    locals: Locals,
    carries: Outgoing['carries'],
    tx: string | null,
  ): void {
    const used = new Set<string>();
    const scope = this.#memory.scope(call, locals, (name) => used.add(name));
    let text: string;
    let document: unknown;
    if ('message' in send) {
      document = required({ template: send.message, place: send.place }, scope);
      text = this.#codec.message(document);
    } else {
      const args = send.args.map((arg) => fill(arg, scope) ?? null);
      document = { event: send.event, args };
      text = this.#codec.event(send.event, args, tx === null ? null : Number(tx));
    }
    this.#put(text, kind, this.#reader.nameOf(document), document, call, carriedBy(carries, used));
  }

  #ask(
    id: number,
    http: ActionRequest,
    kind: string,
    call: SessionCall | null,
    locals: Locals,
    carries: Outgoing['carries'],
  ): void {
    const used = new Set<string>();
    const request = requestOf(
      http,
      this.#memory.scope(call, locals, (name) => used.add(name)),
    );
    const { method, url, body } = request;
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    const frame = { method, path: URL.canParse(url) ? new URL(url).pathname : '', ...(body === undefined ? {} : { body }) };
    const message = {
      ...{ kind, name: http.name, key: call?.key ?? null, wire: call?.wire ?? null, frame, text },
      carries: carriedBy(carries, used),
    };
    this.#effects.push({ type: 'request', id, request, message });
  }

  #put(
    text: string,
    kind: string,
    name: string,
    frame: unknown,
    call: SessionCall | null = null,
    carries: Outgoing['carries'] = [],
  ): void {
    const message: Outgoing = { kind, name, key: call?.key ?? null, wire: call?.wire ?? null, frame, carries, text };
    this.#effects.push({ type: 'send', message });
  }
}

/** Only some of the messages of one action carry the description. */
function carriedBy(carries: Outgoing['carries'], used: ReadonlySet<string>): Outgoing['carries'] {
  const names = (what: Outgoing['carries'][number]['what']): string[] =>
    what === 'candidate' ? ['candidate', 'candidateInit'] : ['sdp', 'description'];
  return carries.filter(({ what }) => names(what).some((name) => used.has(name)));
}
