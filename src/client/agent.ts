/**
 * A device of a headless user without its sockets: session, replica and media behind one function from input to
 * effects. It behaves as a hardened client of `callsync.v1` should, and it is what scenarios drive.
 */
import { ACTIONS, presenceOf, type UserAction } from '../protocol/actions.js';
import { addressOf } from '../protocol/address.js';
import type { CallRecord, CommandName } from '../protocol/call.js';
import { Deadlines } from '../protocol/deadlines.js';
import type { ClientFrame, ClientPayload, ServerFrame, ServerPayload, WelcomeFrame } from '../protocol/frames.js';
import type { Millis } from '../protocol/machine.js';
import { CLOSE } from '../protocol/reasons.js';
import { drawId } from '../protocol/rng.js';
import { Calls } from './calls.js';
import { type Command, Commands } from './commands.js';
import { Confirmations } from './confirmations.js';
import { Connection } from './connection.js';
import { SOUND_DECISIONS } from './decisions.js';
import { Delivery, type DeliveryInput } from './delivery.js';
import { Fallback } from './fallback.js';
import type { AgentEffect, AgentInput, AgentOptions } from './io.js';
import type { MediaOutcome, Signal } from './media-track.js';
import { MediaTracks } from './media-tracks.js';
import type { LocalEnd, Shown } from './replica.js';

export class Agent {
  readonly #options: AgentOptions;
  readonly #decisions;
  readonly #deadlines = new Deadlines();
  readonly #name: string;
  #effects: AgentEffect[] = [];
  readonly #calls: Calls;
  readonly #delivery: Delivery;
  readonly #media: MediaTracks;
  readonly #commands: Commands;
  readonly #confirmations: Confirmations;
  readonly #connection: Connection;
  readonly #fallback: Fallback;
  #rang = new Set<string>();
  constructor(options: AgentOptions) {
    this.#options = options;
    this.#decisions = options.decisions ?? SOUND_DECISIONS;
    this.#name = addressOf(options.address);
    this.#media = new MediaTracks(options.media);
    const { waits, rng, address } = options;
    this.#delivery = new Delivery(waits, this.#decisions, this.#deadlines);
    this.#calls = new Calls(address, options.policy, this.#decisions, this.#deadlines);
    const emit = (effect: AgentEffect): void => {
      this.#effects.push(effect);
    };
    this.#commands = new Commands(waits.commandMs, this.#deadlines);
    this.#confirmations = new Confirmations(address, waits.appliedMs, this.#deadlines);
    this.#connection = new Connection(waits, rng, this.#deadlines, emit);
    this.#fallback = new Fallback(waits, rng, this.#deadlines, emit);
  }

