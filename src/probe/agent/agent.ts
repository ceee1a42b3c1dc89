/**
 * A device of a headless user without its sockets: session, replica and media behind one function from input to
 * effects. It behaves as a hardened client of `callsync.v1` should, and it is what scenarios drive.
 */
import { type Address, addressOf } from '../../protocol/address.js';
import { delayBefore } from '../../protocol/backoff.js';
import type { CallRecord } from '../../protocol/call.js';
import { Deadlines } from '../../protocol/deadlines.js';
import type { ClientFrame, ClientPayload, Op, ServerFrame, ServerPayload, WelcomeFrame } from '../../protocol/frames.js';
import type { Waits } from '../../protocol/limits.js';
import type { Millis } from '../../protocol/machine.js';
import { CLOSE } from '../../protocol/reasons.js';
import { drawId, type Rng } from '../../protocol/rng.js';
import { freshSession, type SessionInput, type SessionState } from '../../protocol/session.js';
import { type AgentDecisions, SOUND_DECISIONS, type Wire } from './decisions.js';
import { type AgentEffect, type AgentInput, OPS, type Verb } from './io.js';
import type { MediaOutcome } from './media-track.js';
import { MediaTracks } from './media-tracks.js';
import { EMPTY_REPLICA, type Replica, type ReplicaPolicy, type Shown, shownBy, takeOn, withoutLost } from './replica.js';
import { betterSample, type ClockSample } from './server-clock.js';

export interface AgentOptions {
  readonly address: Address;
  readonly token: string;
  readonly waits: Waits;
  readonly policy: ReplicaPolicy;
  readonly rng: Rng;
  readonly media: boolean;
  /** Left out, nothing is decided wrongly. */
  readonly decisions?: AgentDecisions;
}

/** Closes after which coming back is pointless: the next attempt would be refused for the same reason. */
const FINAL_CLOSES: readonly number[] = [
  CLOSE.unauthorized.code,
  CLOSE.badFrame.code,
  CLOSE.unknownType.code,
  CLOSE.replaced.code,
];

