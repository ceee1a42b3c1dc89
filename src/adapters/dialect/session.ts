/** One device's side of a target's protocol, as a dialect tells it: log-in, actions, replies, and what messages mean. */
import type {
  AdapterAgent,
  AdapterSession,
  CallHandle,
  Deed,
  Outgoing,
  Reading,
  SessionEffect,
  SessionInput,
} from '../../probe/adapter/port.js';
import type { Millis } from '../../protocol/machine.js';
import { agentValues, member, outsideValue, partOf, scopeOf } from './agent-values.js';
import { type Codec, createCodec, type Decoded } from './codec.js';
import { conditionText, holds } from './condition.js';
import type { Dialect, ErrorReply, Part, Rule, ScriptStep, Send } from './dialect.js';
import type { FunctionWorld } from './functions.js';
import { OUTGOING_KIND } from './kinds.js';
import { type Meant, meaningOf, type SessionCall } from './meaning.js';
import { all, at } from './path.js';
import type { DeedName } from './schema.js';
import { idIn, type Taken, take } from './taking.js';
import { fill, type Scope, type Template } from './template.js';

/** Calls that a session remembers. */
const CALLS_MAX = 64;
const SEEN_MAX = 6;

/** Steps on their way: the log-in, or what one action takes. */
interface Running {
  readonly what: 'log-in' | DeedName;
  readonly steps: readonly ScriptStep[];
  readonly call: SessionCall | null;
  readonly locals: ReadonlyMap<string, unknown>;
  readonly carries: Outgoing['carries'];
  index: number;
  /** Until when it waits for the reply or the message of its present step; null when it does not. */
  until: Millis | null;
}

/** A transaction without its result. */
interface Open {
  readonly tx: string;
  readonly running: Running;
  readonly step: ScriptStep;
  readonly until: Millis;
  readonly waits: boolean;
}

export interface SessionWorld {
  /** Milliseconds since the epoch. */
  wall(): number;
}

export class DialectSession implements AdapterSession {
  readonly #codec: Codec;
  readonly #part: Part;
  readonly #world: FunctionWorld;
  readonly #agent: Map<string, unknown>;
  readonly #connection = new Map<string, unknown>();
  readonly #calls: SessionCall[] = [];
  #effects: SessionEffect[] = [];
  #running: Running[] = [];
  #open: Open[] = [];
  #wasOnline = false;
  #keepaliveAt: Millis | null = null;
  #arrivals = 0;
  #acks = 0;
  /** Names of what came since the log-in began, for the sentence about what did not. */
  #seen: string[] = [];

  constructor(
    readonly dialect: Dialect,
    readonly agent: AdapterAgent,
    readonly prepared: () => Readonly<Record<string, unknown>>,
    world: SessionWorld,
  ) {
    this.#codec = createCodec(dialect.transport, dialect.connect.namespace);
    this.#part = partOf(dialect, agent);
    this.#world = { rng: agent.rng, wall: () => world.wall(), counters: new Map() };
    this.#agent = agentValues(dialect, agent, agent.url, () => world.wall());
  }

  read(text: string): Reading {
    const decoded = this.#codec.decode(text, () => undefined);
    switch (decoded.type) {
      case 'control':
        return reading(`noise:${decoded.name}`, decoded.name, text.slice(0, 1));
      case 'joined':
        return reading(
          this.#part.login.every(({ expect, reply }) => expect === null && reply === null) ? 'welcome' : 'result.ok',
          'connect',
          decoded.document,
        );
      case 'refused':
        return reading('error', 'connect_error', { message: decoded.message });
      case 'left':
        return reading('noise:disconnect', 'disconnect', null);
      case 'unreadable':
        return reading('raw:unreadable', 'unreadable', null);
      case 'message':
        return this.#reading(decoded);
    }
  }

