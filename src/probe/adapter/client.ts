/**
 * A device at a foreign target without its sockets: an adapter's session, the calls that it shows and their media, behind one
 * function from input to effects. It is what scenarios drive, as they drive the agent of the bundled protocol.
 */
import { Deadlines, earliest } from '../../protocol/deadlines.js';
import type { Millis } from '../../protocol/machine.js';
import type { ViewEndReason } from '../../protocol/reasons.js';
import type { Verb } from '../agent/io.js';
import type { Shown } from '../agent/replica.js';
import type { MediaReport, SessionDescription } from '../ports.js';
import { CallNames, type NamedMessage } from './call-names.js';
import { type ClientCall, ClientCalls, endOf, handleOf, isLive, newCall } from './calls.js';
import type { ClientEffect, ClientInput, ClientOptions, LoginState } from './client-io.js';
import { INSTEAD, isCallVerb, OPENING, OWN_END } from './client-verbs.js';
import { ClientConnection, closedWords, UNSENT_MAX } from './connection.js';
import { type LegOutcome, MediaLeg } from './media-leg.js';
import type { AdapterSession, Deed, Heard, Outgoing, Reading, SessionEffect } from './port.js';

export class ForeignClient {
  readonly #options: ClientOptions;
  readonly #deadlines = new Deadlines();
  readonly #connection: ClientConnection;
  readonly #calls = new ClientCalls();
  #session: AdapterSession;
  #effects: ClientEffect[] = [];
  readonly #names: CallNames;
  #unsent: Outgoing[] = [];
  /** Whether what the session sends now belongs to the log-in or to an answer, which goes out on an open socket at once. */
  #isReacting = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#session = options.makeSession();
    this.#names = new CallNames(options.address, options.book, this.#calls);
    this.#connection = new ClientConnection(options.traits, options.rng.fork('connection'), this.#deadlines, (effect) =>
      this.#effects.push(effect),
    );
  }

  /** Takes one input at `now` (the device's clock, ms) and returns what to do, in order. */
  handle(input: ClientInput, now: Millis): readonly ClientEffect[] {
    this.#effects = [];
    const session = this.#session;
    switch (input.type) {
      case 'act':
        this.#act(input.verb, input.callee ?? null, input.media ?? true, now);
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
          for (const call of this.#calls.all) this.#over(call, 'peer-lost', now);
        break;
      case 'message':
        if (!this.#connection.hears(input.conn)) break;
        this.#connection.heard(now);
        this.#react(session.handle({ type: 'message', text: input.text }, now), now);
        break;
      case 'media':
        this.#mediaReport(input.call, input.report, now);
        break;
      case 'tick':
        this.#tick(now);
        break;
    }
    this.#showChange();
    return this.#effects;
  }

  /** What a message is that arrives; changes nothing. */
  read(text: string): Reading {
    return this.#calls.explained(this.#session.read(text));
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

  /** What the call timer reads: this app starts it when it shows connected. */
  timer(now: Millis): { readonly call: string; readonly elapsedMs: Millis } | null {
    return this.#calls.timer(now);
  }

  /** The id in the trace of the call that a message is about; null for none. */
  callOf(message: NamedMessage): string | null {
    return this.#names.of(message);
  }

  #act(verb: Verb, callee: string | null, media: boolean, now: Millis): void {
    if (!isCallVerb(verb)) {
      this.#effects.push({ type: 'op', op: verb, peer: null, call: null });
      return this.#presence(verb, now);
    }
    if (verb === 'call') return this.#call(callee ?? '', media, now);
    const call = this.#calls.current;
    this.#effects.push({ type: 'op', op: verb, peer: null, call: call?.id ?? null });
    if (call === null) return this.#violation('no-call', `${verb}: this device shows no call`, null);
    if (!isLive(call.view)) return this.#violation('no-call', `${verb}: the call that this device shows is over`, call.id);
    if (verb === 'accept') this.#accept(call, now);
    else this.#end(call, verb, now);
  }

  #presence(verb: Verb, now: Millis): void {
    if (verb === 'come back' || verb === 'open') return this.#connection.want();
    if (verb !== 'crash') return this.#connection.leave();
    this.#connection.die();
    for (const { media, id } of this.#calls.all) this.#leg(id, media.close(), now);
    this.#unsent = [];
    this.#names.clear();
    this.#calls.clear();
    this.#session.stop?.();
    this.#session = this.#options.makeSession();
  }

  #call(callee: string, withMedia: boolean, now: Millis): void {
    const { book, address } = this.#options;
    const id = book.begin(address.user, callee);
    const call = this.#newCall(id, id, 'caller', callee, withMedia);
    const group = book.partyOf(callee);
    this.#effects.push({ type: 'op', op: 'call', peer: callee, call: id, ...(group === null ? {} : { group }) });
    this.#calls.add(call);
    this.#showChange();
    const { callerRingMs, media } = this.#options.traits;
    if (callerRingMs !== null) this.#deadlines.set(`ring ${id}`, now + callerRingMs);
    if (media?.offers !== 'caller' || media.when !== 'call') {
      return this.#deed({ verb: 'call', call: handleOf(call), description: null }, call, now);
    }
    call.waits = 'call';
    this.#leg(id, call.media.offer(), now);
  }

  #accept(call: ClientCall, now: Millis): void {
    const rings = call.side === 'callee' && call.view.state === 'ringing';
    if (!rings) return this.#violation('no-call', 'accept: no call rings here', call.id);
    call.isAnswered = true;
    call.waits = 'accept';
    const media = this.#options.traits.media;
    if (media?.offers === 'caller' && call.media.remote !== null) return this.#leg(call.id, call.media.apply(), now);
    if (media?.offers === 'callee' && media.when === 'accept') return this.#leg(call.id, call.media.offer(), now);
    this.#deed({ verb: 'accept', call: handleOf(call), description: null }, call, now);
  }

  #end(call: ClientCall, verb: 'reject' | 'cancel' | 'hang up', now: Millis): void {
    const { verbs, showsAtOnce } = this.#options.traits;
    const real = INSTEAD[verb].find((one) => verbs.includes(one));
    if (real === undefined) return this.#violation('no-verb', `${verb}: this target has no way to say it`, call.id);
    // Of a call that was not even sent nobody has to be told.
    if (call.waits !== 'call') this.#deed({ verb: real, call: handleOf(call) } as Deed, call, now);
    if (showsAtOnce.includes(verb)) this.#over(call, OWN_END[verb], now);
  }

  #over(call: ClientCall, reason: ViewEndReason, now: Millis): void {
    if (!isLive(call.view)) return;
    this.#calls.become(call, 'ended', reason, null);
    this.#deadlines.clear(`ring ${call.id}`);
    if (call.side === 'caller') this.#options.book.over(call.id);
    call.waits = null;
    this.#leg(call.id, call.media.close(), now);
  }

  #connected(call: ClientCall, now: Millis): void {
    if (call.view.state === 'connected' || !isLive(call.view)) return;
    this.#calls.become(call, 'connected', null, now);
    this.#deadlines.clear(`ring ${call.id}`);
    const media = this.#options.traits.media;
    const isOffered = media?.when === 'connected' || (media?.when === 'accept' && call.side === 'caller');
    const offers = media?.offers === call.side && isOffered;
    this.#leg(call.id, offers ? call.media.offer() : call.media.apply(), now);
  }

  /** Hands a deed to the session, and shows what the app shows without being told. */
  #deed(deed: Deed, call: ClientCall, now: Millis): void {
    const { traits } = this.#options;
    this.#perform(this.#session.handle({ type: 'deed', deed }, now), now);
    if (deed.verb === 'accept' && traits.showsAtOnce.includes('accept')) this.#connected(call, now);
  }

  /** The other side knows of a call now: candidates need not wait any longer. */
  #letGo(call: ClientCall | null, now: Millis): void {
    if (call === null) return;
    const held = call.held ?? [];
    call.held = null;
    for (const candidate of held) this.#deed({ verb: 'candidate', call: handleOf(call), ...candidate }, call, now);
  }

  #react(effects: readonly SessionEffect[], now: Millis): void {
    this.#isReacting = true;
    this.#perform(effects, now);
    this.#isReacting = false;
  }

  #perform(effects: readonly SessionEffect[], now: Millis): void {
    const told: (string | null)[] = [];
    for (const effect of effects) {
      switch (effect.type) {
        case 'send':
          this.#send(effect.message);
          if (OPENING.includes(effect.message.kind)) told.push(effect.message.key);
          break;
        case 'heard':
          this.#heard(effect.heard, now);
          break;
        case 'logged-in':
          if (!this.#connection.isOpen) break;
          this.#connection.loggedIn();
          for (const message of this.#unsent.splice(0)) this.#transmit(message);
          break;
        case 'login-failed':
          this.#violation('log-in-failed', effect.message, null);
          this.#connection.loginFailed(effect.message);
          break;
        case 'known-as':
          this.#options.book.knownAs(this.#options.address.user, effect.address);
          break;
        case 'violation':
          this.#violation(effect.code, effect.message, this.#calls.find(effect.key)?.id ?? null);
          break;
        case 'log':
          this.#effects.push({ ...effect, level: 'info' });
          break;
        case 'close':
          this.#connection.giveUp();
          break;
      }
    }
    for (const key of told) this.#letGo(this.#calls.find(key), now);
  }

  #send(message: Outgoing): void {
    const isWritable = this.#isReacting ? this.#connection.isOpen : this.#connection.isOnline;
    if (isWritable) this.#transmit(message);
    else if (this.#options.traits.unsent === 'kept' && this.#unsent.length < UNSENT_MAX) this.#unsent.push(message);
    else {
      this.#log('warn', `${message.kind} not written: no open connection`, { conn: this.#connection.number });
    }
    if (message.kind !== 'command.invite' || this.#options.traits.ringing !== 'assumed') return;
    const call = this.#calls.find(message.key);
    if (call?.view.state === 'inviting') this.#calls.become(call, 'ringing', null, null);
  }

  #transmit(message: Outgoing): void {
    this.#effects.push({ type: 'transmit', conn: this.#connection.number, message, call: this.callOf(message) });
  }

  #heard(heard: Heard, now: Millis): void {
    if (heard.event === 'incoming') return this.#incoming(heard, now);
    const call = this.#calls.find(heard.key);
    if (call === null) return this.#violation('unexpected', `${heard.event}, and this device knows of no such call`, null);
    switch (heard.event) {
      case 'named':
        return this.#options.book.named(call.id, heard.wire);
      case 'ringing':
        if (call.side === 'caller' && call.view.state === 'inviting') this.#calls.become(call, 'ringing', null, null);
        return;
      case 'accepted':
        return this.#accepted(call, heard.description, now);
      case 'ended':
        return this.#over(call, heard.reason ?? endOf(call), now);
      case 'description':
        return this.#described(call, heard.description, now);
      case 'candidate':
        return this.#leg(call.id, call.media.candidate({ candidate: heard.candidate, sdpMid: heard.sdpMid }), now);
    }
  }

  #incoming(heard: Extract<Heard, { event: 'incoming' }>, now: Millis): void {
    const { book, traits } = this.#options;
    const known = this.#calls.find(heard.key);
    if (known !== null && isLive(known.view)) {
      if (heard.description !== null) known.media.describe(heard.description);
      return;
    }
    const id = this.callOf({ kind: heard.again === true ? 'event.inviting.again' : 'event.inviting', ...heard }) ?? heard.key;
    const current = this.#calls.current;
    const isBusy = current !== null && isLive(current.view);
    const peer = heard.from === null ? null : book.userAt(heard.from);
    const call = this.#newCall(id, heard.key, 'callee', peer, current?.id !== id);
    if (heard.description !== null) call.media.describe(heard.description);
    if (isBusy && traits.secondCall !== 'replace') {
      this.#calls.add(call, false);
      this.#log('info', `a second call comes in: ${traits.secondCall}`, { call: id });
      if (traits.secondCall === 'reject') this.#end(call, 'reject', now);
      return;
    }
    this.#calls.add(call);
    this.#deed({ verb: 'ring', call: handleOf(call) }, call, now);
  }

  #accepted(call: ClientCall, description: SessionDescription | null, now: Millis): void {
    if (!isLive(call.view)) return this.#violation('late-accept', 'accepted, and here the call is over', call.id);
    if (call.side === 'callee' && !call.isAnswered) {
      return this.#violation('unexpected', 'accepted, and the user of this device has not answered', call.id);
    }
    if (description !== null) call.media.describe(description);
    this.#connected(call, now);
  }

  #described(call: ClientCall, description: SessionDescription, now: Millis): void {
    call.media.describe(description);
    const isMine = call.view.state === 'connected' || (call.side === 'caller' && description.type === 'answer');
    if (isMine) this.#leg(call.id, call.media.apply(), now);
  }

  #newCall(id: string, key: string, side: ClientCall['side'], peer: string | null, withMedia: boolean): ClientCall {
    const { traits, media } = this.#options;
    const isReal = media && withMedia && traits.media !== null;
    return newCall({ id, key, side, peer }, new MediaLeg(id, isReal, traits.media?.candidates === 'trickle'));
  }

  #mediaReport(id: string, report: MediaReport, now: Millis): void {
    const { media } = this.#calls.byId(id) ?? { media: new MediaLeg(id, true, true) };
    this.#leg(id, media.report(report, now), now);
  }

  #leg(id: string, { commands, event, described, candidates }: LegOutcome, now: Millis): void {
    for (const command of commands) this.#effects.push({ type: 'media', call: id, ...command });
    if (event !== null) this.#effects.push({ type: 'media-state', event });
    const call = this.#calls.byId(id);
    if (call === null) return;
    if (described !== null) {
      const verb = call.waits ?? 'describe';
      call.waits = null;
      this.#deed({ verb, call: handleOf(call), description: described } as Deed, call, now);
    }
    for (const candidate of candidates) {
      if (call.held !== null) call.held.push(candidate);
      else this.#deed({ verb: 'candidate', call: handleOf(call), ...candidate }, call, now);
    }
  }

  #tick(now: Millis): void {
    for (let key = this.#deadlines.takeDue(now); key !== null; key = this.#deadlines.takeDue(now)) {
      if (key === 'reconnect') this.#connection.connect();
      else if (key === 'log-in')
        this.#connection.loginFailed(`the log-in was not done within ${this.#options.traits.loginMs} ms`);
      else if (key === 'silent') this.#connection.giveUp();
      else this.#ringOver(key.slice('ring '.length), now);
    }
    const at = this.#session.deadline();
    if (at !== null && at <= now) this.#react(this.#session.handle({ type: 'tick' }, now), now);
    for (const { id, media } of [...this.#calls.all]) this.#leg(id, media.tick(now), now);
  }

  /** The app gives up a call that nobody answers. */
  #ringOver(id: string, now: Millis): void {
    const call = this.#calls.byId(id);
    if (call === null || !isLive(call.view) || call.view.state === 'connected') return;
    this.#end(call, 'cancel', now);
    if (call.view.state === 'ended') this.#calls.become(call, 'ended', 'missed', null);
  }

  #showChange(): void {
    const changed = this.#calls.change();
    if (changed !== null) this.#effects.push({ type: 'shown', view: changed });
  }

  #log(level: 'info' | 'warn', message: string, data: Readonly<Record<string, unknown>>): void {
    this.#effects.push({ type: 'log', level, message, data });
  }

  #violation(code: string, message: string, call: string | null): void {
    this.#effects.push({ type: 'violation', code, message, call });
  }
}