export class Agent {
  readonly #options: AgentOptions;
  readonly #decisions: AgentDecisions;
  #machine;
  readonly #deadlines = new Deadlines();
  readonly #name: string;
  #effects: AgentEffect[] = [];
  #replica: Replica = EMPTY_REPLICA;
  #session: SessionState<Wire> = freshSession();
  #sessionId: string | null = null;
  readonly #media: MediaTracks;
  /** Commands without a result, by id. */
  #pending = new Map<string, { readonly op: Op; readonly call: string; readonly dueAt: Millis }>();
  #rang = new Set<string>();
  #shown: Shown;
  #shownOf: Replica = EMPTY_REPLICA;
  /** Number of the current connection and how far it is; it is greeted when the session is up. */
  #conn = 0;
  #socket: 'none' | 'opening' | 'open' = 'none';
  #wanted = false;
  #attempt = 0;
  #helloAt: Millis = 0;
  #heartbeatMs: Millis;
  #clock: ClockSample | null = null;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#decisions = options.decisions ?? SOUND_DECISIONS;
    this.#machine = this.#decisions.machine(options.waits);
    this.#name = addressOf(options.address);
    this.#media = new MediaTracks(options.media);
    this.#heartbeatMs = options.waits.heartbeatMs;
    this.#shown = shownBy(EMPTY_REPLICA, options.address);
  }

  /** Takes one input at `now` (the probe's clock, ms) and returns what to do, in order. */
  handle(input: AgentInput, now: Millis): readonly AgentEffect[] {
    this.#effects = [];
    switch (input.type) {
      case 'act':
        this.#act(input.verb, input.callee ?? null, input.media ?? true, now);
        break;
      case 'opened':
        if (input.conn === this.#conn && this.#socket === 'opening') this.#greet(now);
        break;
      case 'closed':
        if (input.conn === this.#conn && this.#socket !== 'none') this.#closed(input.code, input.reason, now);
        break;
      case 'frame':
        if (input.conn === this.#conn && this.#socket === 'open') this.#frame(input.frame, now);
        break;
      case 'bad-frame':
        this.#violation('bad-frame', input.message, null);
        break;
      case 'media':
        this.#mediaOutcome(this.#media.report(input.call, input.report), now);
        break;
      case 'tick':
        for (let key = this.#deadlines.takeDue(now); key !== null; key = this.#deadlines.takeDue(now)) this.#due(key, now);
        break;
    }
    this.#showChange();
    this.#ring(now);
    return this.#effects;
  }

  deadline(): Millis | null {
    return this.#deadlines.next();
  }

  get shown(): Shown {
    return this.#shown;
  }

  /** Whether the device is meant to be reachable, and is. */
  get presence(): 'online' | 'offline' | 'away' {
    if (!this.#wanted) return 'away';
    return this.#session.up ? 'online' : 'offline';
  }

  /** Whether nothing is under way: no command without a result, nothing unacknowledged. */
  get isQuiet(): boolean {
    return this.#pending.size === 0 && this.#session.outbox.length === 0;
  }

  /** What the call timer on this device reads at `now`, or null while none runs. Server time is estimated from the greeting and the heartbeat. */
  timer(now: Millis): { readonly call: string; readonly elapsedMs: Millis } | null {
    const { call, view } = this.#shown;
    if (call === null || view.timerStartedAt === null || this.#clock === null) return null;
    return { call, elapsedMs: now + this.#decisions.offsetMs(this.#clock) - view.timerStartedAt };
  }

  mediaState(call: string): string {
    return this.#media.state(call);
  }

  #act(verb: Verb, callee: string | null, media: boolean, now: Millis): void {
    const op = OPS[verb];
    if (op === undefined) {
      this.#effects.push({ type: 'op', op: verb, peer: null, call: null });
      return this.#presence(verb, now);
    }
    const call = op === 'invite' ? this.#id('c') : this.#shown.call;
    this.#effects.push({ type: 'op', op: verb, peer: callee, call });
    if (call === null) return this.#violation('no-call', `${verb}: this device shows no call`, null);
    if (op === 'invite') {
      this.#replica = { ...this.#replica, pending: call };
      this.#command(op, call, now, callee ?? '');
      this.#mediaOutcome(this.#media.begin(call, media), now);
    } else this.#command(op, call, now);
  }

  #presence(verb: Verb, now: Millis): void {
    if (verb === 'come back' || verb === 'open') {
      this.#wanted = true;
      this.#attempt = 0;
      if (this.#socket === 'none') this.#connect();
      return;
    }
    this.#wanted = false;
    this.#deadlines.clear('reconnect');
    if (this.#socket !== 'none') this.#effects.push({ type: 'disconnect', conn: this.#conn, how: 'break' });
    this.#down(now);
    if (verb !== 'crash') return;
    this.#mediaOutcome(this.#media.keepOnly(new Set()), now);
    for (const id of this.#pending.keys()) this.#settle(id);
    this.#rang.clear();
    this.#replica = EMPTY_REPLICA;
    this.#session = freshSession();
    this.#machine = this.#decisions.machine(this.#options.waits);
    this.#sessionId = null;
    this.#clock = null;
  }

  #connect(): void {
    this.#deadlines.clear('reconnect');
    this.#socket = 'opening';
    this.#conn++;
    this.#effects.push({ type: 'connect', conn: this.#conn });
  }

  #greet(now: Millis): void {
    this.#socket = 'open';
    this.#helloAt = now;
    const { token, address } = this.#options;
    const resume = this.#sessionId === null ? {} : { resume: { session: this.#sessionId, ack: this.#session.received } };
    this.#transmit({ type: 'hello', token, device: address.device, ...resume });
    this.#deadlines.set('silent', now + this.#options.waits.helloMs);
  }

  #welcomed(frame: WelcomeFrame, now: Millis): void {
    this.#attempt = 0;
    this.#heartbeatMs = frame.heartbeatMs;
    if (!frame.resumed) this.#startOver(new Set(frame.calls.map(({ id }) => id)), now);
    this.#clock = betterSample(this.#clock, frame.time, this.#helloAt, now);
    this.#sessionId = frame.session;
    this.#deadlines.set('ping', now + this.#heartbeatMs);
    this.#step({ type: 'up', peerReceived: frame.ack }, now);
    // An end is told to who missed it; a call that was over before this device knew of it is no call of its.
    const { records, pending } = this.#replica;
    const isNews = ({ id, phase }: CallRecord): boolean => phase !== 'ended' || records.has(id) || pending === id;
    for (const record of frame.calls.filter(isNews)) this.#apply(record, now);
  }

  /**
   * The server knows nothing of the session before: it may be another one with another clock. What it has not
   * acknowledged is delivered anew, but for invitations that the user gave up on: they may have been calls that the
   * server has forgotten. For all else, results of commands included, the calls it has stand in.
   */
  #startOver(known: ReadonlySet<string>, now: Millis): void {
    const stale = new Set([...this.#pending].flatMap(([id, { op, dueAt }]) => (op === 'invite' && dueAt <= now ? id : [])));
    const outbox = this.#session.outbox.filter(({ payload }) => payload.type !== 'command' || !stale.has(payload.id));
    this.#session = this.#decisions.carryOver({ ...this.#session, outbox });
    this.#machine = this.#decisions.machine(this.#options.waits);
    this.#clock = null;
    const unsent = new Set(outbox.map(({ payload }) => (payload.type === 'command' ? payload.id : null)));
    for (const [id, { op, call }] of this.#pending) {
      if (unsent.has(id)) continue;
      this.#settle(id);
      this.#effects.push({ type: 'log', level: 'warn', message: `result of ${op} lost with its session`, data: { call } });
      if (op === 'invite' && !known.has(call)) this.#dropPending(call, now);
    }
    this.#replica = withoutLost(this.#replica, known);
    const invited = [...this.#pending.values()].map(({ call }) => call);
    this.#mediaOutcome(this.#media.keepOnly(new Set([...invited, ...this.#replica.records.keys()])), now);
  }

  #closed(code: number, reason: string, now: Millis): void {
    this.#down(now);
    if (!this.#wanted) return;
    if (FINAL_CLOSES.includes(code)) {
      this.#wanted = false;
      return this.#violation(`closed-${code}`, `the server closed the connection: ${code} ${reason}`, null);
    }
    const wait = delayBefore(this.#attempt++, this.#options.rng.fork(`reconnect-${this.#conn}`));
    if (wait === null) return this.#violation('unreachable', `gave up after ${this.#attempt - 1} attempts to connect`, null);
    this.#deadlines.set('reconnect', now + wait);
  }

  #down(now: Millis): void {
    this.#socket = 'none';
    for (const key of ['ping', 'silent', 'session']) this.#deadlines.clear(key);
    this.#step({ type: 'down' }, now);
  }

  #frame(frame: ServerFrame, now: Millis): void {
    this.#deadlines.set('silent', now + this.#options.waits.silentMs);
    if ((frame.type === 'welcome') === this.#session.up && frame.type !== 'error') {
      // Taken, either would mix up the numbers of two sessions; what is numbered is sent again.
      return this.#violation('out-of-turn', `a ${frame.type} frame ${this.#session.up ? 'after' : 'before'} the welcome`, null);
    }
    switch (frame.type) {
      case 'welcome':
        return this.#welcomed(frame, now);
      case 'ack':
        return this.#step({ type: 'ack', ack: frame.ack }, now);
      case 'pong':
        this.#clock = betterSample(this.#clock, frame.time, frame.at, now);
        if (frame.ack !== undefined) this.#step({ type: 'ack', ack: frame.ack }, now);
        return;
      case 'error':
        return this.#violation(`error-${frame.code}`, frame.message, null);
      default:
        return this.#step({ type: 'receive', seq: frame.seq, ack: frame.ack ?? null, payload: frame }, now);
    }
  }

  #step(input: SessionInput<Wire>, now: Millis): void {
    const step = this.#machine.transition(this.#session, input, now);
    this.#session = step.state;
    for (const effect of step.effects) {
      if (effect.type === 'deliver') this.#delivered(effect.payload as ServerPayload, now);
      else if (effect.type === 'overflow')
        this.#violation('overflow', 'more unacknowledged frames than a session may hold', null);
      else if (effect.type === 'transmit-ack') this.#transmit({ type: 'ack', ack: effect.ack });
      else if (effect.type === 'transmit')
        this.#transmit({ ...(effect.payload as ClientPayload), seq: effect.seq, ack: effect.ack });
    }
    const at = this.#machine.deadline(this.#session);
    if (at === null) this.#deadlines.clear('session');
    else this.#deadlines.set('session', at);
  }

  #delivered(payload: ServerPayload, now: Millis): void {
    switch (payload.type) {
      case 'event':
        return this.#apply(payload.record, now);
      case 'receipt':
        this.#effects.push({ type: 'receipt', call: payload.call, version: payload.version, device: addressOf(payload.device) });
        return;
      case 'signal':
        return this.#mediaOutcome(this.#media.signal(payload), now);
      case 'result': {
        const command = this.#pending.get(payload.id);
        this.#settle(payload.id);
        if (payload.refused !== null) {
          const data = { op: command?.op ?? null, refused: payload.refused };
          this.#effects.push({ type: 'log', level: 'info', message: `refused: ${payload.refused}`, data });
        }
        if (command?.op === 'invite' && payload.record?.id !== command.call) this.#dropPending(command.call, now);
        if (payload.record !== null) this.#apply(payload.record, now);
      }
    }
  }

  #settle(command: string): void {
    this.#pending.delete(command);
    this.#deadlines.clear(`command:${command}`);
  }

  /** The invitation did not become a call of its own: it was refused, or it answered the one that crossed it. */
  #dropPending(call: string, now: Millis): void {
    if (this.#replica.pending === call) this.#replica = { ...this.#replica, pending: null };
    this.#mediaOutcome(this.#media.drop(call), now);
  }

  #apply(record: CallRecord, now: Millis): void {
    const { address, policy } = this.#options;
    const next = takeOn(this.#replica, record, address, policy);
    if (next === null) return;
    this.#replica = next;
    this.#effects.push({ type: 'applied', record });
    this.#showChange();
    this.#send({ type: 'receipt', call: record.id, version: record.version }, now);
    if (record.phase === 'ended') this.#rang.delete(record.id);
    this.#mediaOutcome(this.#media.follow(record, address), now);
  }

  /** The call that this device shows rings here, once: also one that another call hid when it came. */
  #ring(now: Millis): void {
    const { call, side, view } = this.#shown;
    if (call === null || side !== 'callee' || view.state !== 'inviting' || this.#rang.has(call)) return;
    this.#rang.add(call);
    this.#command('ring', call, now);
  }

  #mediaOutcome(outcome: MediaOutcome, now: Millis): void {
    this.#effects.push(...outcome.effects);
    for (const signal of outcome.signals) this.#send(signal, now);
  }

  #command(op: Op, call: string, now: Millis, to?: string): void {
    const id = this.#id('m');
    const dueAt = now + this.#options.waits.commandMs;
    this.#pending.set(id, { op, call, dueAt });
    this.#deadlines.set(`command:${id}`, dueAt);
    this.#send({ type: 'command', id, op, call, ...(to === undefined ? {} : { to }) }, now);
  }

  #due(key: string, now: Millis): void {
    if (key === 'session') return this.#step({ type: 'tick' }, now);
    if (key === 'reconnect') return this.#connect();
    if (key === 'ping') {
      this.#transmit({ type: 'ping', at: now, ack: this.#session.received });
      return this.#deadlines.set('ping', now + this.#heartbeatMs);
    }
    if (key === 'silent') {
      this.#effects.push({ type: 'disconnect', conn: this.#conn, how: 'break' });
      return this.#closed(CLOSE.silent.code, CLOSE.silent.reason, now);
    }
    const id = key.slice('command:'.length);
    const command = this.#pending.get(id);
    if (command === undefined) return;
    this.#violation('no-result', `no result of ${command.op} after ${this.#options.waits.commandMs} ms`, command.call);
  }

  #showChange(): void {
    if (this.#shownOf === this.#replica) return;
    this.#shownOf = this.#replica;
    const shown = shownBy(this.#replica, this.#options.address);
    const old = this.#shown;
    this.#shown = shown;
    const isSame =
      old.call === shown.call &&
      old.view.state === shown.view.state &&
      old.view.reason === shown.view.reason &&
      old.view.timerStartedAt === shown.view.timerStartedAt;
    if (!isSame) this.#effects.push({ type: 'shown', shown });
  }

  #send(payload: ClientPayload, now: Millis): void {
    this.#step({ type: 'send', payload }, now);
  }

  #transmit(frame: ClientFrame): void {
    this.#effects.push({ type: 'transmit', conn: this.#conn, frame });
  }

  #violation(code: string, message: string, call: string | null): void {
    this.#effects.push({ type: 'violation', code, message, call });
  }

  #id(prefix: string): string {
    return `${prefix}-${this.#name.replace(/[^\w-]/g, '.').slice(0, 40)}-${drawId(this.#options.rng, 1)}`;
  }
}