  /** Takes one input at `now` (the probe's clock, ms) and returns what to do, in order. */
  handle(input: AgentInput, now: Millis): readonly AgentEffect[] {
    this.#effects = [];
    switch (input.type) {
      case 'act':
        this.#act(input.verb, input.callee ?? null, input.media ?? true, now);
        break;
      case 'opened':
        if (this.#connection.isAt(input.conn, 'opening')) this.#sendHello(now);
        break;
      case 'closed':
        if (this.#connection.isAt(input.conn, 'opening', 'open')) this.#closed(input.code, input.reason, now);
        break;
      case 'frame':
        if (this.#connection.isAt(input.conn, 'open')) this.#frame(input.frame, now);
        break;
      case 'bad-frame':
        this.#violation('bad-frame', input.message, null);
        break;
      case 'media':
        this.#mediaOutcome(this.#media.report(input.call, input.report), now);
        break;
      case 'fetched':
        if (this.#fallback.takes(input, now) && input.answer !== 'failed') this.#fetched(input.call, input.answer, now);
        break;
      case 'tick':
        for (let key = this.#deadlines.takeDue(now); key !== null; key = this.#deadlines.takeDue(now)) this.#due(key, now);
        break;
    }
    this.#showChange(now);
    this.#ring(now);
    this.#watch(now);
    return this.#effects;
  }

  deadline(): Millis | null {
    return this.#deadlines.next();
  }

  get shown(): Shown {
    return this.#calls.shown;
  }

  /** Whether the device is meant to be reachable, and is. */
  get presence(): 'online' | 'offline' | 'away' {
    if (!this.#connection.isWanted) return 'away';
    return this.#delivery.isUp ? 'online' : 'offline';
  }

  /** Whether nothing is under way: no command without a result, nothing unacknowledged. */
  get isQuiet(): boolean {
    return this.#commands.size === 0 && this.#delivery.outbox.length === 0;
  }

  /** Moves of this device of which it is not known yet whether the other side applied them. */
  get unconfirmed(): number {
    return this.#confirmations.size;
  }

  /**
   * The call timer of this device at `now`, or null while none runs. Server time is estimated from the welcome and
   * the heartbeat; the wall clock, which a user or a network may set, is for known bugs only.
   */
  timer(now: Millis, wall: Millis = now): { readonly call: string; readonly elapsedMs: Millis } | null {
    const { call, view } = this.#calls.shown;
    const { clock } = this.#connection;
    if (call === null || view.timerStartedAt === null || clock === null) return null;
    return { call, elapsedMs: this.#decisions.elapsedMs({ startedAt: view.timerStartedAt, now, wall, clock }) };
  }

  mediaState(call: string): string {
    return this.#media.state(call);
  }

  #act(verb: UserAction, callee: string | null, media: boolean, now: Millis): void {
    const op = ACTIONS[verb].command;
    if (op === null) {
      this.#effects.push({ type: 'action', action: verb, peer: null, call: null });
      return this.#presence(verb, now);
    }
    const call = op === 'invite' ? this.#id('c') : this.#calls.shown.call;
    const refused = call === null ? { refused: 'this device shows no call' } : {};
    this.#effects.push({ type: 'action', action: verb, peer: callee, call, ...refused });
    if (call === null) return;
    if (op === 'invite') {
      this.#calls.invite(call);
      this.#command(op, call, now, callee ?? '');
      this.#mediaOutcome(this.#media.begin(call, media), now);
    } else this.#command(op, call, now);
  }

  #presence(verb: UserAction, now: Millis): void {
    if (presenceOf(verb) === 'on') return this.#connection.want();
    this.#connection.leave();
    this.#down(now);
    if (verb !== 'crash') return;
    this.#mediaOutcome(this.#media.keepOnly(new Set()), now);
    for (const [id] of this.#commands.entries()) this.#commands.settle(id);
    this.#confirmations.clear();
    this.#rang.clear();
    this.#calls.clear();
    this.#delivery.clear();
    this.#connection.clock = null;
  }

  #sendHello(now: Millis): void {
    this.#connection.opened(now);
    const { token, address } = this.#options;
    const { id, received } = this.#delivery;
    const resume = id === null ? {} : { resume: { session: id, ack: received } };
    this.#transmit({ type: 'hello', token, device: address.device, ...resume });
  }

  #welcomed(frame: WelcomeFrame, now: Millis): void {
    const awayMs = this.#fallback.back(now);
    if (!frame.resumed) this.#startOver(new Set(frame.calls.map(({ id }) => id)), awayMs, now);
    this.#connection.welcomed(frame, now);
    this.#delivery.id = frame.session;
    this.#step({ type: 'up', peerReceived: frame.ack }, now);
    for (const record of frame.calls.filter((call) => this.#calls.isNew(call))) this.#apply(record, now);
  }

  /**
   * The server knows nothing of the session before: it may be another one with another clock. What it has not
   * acknowledged is delivered anew; for all else, results of commands included, the calls it has stand in.
   */
  #startOver(known: ReadonlySet<string>, awayMs: Millis, now: Millis): void {
    const { outbox, lost } = this.#commands.startOver(this.#delivery.outbox, now);
    this.#delivery.startOver(outbox);
    this.#connection.clock = null;
    const reason = this.#lossAfter(awayMs);
    for (const { op, call } of lost) {
      this.#effects.push({ type: 'log', level: 'warn', message: `result of ${op} lost with its session`, data: { op, call } });
      if (op === 'invite' && !known.has(call)) this.#calls.loseInvitation(call, reason);
    }
    this.#calls.keepOnly(known, reason);
    const invited = this.#commands.entries().map(([, { call }]) => call);
    this.#mediaOutcome(this.#media.keepOnly(new Set([...invited, ...this.#calls.known.keys()])), now);
  }

  /** Why the server no longer has a call: the device was offline for longer than the grace, or the server lost it. */
  #lossAfter(awayMs: Millis): LocalEnd {
    return awayMs >= this.#options.waits.graceMs ? 'peer-lost' : 'server-error';
  }

  #closed(code: number, reason: string, now: Millis): void {
    this.#down(now);
    const shutOut = this.#connection.retry(code, reason, now);
    if (shutOut !== null) this.#violation(shutOut.code, shutOut.message, null);
  }

  #down(now: Millis): void {
    this.#connection.lost();
    this.#fallback.lost(now);
    this.#step({ type: 'down' }, now);
  }

  #frame(frame: ServerFrame, now: Millis): void {
    this.#connection.received(now);
    const { isUp } = this.#delivery;
    if ((frame.type === 'welcome') === isUp && frame.type !== 'error') {
      // Taken, either would mix up the numbers of two sessions; what is numbered is sent again.
      return this.#violation('out-of-turn', `a ${frame.type} frame ${isUp ? 'after' : 'before'} the welcome`, null);
    }
    switch (frame.type) {
      case 'welcome':
        return this.#welcomed(frame, now);
      case 'ack':
        return this.#step({ type: 'ack', ack: frame.ack }, now);
      case 'pong':
        this.#connection.pong(frame, now);
        if (frame.ack !== undefined) this.#step({ type: 'ack', ack: frame.ack }, now);
        return;
      case 'error':
        this.#effects.push({ type: 'session', device: this.#name, state: 'refused', text: `${frame.code} ${frame.message}` });
        return;
      default:
        return this.#step({ type: 'receive', seq: frame.seq, ack: frame.ack ?? null, payload: frame }, now);
    }
  }

  #step(input: DeliveryInput, now: Millis): void {
    for (const effect of this.#delivery.step(input, now)) {
      if (effect.type === 'deliver') this.#delivered(effect.payload as ServerPayload, now);
      else if (effect.type === 'overflow')
        this.#violation('overflow', 'more unacknowledged frames than a session may hold', null);
      else if (effect.type === 'transmit-ack') this.#transmit({ type: 'ack', ack: effect.ack });
      else if (effect.type === 'transmit')
        this.#transmit({ ...(effect.payload as ClientPayload), seq: effect.seq, ack: effect.ack });
    }
    this.#delivery.arm();
  }

