/**
 * A device at a foreign target without its sockets: an adapter's session, the shown calls and their media, behind one function from
 * input to effects. Scenarios drive it like the agent of the bundled protocol.
 */

import type { Shown } from '../../client/replica.js';
import { isCallAction, presenceOf, type UserAction } from '../../protocol/actions.js';
import { addressOf } from '../../protocol/address.js';
import { Deadlines, earliest } from '../../protocol/deadlines.js';
import type { Millis } from '../../protocol/machine.js';
import { kindFrom, type MessageKind } from '../../protocol/message-kinds.js';
import type { UnsentEvent } from '../../trace/event.js';
import { CallNames, type NamedMessage } from './call-names.js';
import { Calling } from './calling.js';
import { ClientCalls } from './calls.js';
import type { ClientEffect, ClientInput, ClientOptions, LoginState } from './client-io.js';
import { OPENING } from './client-verbs.js';
import { ClientConnection, closedWords, UNSENT_MAX } from './connection.js';
import type { AdapterSession, HttpResponse, Outgoing, Reading, SessionEffect } from './port.js';

export class ForeignClient {
  readonly #options: ClientOptions;
  readonly #deadlines = new Deadlines();
  readonly #connection: ClientConnection;
  readonly #calls = new ClientCalls();
  readonly #calling: Calling;
  #session: AdapterSession;
  #effects: ClientEffect[] = [];
  readonly #names: CallNames;
  #unsent: Outgoing[] = [];
  /** Requests without an answer, by their number. */
  readonly #asked = new Map<number, { readonly id: number; readonly message: Outgoing }>();
  #requests = 0;
  /** Whether the session's messages belong to the log-in or to an answer, which are sent at once on an open socket. */
  #isReacting = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#session = options.makeSession();
    this.#names = new CallNames(options.address, options.book, this.#calls);
    this.#connection = new ClientConnection(options.traits, options.rng.fork('connection'), this.#deadlines, (effect) =>
      this.#effects.push(effect),
    );
    this.#calling = new Calling(this.#calls, options, this.#deadlines, {
      emit: (effect) => this.#effects.push(effect),
      hand: (action, now) => this.#perform(this.#session.handle({ type: 'deed', deed: action }, now), now),
      idOf: (message) => this.callOf(message),
    });
  }

  /** Handles one input at `now` (the device's clock, ms) and returns its effects, in order. */
  handle(input: ClientInput, now: Millis): readonly ClientEffect[] {
    this.#effects = [];
    const session = this.#session;
    switch (input.type) {
      case 'act':
        this.#act(input, now);
        break;
      case 'opened':
        if (!this.#connection.isAt(input.conn)) break;
        this.#connection.opened(now);
        this.#react(session.handle({ type: 'opened' }, now), now);
        break;
      case 'closed':
        if (!this.#connection.isAt(input.conn)) break;
        this.#connection.failure ??= this.#connection.isOnline ? null : closedWords(input.code, input.reason);
        this.#connection.lost(now);
        this.#react(session.handle({ type: 'closed' }, now), now);
        if (this.#options.traits.lostConnection === 'ends-call')
          for (const call of this.#calls.all) this.#calling.over(call, 'peer-lost', now);
        break;
      case 'message':
        if (!this.#connection.hears(input.conn)) break;
        this.#connection.heard(now);
        this.#react(session.handle({ type: 'message', text: input.text }, now), now);
        break;
      case 'response':
        this.#answered(input, now);
        break;
      case 'media':
        this.#calling.mediaReport(input.call, input.report, now);
        break;
      case 'tick':
        this.#tick(now);
        break;
    }
    this.#calling.showChange();
    return this.#effects;
  }

  /** Reads an arriving message; changes nothing. */
  read(text: string): Reading {
    return this.#calls.explained(this.#session.read(text));
  }

  /** Reads the answer to a request; null if nobody waits for it any more. */
  readResponse(id: number, response: HttpResponse): Reading | null {
    const asked = this.#asked.get(id);
    const reading = asked === undefined ? null : (this.#session.readResponse?.(asked.id, response) ?? null);
    return reading === null ? null : this.#calls.explained(reading);
  }

  deadline(): Millis | null {
    const legs = this.#calls.all.map(({ media }) => media.deadline);
    return earliest([this.#deadlines.next(), this.#session.deadline(), ...legs]);
  }

  get shown(): Shown {
    return this.#calls.shown;
  }

  get presence(): 'online' | 'offline' | 'away' {
    return this.#connection.presence;
  }

  get login(): LoginState {
    return { isOnline: this.#connection.isOnline, failure: this.#connection.failure };
  }

  get isQuiet(): boolean {
    return !this.#session.isBusy() && this.#calls.all.every(({ waits }) => waits === null);
  }

  /** The device is gone. */
  stop(): void {
    this.#session.stop?.();
  }

  mediaState(id: string): string {
    return this.#calls.byId(id)?.media.state ?? 'idle';
  }

  /** The call timer: this app starts it when it shows connected. */
  timer(now: Millis): { readonly call: string; readonly elapsedMs: Millis } | null {
    return this.#calls.timer(now);
  }

  /** The id in the trace of a message's call; null without a call. */
  callOf(message: NamedMessage): string | null {
    return this.#names.of(message);
  }

  #act({ verb, callee, media, isForced }: Extract<ClientInput, { type: 'act' }>, now: Millis): void {
    if (!isCallAction(verb)) {
      this.#effects.push({ type: 'action', action: verb, peer: null, call: null });
      return this.#presence(verb, now);
    }
    this.#calling.act(verb, callee ?? null, media ?? true, now, isForced === true);
  }

  #presence(verb: UserAction, now: Millis): void {
    if (presenceOf(verb) === 'on') return this.#connection.want();
    if (verb !== 'crash') return this.#connection.leave();
    this.#connection.die();
    this.#calling.forget(now);
    this.#unsent = [];
    this.#asked.clear();
    this.#names.clear();
    this.#session.stop?.();
    this.#session = this.#options.makeSession();
  }

  #react(effects: readonly SessionEffect[], now: Millis): void {
    this.#isReacting = true;
    this.#perform(effects, now);
    this.#isReacting = false;
  }

  #perform(effects: readonly SessionEffect[], now: Millis): void {
    const notified: (string | null)[] = [];
    for (const effect of effects) {
      switch (effect.type) {
        case 'send':
          this.#send(effect.message);
          if (OPENING.includes(effect.message.kind)) notified.push(effect.message.key);
          break;
        case 'request':
          this.#request(effect);
          break;
        case 'heard':
          this.#calling.heard(effect.heard, now);
          break;
        case 'logged-in':
          if (!this.#connection.isOpen) break;
          this.#connection.loggedIn();
          for (const message of this.#unsent.splice(0)) this.#transmit(message);
          break;
        case 'login-failed':
          this.#effects.push({
            type: 'session',
            device: addressOf(this.#options.address),
            state: 'refused',
            text: effect.message,
          });
          this.#connection.loginFailed(effect.message);
          break;
        case 'known-as':
          this.#options.book.knownAs(this.#options.address.user, effect.address);
          break;
        case 'violation':
          this.#violation(effect.code, effect.message, this.#calls.find(effect.key)?.id ?? null);
          break;
        case 'unsent':
          this.#unsentNow(effect.kind, this.#calls.find(effect.key)?.id ?? null, effect.why);
          break;
        case 'log':
          this.#log('info', effect.message, effect.data);
          break;
        case 'close':
          this.#connection.giveUp();
          break;
      }
    }
    for (const key of notified) this.#calling.release(this.#calls.find(key), now);
  }

  #send(message: Outgoing): void {
    const isWritable = this.#isReacting ? this.#connection.isOpen : this.#connection.isOnline;
    if (isWritable) this.#transmit(message);
    else if (this.#options.traits.unsent === 'kept' && this.#unsent.length < UNSENT_MAX) this.#unsent.push(message);
    else {
      this.#unsentNow(kindFrom(message.kind), this.callOf(message), 'no-connection');
    }
    this.#assumeRinging(message);
  }

  #request({ id, request, message }: Extract<SessionEffect, { type: 'request' }>): void {
    const number = ++this.#requests;
    this.#asked.set(number, { id, message });
    const { number: conn } = this.#connection;
    this.#effects.push({ type: 'request', conn, id: number, request, message, call: this.callOf(message) });
    this.#assumeRinging(message);
  }

  /** The other side knows a call, or its answer, once the server has answered the request for it. */
  #answered({ id, response, error }: Extract<ClientInput, { type: 'response' }>, now: Millis): void {
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    this.#asked.delete(id);
    this.#react(this.#session.handle({ type: 'response', id: asked.id, response, error }, now), now);
    const { kind, key } = asked.message;
    if (OPENING.includes(kind)) this.#calling.release(this.#calls.find(key), now);
  }

  #assumeRinging(message: Outgoing): void {
    if (message.kind !== 'command.invite' || this.#options.traits.ringing !== 'assumed') return;
    const call = this.#calls.find(message.key);
    if (call?.view.state === 'inviting') this.#calls.become(call, 'ringing', null, null);
  }

  #transmit(message: Outgoing): void {
    this.#effects.push({ type: 'transmit', conn: this.#connection.number, message, call: this.callOf(message) });
  }

  #tick(now: Millis): void {
    for (let key = this.#deadlines.takeDue(now); key !== null; key = this.#deadlines.takeDue(now)) {
      if (key === 'reconnect') this.#connection.connect();
      else if (key === 'log-in')
        this.#connection.loginFailed(`the log-in was not completed within ${this.#options.traits.loginMs} ms`);
      else if (key === 'silent') this.#connection.giveUp();
      else this.#calling.ringOver(key.slice('ring '.length), now);
    }
    const at = this.#session.deadline();
    if (at !== null && at <= now) this.#react(this.#session.handle({ type: 'tick' }, now), now);
    this.#calling.tick(now);
  }

  #unsentNow(kind: MessageKind, call: string | null, why: UnsentEvent['why']): void {
    this.#effects.push({ type: 'unsent', conn: this.#connection.number, kind, call, why });
  }

  #log(level: 'info' | 'warn', message: string, data: Readonly<Record<string, unknown>>): void {
    this.#effects.push({ type: 'log', level, message, data });
  }

  #violation(code: string, message: string, call: string | null): void {
    this.#effects.push({ type: 'violation', code, message, call });
  }
}
