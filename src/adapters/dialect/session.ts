/** One device's side of a target's protocol, as a dialect describes it: log-in, actions, replies, and meanings of messages. */

import type {
  AdapterAgent,
  AdapterSession,
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
import { holds } from './condition.js';
import type { Dialect, Part, Rule, Send } from './dialect.js';
import { type Meant, meaningOf, type SessionCall } from './meaning.js';
import { type Locals, Memory } from './memory.js';
import { Parts } from './parts.js';
import { all, at } from './path.js';
import { Rules } from './rules.js';
import { type Open, Scripts } from './scripts.js';
import { SocketIoCodec } from './socket-io.js';
import { idIn, type Taken, take } from './taking.js';
import { fill } from './template.js';
import { clean } from './words.js';

/** The meaning of a message, with its own values and those of earlier parts. */
interface Understood {
  readonly meant: Meant;
  readonly means: Rule['means'];
  readonly values: ReadonlyMap<string, unknown>;
  /** The call that was known before it. */
  readonly about: SessionCall | null;
}

type Message = Extract<Decoded, { type: 'message' }>;

/** A message of somebody who is not in the call: an app leaves it alone. */
const NO_MEANING: Meant = {
  ...{ kind: null, key: null, wire: null, from: null, reason: null },
  ...{ carries: [], call: null, isNew: false, heard: [] },
};
const NO_LOCALS: Locals = new Map();
const UNNAMED_MAX = 64;

export class DialectSession implements AdapterSession {
  readonly #dialect: Dialect;
  readonly #agent: AdapterAgent;
  readonly #codec: Codec;
  readonly #part: Part;
  readonly #memory: Memory;
  readonly #scripts: Scripts;
  readonly #parts: Parts;
  readonly #rules: Rules;
  #effects: SessionEffect[] = [];
  #wasOnline = false;
  #keepaliveAt: Millis | null = null;
  #arrivals = 0;
  /** Actions that wait for the id of their call. */
  #unnamed: { readonly action: SessionAction; readonly call: SessionCall }[] = [];

  /** `wall` reads milliseconds since the epoch. */
  constructor(
    dialect: Dialect,
    agent: AdapterAgent,
    prepared: () => Readonly<Record<string, unknown>>,
    addresses: Addresses,
    wall: () => number,
  ) {
    const emit = (effect: SessionEffect): void => {
      this.#effects.push(effect);
    };
    this.#dialect = dialect;
    this.#agent = agent;
    this.#codec = dialect.transport === 'websocket' ? JSON_CODEC : new SocketIoCodec(dialect.connect.namespace);
    this.#part = partOf(dialect, agent);
    this.#memory = new Memory(dialect, agent, prepared, addresses, emit, wall);
    this.#rules = new Rules(this.#part.receive, this.#memory);
    this.#parts = new Parts(this.#part.together);
    this.#scripts = new Scripts(
      dialect,
      this.#memory,
      (...args) => this.#write(...args),
      emit,
      (now) => this.#loggedIn(now),
    );
  }

  read(text: string): Reading {
    const decoded = this.#codec.decode(text, () => undefined);
    switch (decoded.type) {
      case 'control':
        return reading(`noise:${decoded.name}`, decoded.name, null);
      case 'joined': {
        const isAll = this.#part.login.every(({ expect, reply }) => expect === null && reply === null);
        return reading(isAll ? 'welcome' : 'result.ok', 'connect', decoded.document);
      }
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
    const tx = fill(this.#dialect.transactions.id, this.#memory.scope(null));
    this.#write(keepalive.send, 'ping', null, new Map([['tx', tx]]), [], null);
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
        this.#scripts.take(decoded.document, decoded.answers, this.#nameOf(decoded.document), now);
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
      const { meant, means, values, about } = this.#understood(rule, taken);
      call = meant.call;
      if (meant.isNew && call !== null) {
        this.#memory.add(call);
        this.#arrivals++;
      }
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
    if (rule.reply !== null) this.#write({ message: rule.reply }, 'ack', call, locals, [], null);
    if (rule.ack !== null && ackId !== null) {
      const args = rule.ack.map((arg) => fill(arg, this.#memory.scope(call, locals)) ?? null);
      this.#put(this.#codec.ack(ackId, args), 'ack', 'ack', { event: 'ack', args }, call);
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

  /** The result of a rule: on its own, or together with earlier parts. */
  #understood(rule: Rule, { values }: Taken): Understood {
    const own = this.#meaning(rule.means, values);
    const sum = rule.part === null ? null : this.#parts.sum(rule.part, values, own.call);
    const about = own.call;
    if (sum === null) return { meant: own, means: rule.means, values, about };
    const { means } = sum.together;
    const meant = this.#meaning(means, sum.values);
    // Each message reports only what it carries itself, so that nothing seems to arrive twice.
    const { carries } = this.#meaning(means, values);
    if (sum.isWhole) return { meant: { ...meant, carries }, means, values: sum.values, about };
    const half: Meant = {
      ...meant,
      call: own.call,
      isNew: false,
      heard: [],
      carries,
      kind: meant.kind === null ? null : `${meant.kind}.part`,
    };
    return { meant: half, means: [], values, about };
  }

  #meaning(means: Rule['means'], values: Taken['values']): Meant {
    const wire = idIn(values, 'call.id');
    const from = idIn(values, 'from');
    if (!means.includes('incoming') && !means.includes('still-ringing') && this.#memory.isOfStranger(wire, from))
      return NO_MEANING;
    return meaningOf({ means }, values, {
      wire,
      from,
      call: this.#memory.callOf(wire, from) ?? (means.includes('call-id') ? this.#memory.unnamed() : null),
      offers: this.#dialect.media?.offers ?? 'caller',
      nextKey: `in-${this.#arrivals + 1}`,
      userAt: (address) => this.#agent.userAt(address),
    });
  }

  #action(action: SessionAction, now: Millis): void {
    const { verb } = action;
    const call = this.#memory.callFor(action.call, verb === 'call');
    // A candidate cannot be assigned before the server has given the call its id.
    if (verb === 'candidate' && this.#dialect.callId.from === 'server' && call.wire === null) {
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
      document = fill(send.message, scope);
      text = this.#codec.message(document);
    } else {
      const args = send.args.map((arg) => fill(arg, scope) ?? null);
      document = { event: send.event, args };
      text = this.#codec.event(send.event, args, tx === null ? null : Number(tx));
    }
    // Only some of the messages of one action carry the description.
    const names = (what: Outgoing['carries'][number]['what']): string[] =>
      what === 'candidate' ? ['candidate', 'candidateInit'] : ['sdp', 'description'];
    const carried = carries.filter(({ what }) => names(what).some((name) => used.has(name)));
    this.#put(text, kind, this.#nameOf(document), document, call, carried);
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

  #reading({ document, answers }: Message): Reading {
    const name = this.#nameOf(document);
    if (this.#scripts.greets(document, answers)) return reading('welcome', name, document);
    const [rule] = this.#rules.fitting(document);
    if (rule !== undefined) return this.#ruleReading(rule, name, document);
    const open = this.#scripts.answered(document, answers);
    if (open !== null) return this.#replyReading(open, name, document);
    if (this.#scripts.isBelated(document, answers)) return reading('ack', name, document);
    if (this.#scripts.isExpected(document)) return reading('result.ok', name, document);
    const isNoise = answers !== null || this.#dialect.ignore.some((one) => holds(one, document, this.#memory.scope(null)));
    return reading(`${isNoise ? 'noise' : 'raw'}:${name}`, name, document);
  }

  #ruleReading(rule: Rule, name: string, document: unknown): Reading {
    const [element] = elementsOf(rule, document);
    const { meant } = this.#understood(rule, take(rule.take, document, this.#rules.scope(rule, document, element), element));
    const { kind, key, wire, from, reason, carries } = meant;
    return { kind: kind ?? `noise:${name}`, name, key, wire, from, reason, frame: document, carries };
  }

  #replyReading(open: Open, name: string, document: unknown): Reading {
    const kind = { result: 'result.ok', error: 'result.refused', receipt: 'ack' }[this.#scripts.roleOf(open, document)];
    const { call } = open.running;
    return { ...reading(kind, name, document), key: call?.key ?? null, wire: call?.wire ?? null };
  }

  #nameOf(document: unknown): string {
    if (typeof document === 'string') return clean(document).slice(0, 24) || 'text';
    const names = this.#dialect.messageName.map((path) => at(path, document));
    const name = names.find((one) => typeof one === 'string' || typeof one === 'number');
    return name === undefined ? 'message' : clean(String(name)).slice(0, 64);
  }
}

function reading(kind: string, name: string, frame: unknown): Reading {
  return { kind, name, key: null, wire: null, from: null, reason: null, frame, carries: [] };
}

/** The elements for a rule with `each`: a list, or all matches of its path. */
function elementsOf({ each }: Rule, document: unknown): readonly unknown[] {
  if (each === null) return [document];
  const found = all(each, document);
  return found.length === 1 && Array.isArray(found[0]) ? found[0] : found;
}