  handle(input: SessionInput, now: Millis): readonly SessionEffect[] {
    this.#effects = [];
    switch (input.type) {
      case 'opened':
        this.#reset();
        if (this.#codec.isJoinedAtOnce) this.#logIn(now);
        break;
      case 'closed':
        this.#reset();
        break;
      case 'message':
        this.#message(input.text, now);
        break;
      case 'deed':
        this.#deed(input.deed, now);
        break;
      case 'tick':
        this.#tick(now);
        break;
    }
    return this.#effects;
  }

  deadline(): Millis | null {
    const all = [this.#keepaliveAt, ...this.#running.map(({ until }) => until), ...this.#open.map(({ until }) => until)];
    const set = all.filter((until) => until !== null);
    return set.length === 0 ? null : Math.min(...set);
  }

  isBusy(): boolean {
    return this.#open.length > 0 || this.#running.length > 0;
  }

  #reset(): void {
    this.#connection.clear();
    this.#running = [];
    this.#open = [];
    this.#keepaliveAt = null;
    this.#seen = [];
  }

  #logIn(now: Millis): void {
    const steps = this.#wasOnline ? (this.#part.relogin ?? this.#part.login) : this.#part.login;
    this.#start('log-in', steps, null, new Map(), [], now);
  }

  #message(text: string, now: Millis): void {
    const auth = (): unknown =>
      this.dialect.connect.auth === null ? undefined : fill(this.dialect.connect.auth, this.#scope(null));
    const decoded = this.#codec.decode(text, auth);
    switch (decoded.type) {
      case 'control':
        if (decoded.say !== null)
          this.#raw(
            decoded.say,
            decoded.name === 'open' ? 'hello' : `noise:${decoded.name}`,
            decoded.name === 'open' ? 'connect' : 'pong',
          );
        return;
      case 'joined':
        return this.#logIn(now);
      case 'refused':
        this.#effects.push({
          type: 'login-failed',
          message: `the server refused the connection to the namespace ${this.dialect.connect.namespace}: ${clean(decoded.message)}`,
        });
        return;
      case 'left':
        this.#effects.push({ type: 'close' });
        return;
      case 'unreadable':
        this.#violation('unreadable', `a message can't be read: ${decoded.why}`, null);
        return;
      case 'message':
        return this.#take(decoded, now);
    }
  }

  #take(message: Extract<Decoded, { type: 'message' }>, now: Millis): void {
    const { document } = message;
    if (this.#seen.length < SEEN_MAX) this.#seen.push(this.#nameOf(document));
    const answered = this.#answered(message);
    if (answered !== null) this.#reply(answered, document, now);
    for (const running of [...this.#running]) this.#expected(running, document, now);
    for (const rule of this.#rules(document)) this.#apply(rule, message);
  }

  /** The open transaction that a message belongs to. */
  #answered({ document, answers }: Extract<Decoded, { type: 'message' }>): Open | null {
    const { path } = this.dialect.transactions;
    const said = answers ?? (path === null ? undefined : at(path, document));
    return said === undefined ? null : (this.#open.find(({ tx }) => tx === String(said)) ?? null);
  }

  #reply(open: Open, document: unknown, now: Millis): void {
    const { transactions } = this.dialect;
    const { reply } = open.step;
    const scope = this.#scope(open.running.call, open.running.locals);
    const error = reply?.error ?? transactions.error;
    if (error !== null && holds(error.when, document, scope)) {
      this.#close(open);
      return this.#refused(open.running, error, document, open.step.place);
    }
    const ok = reply?.ok ?? transactions.ok;
    if (ok !== null && !holds(ok, document, scope)) return;
    this.#close(open);
    this.#remember(take(reply?.take ?? [], document, scope), open.running.call, true);
    if (open.waits) this.#advance(open.running, now);
  }

  #close(open: Open): void {
    this.#open = this.#open.filter((one) => one !== open);
  }

  #expected(running: Running, document: unknown, now: Millis): void {
    const step = running.steps[running.index];
    const expect = step?.expect;
    if (expect == null || step === undefined || running.until === null) return;
    const scope = this.#scope(running.call, running.locals);
    if (expect.error !== null && holds(expect.error.when, document, scope))
      return this.#refused(running, expect.error, document, step.place);
    if (!holds(expect.when, document, scope)) return;
    this.#remember(take(expect.take, document, scope), running.call, true);
    this.#advance(running, now);
  }

  /** A step was answered with an error: the log-in fails, a call ends. */
  #refused(running: Running, error: ErrorReply, document: unknown, place: string): void {
    this.#drop(running);
    const text = error.text === null ? undefined : at(error.text, document);
    const code = error.code === null ? undefined : at(error.code, document);
    const said =
      clean(
        [code, text]
          .filter((part) => part !== undefined)
          .map(String)
          .join(' '),
      ) || 'it gives no reason';
    if (running.what === 'log-in') {
      this.#effects.push({ type: 'login-failed', message: `the server refused the log-in: ${said} (${place})` });
      return;
    }
    const { call } = running;
    this.#violation('refused', `"${running.what}" was refused: ${said} (${place})`, call?.key ?? null);
    if (running.what !== 'call' && running.what !== 'accept') return;
    const reason = error.ends.get(String(code)) ?? error.ends.get('default') ?? 'server-error';
    this.#heardEnd(call, reason);
  }

  #heardEnd(call: SessionCall | null, reason: 'server-error' | null | NonNullable<Reading['reason']>): void {
    if (call !== null) call.isLive = false;
    this.#effects.push({ type: 'heard', heard: { event: 'ended', key: call?.key ?? null, reason } });
  }

  #rules(document: unknown): Rule[] {
    const found: Rule[] = [];
    for (const rule of this.#part.receive) {
      if (!holds(rule.when, document, this.#scope(null))) continue;
      found.push(rule);
      if (!rule.continues) break;
    }
    return found;
  }

  #apply(rule: Rule, { document, ackId }: Extract<Decoded, { type: 'message' }>): void {
    const elements = rule.each === null ? [document] : allOf(rule, document);
    let call: SessionCall | null = null;
    const locals = new Map<string, unknown>();
    for (const element of elements) {
      const taken = take(rule.take, document, this.#scope(null), element);
      const meant = this.#meaning(rule, taken);
      call = meant.call;
      if (meant.isNew && call !== null) this.#add(call);
      if (meant.isNew) this.#arrivals++;
      this.#remember(taken, call, true);
      for (const [name, value] of taken.values) locals.set(name, value);
      for (const heard of meant.heard) {
        if (heard.event === 'ended' && call !== null) call.isLive = false;
        this.#effects.push({ type: 'heard', heard });
      }
      if (rule.means.includes('error')) this.#targetError(taken, call);
    }
    if (rule.reply !== null) this.#send({ message: rule.reply }, 'ack', call, locals, [], null);
    if (rule.ack !== null && ackId !== null) {
      const args = rule.ack.map((arg) => fill(arg, this.#scope(call, locals)) ?? null);
      this.#raw(this.#codec.ack(ackId, args), 'ack', 'ack', { event: 'ack', args });
    }
  }

  #targetError({ values }: Taken, call: SessionCall | null): void {
    const said = clean(String(values.get('error') ?? 'it gives no reason'));
    const logIn = this.#running.find(({ what }) => what === 'log-in');
    if (logIn === undefined) return this.#violation('target-error', `the server reports an error: ${said}`, call?.key ?? null);
    this.#drop(logIn);
    this.#effects.push({ type: 'login-failed', message: `the server refused the log-in: ${said}` });
  }

  #meaning(rule: Rule, { values }: Taken): Meant {
    const wire = idIn(values, 'call.id');
    const from = idIn(values, 'from');
    return meaningOf(rule, values, {
      wire,
      from,
      call: this.#callOf(wire, from),
      offers: this.dialect.media?.offers ?? 'caller',
      nextKey: `in-${this.#arrivals + 1}`,
      userAt: (address) => this.agent.userAt(address),
    });
  }

  /** The call that a message is about: by its id, else by who sent it; null where neither is known. */
  #callOf(wire: string | null, from: string | null): SessionCall | null {
    if (wire !== null) return this.#calls.findLast((call) => call.wire === wire) ?? null;
    const live = this.#calls.filter((call) => call.isLive);
    if (from === null) return live.at(-1) ?? null;
    const user = this.agent.userAt(from);
    return live.findLast((call) => call.address === from || (user !== null && call.peer === user)) ?? null;
  }

  #add(call: SessionCall): void {
    this.#calls.push(call);
    if (this.#calls.length > CALLS_MAX) this.#calls.shift();
  }

  /** Keeps what was taken, each value in its scope. */
  #remember({ values, missing }: Taken, call: SessionCall | null, tells: boolean): void {
    if (tells) for (const sentence of missing) this.#violation('mapping', sentence, call?.key ?? null);
    for (const [name, value] of values) {
      const [scope = '', key = ''] = name.split('.');
      if (name === 'agent.id') {
        this.#agent.set('id', value);
        this.#effects.push({ type: 'known-as', address: String(value) });
      } else if (name === 'call.id') this.#named(call, String(value));
      else if (scope === 'agent') this.#agent.set(key, value);
      else if (scope === 'connection') this.#connection.set(key, value);
      else if (scope === 'call') call?.values.set(key, value);
    }
  }

  #named(call: SessionCall | null, wire: string): void {
    if (call === null || call.wire === wire) return;
    call.wire ??= wire;
    this.#effects.push({ type: 'heard', heard: { event: 'named', key: call.key, wire } });
  }

  #deed(deed: Deed, now: Millis): void {
    const { verb } = deed;
    const call = this.#callFor(deed.call, verb === 'call');
    const steps = this.#part.actions.get(verb);
    if (steps === undefined) return;
    const locals = new Map<string, unknown>();
    const carries: Outgoing['carries'][number][] = [];
    if ('description' in deed && deed.description !== null) {
      const { type, sdp } = deed.description;
      locals.set('sdp', sdp).set('description', { type, sdp });
      carries.push({ what: type, text: sdp });
    }
    if (verb === 'candidate') {
      const { candidate, sdpMid } = deed;
      locals.set('candidate', candidate).set('mid', sdpMid);
      locals.set('candidateInit', { candidate, sdpMid, sdpMLineIndex: 0 });
      carries.push({ what: 'candidate', text: candidate });
    }
    if (verb === 'reject' || verb === 'cancel' || verb === 'hang up') call.isLive = false;
    this.#start(verb, steps, call, locals, carries, now);
  }

  /** The session's own entry of a call. */
  #callFor(handle: CallHandle, isNew: boolean): SessionCall {
    const known = this.#calls.findLast(({ key }) => key === handle.key);
    if (known !== undefined) return known;
    const call: SessionCall = {
      key: handle.key,
      probeId: handle.id,
      wire: null,
      address: null,
      peer: handle.peer,
      side: handle.side,
      values: new Map(),
      isLive: true,
    };
    this.#add(call);
    const { from, make } = this.dialect.callId;
    if (isNew && from === 'caller') this.#named(call, make === null ? handle.id : String(fill(make, this.#scope(call))));
    return call;
  }

  #start(
    what: Running['what'],
    steps: readonly ScriptStep[],
    call: SessionCall | null,
    locals: ReadonlyMap<string, unknown>,
    carries: Outgoing['carries'],
    now: Millis,
  ): void {
    const running: Running = { what, steps, call, locals, carries, index: -1, until: null };
    this.#running.push(running);
    this.#advance(running, now);
  }

  #drop(running: Running): void {
    this.#running = this.#running.filter((one) => one !== running);
    this.#open = this.#open.filter((one) => one.running !== running);
  }

  /** Does the steps that follow, up to the next one that waits. */
  #advance(running: Running, now: Millis): void {
    running.until = null;
    for (running.index++; running.index < running.steps.length; running.index++) {
      const step = running.steps[running.index];
      if (step === undefined) break;
      if (step.only !== null && !holds(step.only, {}, this.#scope(running.call, running.locals))) continue;
      if (this.#step(running, step, now)) return;
    }
    this.#running = this.#running.filter((one) => one !== running);
    if (running.what !== 'log-in') return;
    this.#wasOnline = true;
    if (this.dialect.keepalive !== null) this.#keepaliveAt = now + this.dialect.keepalive.everyMs;
    this.#effects.push({ type: 'logged-in' });
  }

  /** Whether the step waits for something. */
  #step(running: Running, step: ScriptStep, now: Millis): boolean {
    const { call } = running;
    for (const [name, value] of step.set) {
      const made = fill(value, this.#scope(call, running.locals));
      this.#remember({ values: made === undefined ? new Map() : new Map([[name, made]]), missing: [] }, call, false);
    }
    if (step.disconnects) this.#effects.push({ type: 'close' });
    if (step.send !== null) {
      const isLast = !running.steps.slice(running.index + 1).some(({ send }) => send !== null);
      const reply = step.reply;
      const tx = this.#transactionId(reply !== null);
      const locals = new Map([...running.locals, ['tx', tx] as const]);
      this.#send(step.send, kindOf(running, isLast), call, locals, running.carries, reply === null ? null : tx);
      if (reply !== null) {
        this.#open.push({ tx, running, step, until: now + reply.withinMs, waits: reply.waits });
        if (reply.waits) return true;
      }
    }
    if (step.expect === null) return false;
    running.until = now + step.expect.withinMs;
    return true;
  }

  #transactionId(isAsked: boolean): string {
    if (this.dialect.transport === 'socket.io') return isAsked ? String(this.#acks++) : '';
    return String(fill(this.dialect.transactions.id, this.#scope(null)));
  }

  #send(
    send: Send,
    kind: string,
    call: SessionCall | null,
    locals: ReadonlyMap<string, unknown>,
    carries: Outgoing['carries'],
    tx: string | null,
  ): void {
    const scope = this.#scope(call, locals);
    let text: string;
    let document: unknown;
    if ('message' in send) {
      document = fill(send.message, scope);
      text = this.#codec.message(document);
    } else {
      const args = send.args.map((arg: Template) => fill(arg, scope) ?? null);
      document = { event: send.event, args };
      text = this.#codec.event(send.event, args, tx === null ? null : Number(tx));
    }
    // Of several messages of one action only some carry the description.
    const carried = carries.filter((one) => text.includes(JSON.stringify(one.text).slice(1, -1)) || text.includes(one.text));
    this.#raw(text, kind, this.#nameOf(document), document, call, carried);
  }

  #raw(
    text: string,
    kind: string,
    name: string,
    frame: unknown = text.slice(0, 1),
    call: SessionCall | null = null,
    carries: Outgoing['carries'] = [],
  ): void {
    const message: Outgoing = { kind, name, key: call?.key ?? null, wire: call?.wire ?? null, frame, carries, text };
    this.#effects.push({ type: 'send', message });
  }

  #tick(now: Millis): void {
    for (const open of this.#open.filter(({ until }) => until <= now)) {
      this.#close(open);
      const { running, step } = open;
      const sentence = `no reply to "${running.what}" within ${(step.reply?.withinMs ?? 0) / 1_000} s (${step.place})`;
      if (running.what !== 'log-in') this.#violation('no-reply', sentence, running.call?.key ?? null);
      if (open.waits) this.#drop(running);
      if (running.what === 'log-in')
        this.#effects.push({ type: 'login-failed', message: `the server never answered: ${sentence}; ${this.#cameInstead()}` });
    }
    for (const running of this.#running.filter(({ until }) => until !== null && until <= now)) {
      const { expect, place } = running.steps[running.index] ?? { expect: null, place: '' };
      this.#drop(running);
      const wanted = expect === null ? '' : conditionText(expect.when);
      const sentence = `no message with ${wanted} within ${(expect?.withinMs ?? 0) / 1_000} s (${place}); ${this.#cameInstead()}`;
      if (running.what === 'log-in')
        this.#effects.push({ type: 'login-failed', message: `the server never answered the log-in: ${sentence}` });
      else this.#violation('no-reply', `"${running.what}": ${sentence}`, running.call?.key ?? null);
    }
    const { keepalive } = this.dialect;
    if (this.#keepaliveAt === null || this.#keepaliveAt > now || keepalive === null) return;
    this.#keepaliveAt = now + keepalive.everyMs;
    this.#send(keepalive.send, 'ping', null, new Map([['tx', this.#transactionId(false)]]), [], null);
  }

  #cameInstead(): string {
    return this.#seen.length === 0 ? 'nothing came' : `what came: ${[...new Set(this.#seen)].join(', ')}`;
  }

  #violation(code: string, message: string, key: string | null): void {
    this.#effects.push({ type: 'violation', code, message, key });
  }

  #reading(message: Extract<Decoded, { type: 'message' }>): Reading {
    const { document } = message;
    const name = this.#nameOf(document);
    const greeting = this.#greets(message);
    const [rule] = this.#rules(document);
    if (rule === undefined || greeting) {
      if (greeting) return reading('welcome', name, document);
      const open = this.#answered(message);
      if (open !== null) return this.#replyReading(open, name, document);
      if (this.#running.some((running) => this.#fitsExpect(running, document))) return reading('result.ok', name, document);
      const isNoise = this.dialect.ignore.some((one) => holds(one, document, this.#scope(null))) || message.answers !== null;
      return reading(`${isNoise ? 'noise' : 'raw'}:${name}`, name, document);
    }
    const [element] = rule.each === null ? [document] : allOf(rule, document);
    const taken = take(rule.take, document, this.#scope(null), element);
    const meant = this.#meaning(rule, taken);
    const kind = meant.kind ?? `noise:${name}`;
    return {
      kind,
      name,
      key: meant.key,
      wire: meant.wire,
      from: meant.from,
      reason: meant.reason,
      frame: document,
      carries: meant.carries,
    };
  }

  #replyReading({ step, running }: Open, name: string, document: unknown): Reading {
    const { transactions } = this.dialect;
    const scope = this.#scope(running.call, running.locals);
    const error = step.reply?.error ?? transactions.error;
    const isError = error !== null && holds(error.when, document, scope);
    const ok = step.reply?.ok ?? transactions.ok;
    const isReceipt = !isError && ok !== null && !holds(ok, document, scope);
    const { call } = running;
    const kind = isError ? 'result.refused' : isReceipt ? 'ack' : 'result.ok';
    return { ...reading(kind, name, document), key: call?.key ?? null, wire: call?.wire ?? null };
  }

  /** Whether this message completes the log-in. */
  #greets(message: Extract<Decoded, { type: 'message' }>): boolean {
    const logIn = this.#running.find(({ what }) => what === 'log-in');
    if (logIn === undefined) return false;
    const isLast = logIn.steps.slice(logIn.index + 1).every(({ expect, reply }) => expect === null && reply === null);
    if (!isLast) return false;
    if (this.#fitsExpect(logIn, message.document)) return true;
    const open = this.#answered(message);
    return open !== null && open.running === logIn && this.#replyReading(open, '', message.document).kind === 'result.ok';
  }

  #fitsExpect(running: Running, document: unknown): boolean {
    const expect = running.until === null ? null : (running.steps[running.index]?.expect ?? null);
    return expect !== null && holds(expect.when, document, this.#scope(running.call, running.locals));
  }

  #nameOf(document: unknown): string {
    if (typeof document === 'string') return clean(document).slice(0, 24) || 'text';
    const names = this.dialect.messageName.map((path) => at(path, document));
    const name = names.find((one) => typeof one === 'string' || typeof one === 'number');
    return name === undefined ? 'message' : clean(String(name)).slice(0, 64);
  }

  #scope(call: SessionCall | null, locals: ReadonlyMap<string, unknown> = new Map()): Scope {
    return scopeOf(this.#world, (path) => this.#value(path, call, locals));
  }

  #value(path: readonly string[], call: SessionCall | null, locals: ReadonlyMap<string, unknown>): unknown {
    const [scope = '', name = '', ...rest] = path;
    const whole = path.join('.');
    if (locals.has(whole)) return locals.get(whole);
    switch (scope) {
      case 'agent':
        return member(this.#agent.get(name), rest);
      case 'connection':
        return member(this.#connection.get(name) ?? this.prepared()[name], rest);
      case 'peer':
        if (call?.peer == null) return name === 'id' ? (call?.address ?? undefined) : undefined;
        return name === 'user' ? call.peer : (call.address ?? this.agent.addressOf(call.peer));
      case 'call':
        return call === null ? undefined : callValue(call, name, rest);
      case 'description':
        return member(locals.get(scope), path.slice(1));
      default:
        return outsideValue(this.dialect, this.agent, this.agent.url, path);
    }
  }
}

function callValue(call: SessionCall, name: string, rest: readonly string[]): unknown {
  if (name === 'id') return call.wire ?? undefined;
  if (name === 'probeId') return call.probeId;
  return name === 'side' ? call.side : member(call.values.get(name), rest);
}

/** The last message of an action is the one that says it; what leads up to it is a part of it. */
function kindOf({ what, locals }: Running, isLast: boolean): string {
  if (what === 'log-in') return 'hello';
  const type = locals.get('description');
  const isAnswer = typeof type === 'object' && type !== null && 'type' in type && type.type === 'answer';
  const kind = what === 'describe' ? `signal.${isAnswer ? 'answer' : 'offer'}` : (OUTGOING_KIND[what][0] ?? what);
  return isLast ? kind : `${kind}.part`;
}

function reading(kind: string, name: string, frame: unknown): Reading {
  return { kind, name, key: null, wire: null, from: null, reason: null, frame, carries: [] };
}

function allOf(rule: Rule, document: unknown): unknown[] {
  if (rule.each === null) return [document];
  const found = all(rule.each, document);
  return found.length === 1 && Array.isArray(found[0]) ? found[0] : found;
}

/** Words of the server, harmless on a terminal. */
function clean(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
    .trim()
    .slice(0, 200);
}