  #delivered(payload: ServerPayload, now: Millis): void {
    switch (payload.type) {
      case 'event':
        return this.#apply(payload.record, now);
      case 'receipt':
        this.#confirmations.received(payload.call, payload.version, payload.device);
        this.#effects.push({ type: 'applied', call: payload.call, version: payload.version, device: addressOf(payload.device) });
        return;
      case 'signal':
        return this.#mediaOutcome(this.#media.signal(this.#taken(payload)), now);
      case 'result': {
        const command = this.#commands.settle(payload.id);
        if (payload.refused !== null) {
          const data = { op: command?.op ?? null, refused: payload.refused };
          this.#effects.push({ type: 'log', level: 'info', message: `refused: ${payload.refused}`, data });
        }
        if (command?.op === 'invite' && payload.record?.id !== command.call) {
          this.#dropPending(command.call, now);
          // It may have answered the call that crossed it.
          if (payload.record !== null) this.#confirmations.sent('accept', payload.record.id);
        }
        if (payload.record !== null) this.#apply(payload.record, now);
      }
    }
  }

  #taken(signal: Signal): Signal {
    const { data } = signal;
    return 'sdp' in data ? { ...signal, data: this.#decisions.takes(data) } : signal;
  }

  /** The invitation did not become a call of its own: it was refused, or it answered the one that crossed it. */
  #dropPending(call: string, now: Millis): void {
    this.#calls.dropInvitation(call);
    this.#mediaOutcome(this.#media.drop(call), now);
  }

  #apply(record: CallRecord, now: Millis): void {
    if (!this.#calls.apply(record)) return;
    this.#effects.push({ type: 'record', record });
    this.#confirmations.applied(record, now);
    this.#showChange(now);
    this.#send({ type: 'receipt', call: record.id, version: record.version }, now);
    if (record.phase === 'ended') this.#rang.delete(record.id);
    this.#mediaOutcome(this.#media.follow(record, this.#options.address), now);
  }

  /** The call that this device shows rings here, once: also one that another call hid when it came. */
  #ring(now: Millis): void {
    const { call, side, view } = this.#calls.shown;
    if (call === null || side !== 'callee' || view.state !== 'inviting' || this.#rang.has(call)) return;
    this.#rang.add(call);
    this.#command('ring', call, now);
  }

  #mediaOutcome(outcome: MediaOutcome, now: Millis): void {
    this.#effects.push(...outcome.effects);
    for (const signal of outcome.signals) this.#send(signal, now);
  }

  #command(op: CommandName, call: string, now: Millis, to?: string): void {
    if (!this.#decisions.emits(op)) return;
    const id = this.#id('m');
    this.#commands.add(id, op, call, now);
    this.#confirmations.sent(op, call);
    this.#send({ type: 'command', id, op, call, ...(to === undefined ? {} : { to }) }, now);
  }

  #due(key: string, now: Millis): void {
    switch (key) {
      case 'session':
        return this.#step({ type: 'tick' }, now);
      case 'reconnect':
        return this.#connection.connect();
      case 'ping':
        this.#transmit({ type: 'ping', at: now, ack: this.#delivery.received });
        return this.#connection.pinged(now);
      case 'silent':
        this.#effects.push({ type: 'disconnect', conn: this.#connection.number, how: 'break' });
        return this.#closed(CLOSE.silent.code, CLOSE.silent.reason, now);
      case 'ask':
        return this.#fallback.ask(this.#connection.isWanted && this.#decisions.asksByHttp, now);
      case 'give-up':
        if (this.#calls.shown.call !== null) this.#giveUp(this.#calls.shown.call, 'server-error');
        return;
    }
    const unconfirmed = this.#confirmations.due(key);
    if (unconfirmed !== undefined) {
      this.#effects.push({ type: 'not-applied', ...unconfirmed, afterMs: this.#options.waits.appliedMs });
    }
    const command = this.#commands.due(key);
    if (command !== undefined) this.#noResult(command, now);
  }

  #noResult({ op, call }: Command, now: Millis): void {
    this.#violation('no-result', `no result of ${op} after ${this.#options.waits.commandMs} ms`, call);
    if (op !== 'invite' || this.#calls.known.has(call) || !this.#decisions.givesUp) return;
    this.#giveUp(call, 'unreachable');
    // The invitation may still arrive, but the user is gone.
    this.#command('cancel', call, now);
  }

  /** Its media goes on as long as it does: whether the call is over is for the server to say. */
  #giveUp(call: string, reason: LocalEnd): void {
    if (!this.#decisions.givesUp) return;
    this.#calls.giveUp(call, reason);
    this.#effects.push({ type: 'log', level: 'warn', message: `gave up on a call: ${reason}`, data: { call } });
  }

  #fetched(call: string, answer: CallRecord | null, now: Millis): void {
    if (answer !== null) return this.#apply(answer, now);
    const { known } = this.#calls;
    // An invitation may not have got there yet.
    if (!known.has(call)) return;
    const others = new Set([...known.keys()].filter((id) => id !== call));
    this.#calls.keepOnly(others, this.#lossAfter(this.#fallback.awayMs(now)));
    this.#mediaOutcome(this.#media.drop(call), now);
  }

  /** A live call without a connection is checked by HTTP, for a bounded time. */
  #watch(now: Millis): void {
    const { call, version, view } = this.#calls.shown;
    const isWaiting = !this.#delivery.isUp && view.state !== 'idle' && view.state !== 'ended';
    this.#fallback.follow(isWaiting ? call : null, version !== null, now);
  }

  #showChange(now: Millis): void {
    const shown = this.#calls.change(now);
    if (shown !== null) this.#effects.push({ type: 'shown', shown });
  }

  #send(payload: ClientPayload, now: Millis): void {
    this.#step({ type: 'send', payload }, now);
  }

  #transmit(frame: ClientFrame): void {
    this.#effects.push({ type: 'transmit', conn: this.#connection.number, frame });
  }

  #violation(code: string, message: string, call: string | null): void {
    this.#effects.push({ type: 'violation', code, message, call });
  }

  #id(prefix: string): string {
    return `${prefix}-${this.#name.replace(/[^\w-]/g, '.').slice(0, 40)}-${drawId(this.#options.rng, 1)}`;
  }
}
