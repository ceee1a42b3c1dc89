/**
 * The bundled server without its sockets: connections, sessions and calls behind one function from input to effects.
 * Deterministic: it reads no clock and draws ids from the generator it is given. It owns its maps, so `handle` is not
 * re-entrant: one input, then all of its effects, then the next input.
 */
import { type Address, addressOf, sameAddress } from '../../protocol/address.js';
import type { CallRecord, Move, Moved } from '../../protocol/call.js';
import { Deadlines } from '../../protocol/deadlines.js';
import type {
  Cause,
  ClientFrame,
  ClientPayload,
  CommandFrame,
  HelloFrame,
  ServerFrame,
  ServerPayload,
} from '../../protocol/frames.js';
import { LIMITS, type Waits } from '../../protocol/limits.js';
import type { Millis } from '../../protocol/machine.js';
import { CLOSE, type CloseName, type Refusal } from '../../protocol/reasons.js';
import { drawId, type Rng } from '../../protocol/rng.js';
import {
  freshSession,
  type SessionEffect,
  type SessionInput,
  type SessionState,
  sessionMachine,
} from '../../protocol/session.js';
import { CallBook } from './book.js';
import type { HubEffect, HubInput } from './io.js';
import type { HubPolicy } from './policy.js';

type Numbered = Exclude<ClientFrame, HelloFrame | { type: 'ack' } | { type: 'ping' }>;
type Delivered = SessionEffect<ServerPayload> | SessionEffect<ClientPayload>;
type Wire = ServerPayload | ClientPayload;

/** A device that said hello, with or without a socket at the moment. */
interface DeviceSession {
  readonly id: string;
  readonly address: Address;
  conn: string | null;
  state: SessionState<Wire>;
  /** Results by command id, oldest first, so that a repeated command gets the same answer. */
  readonly results: Map<string, Extract<ServerPayload, { type: 'result' }>>;
}

export interface HubOptions {
  readonly waits: Waits;
  readonly policy: HubPolicy;
  readonly rng: Rng;
}

/** Counts of what a hub holds, for health, metrics and the check that nothing is left behind. */
export interface HubCensus {
  readonly connections: number;
  readonly sessions: number;
  readonly liveCalls: number;
  readonly busyUsers: readonly string[];
}

export class Hub {
  readonly #options: HubOptions;
  readonly #machine;
  readonly #deadlines = new Deadlines();
  readonly #book: CallBook;
  readonly #sessions = new Map<string, DeviceSession>();
  readonly #devicesOf = new Map<string, Set<string>>();
  /** Device key of each open connection; null before its hello. What still arrives on one that the hub closed is ignored. */
  readonly #conns = new Map<string, string | null>();
  #effects: HubEffect[] = [];

  constructor(options: HubOptions) {
    this.#options = options;
    this.#machine = sessionMachine<Wire>(options.waits);
    this.#book = new CallBook(this.#deadlines, options.waits);
  }

  /** Takes one input at `now` (server time, ms) and returns what to do, in order. */
  handle(input: HubInput, now: Millis): readonly HubEffect[] {
    this.#effects = [];
    switch (input.type) {
      case 'open':
        this.#conns.set(input.conn, null);
        this.#deadlines.set(`conn:${input.conn}`, now + this.#options.waits.helloMs);
        if (this.#conns.size > LIMITS.connectionsMax) this.#close(input.conn, 'goingAway', 'server is full', now);
        break;
      case 'hello':
        this.#hello(input.conn, { user: input.user, device: input.hello.device }, input.hello, now);
        break;
      case 'frame':
        this.#frame(input.conn, input.frame, now);
        break;
      case 'reject':
        this.#reject(input.conn, input.close, input.message, now);
        break;
      case 'closed':
        this.#closed(input.conn, now);
        break;
      case 'tick':
        for (let key = this.#deadlines.takeDue(now); key !== null; key = this.#deadlines.takeDue(now)) this.#due(key, now);
        break;
    }
    return this.#effects;
  }

  /** The earliest instant at which the hub wants a tick, or null. */
  deadline(): Millis | null {
    return this.#deadlines.next();
  }

  /** A call as `GET /v1/calls/:id` tells it to one of its users; null for strangers and unknown ids alike. */
  read(call: string, user: string): CallRecord | null {
    const record = this.#book.get(call);
    return record !== null && (record.caller.user === user || record.callee.user === user) ? record : null;
  }

  census(): HubCensus {
    return {
      connections: this.#conns.size,
      sessions: this.#sessions.size,
      liveCalls: this.#book.liveCount,
      busyUsers: this.#book.busyUsers(),
    };
  }

  #hello(conn: string, address: Address, hello: HelloFrame, now: Millis): void {
    const greeted = this.#conns.get(conn);
    if (greeted === undefined) return;
    if (greeted !== null) return this.#reject(conn, 'badFrame', 'a second hello on one connection', now);
    const key = addressOf(address);
    const old = this.#sessions.get(key);
    const devices = this.#devicesOf.get(address.user) ?? new Set<string>();
    if (old === undefined && devices.size >= LIMITS.devicesPerUserMax) {
      return this.#reject(conn, 'slowConsumer', `${address.user} has ${devices.size} devices online, no more are taken`, now);
    }
    if (old?.conn != null) {
      const stale = old.conn;
      old.conn = null;
      this.#effects.push({ type: 'session', news: 'replaced', device: address, session: old.id });
      this.#step(old, { type: 'down' }, now);
      this.#close(stale, 'replaced', CLOSE.replaced.reason, now);
    }
    const resumed = old !== undefined && hello.resume?.session === old.id;
    const session: DeviceSession = resumed
      ? old
      : {
          id: `s-${drawId(this.#options.rng, 3)}`,
          address,
          conn,
          state: freshSession<Wire>(),
          results: old?.results ?? new Map(),
        };
    session.conn = conn;
    this.#sessions.set(key, session);
    this.#devicesOf.set(address.user, devices.add(key));
    this.#conns.set(conn, key);
    this.#deadlines.clear(`conn:${conn}`);
    this.#deadlines.set(`silent:${key}`, now + this.#options.waits.silentMs);
    this.#deadlines.clear(`grace:${key}`);
    this.#effects.push({ type: 'session', news: resumed ? 'resumed' : 'opened', device: address, session: session.id });
    this.#transmit(conn, address, {
      type: 'welcome',
      session: session.id,
      resumed,
      ack: session.state.received,
      time: now,
      heartbeatMs: this.#options.waits.heartbeatMs,
      calls: this.#book.of(address.user),
    });
    this.#step(session, { type: 'up', peerReceived: resumed ? (hello.resume?.ack ?? 0) : 0 }, now);
  }

  #frame(conn: string, frame: Exclude<ClientFrame, HelloFrame>, now: Millis): void {
    const key = this.#conns.get(conn);
    if (key === undefined) return;
    if (key === null) return this.#reject(conn, 'unauthorized', `a ${frame.type} frame before hello`, now);
    const session = this.#sessions.get(key);
    if (session?.conn !== conn) return;
    this.#deadlines.set(`silent:${key}`, now + this.#options.waits.silentMs);
    if (frame.type === 'ack') return this.#step(session, { type: 'ack', ack: frame.ack }, now);
    if (frame.type === 'ping') {
      if (frame.ack !== undefined) this.#step(session, { type: 'ack', ack: frame.ack }, now);
      return this.#transmit(conn, session.address, { type: 'pong', at: frame.at, time: now, ack: session.state.received });
    }
    const { seq, ack, ...payload } = frame satisfies Numbered;
    this.#step(session, { type: 'receive', seq, ack: ack ?? null, payload }, now);
  }

  #step(session: DeviceSession, input: SessionInput<Wire>, now: Millis): void {
    const key = addressOf(session.address);
    const step = this.#machine.transition(session.state, input, now);
    session.state = step.state;
    for (const effect of step.effects) {
      this.#sessionEffect(session, effect as Delivered, now);
      if (this.#sessions.get(key) !== session) return;
    }
    const at = this.#machine.deadline(session.state);
    if (at === null) this.#deadlines.clear(`session:${key}`);
    else this.#deadlines.set(`session:${key}`, at);
  }

  #sessionEffect(session: DeviceSession, effect: Delivered, now: Millis): void {
    const { conn, address } = session;
    switch (effect.type) {
      case 'transmit':
        if (conn !== null)
          this.#transmit(conn, address, { ...(effect.payload as ServerPayload), seq: effect.seq, ack: effect.ack });
        break;
      case 'transmit-ack':
        if (conn !== null) this.#transmit(conn, address, { type: 'ack', ack: effect.ack });
        break;
      case 'deliver':
        this.#delivered(session, effect.payload as ClientPayload, effect.seq, now);
        break;
      case 'overflow':
        if (conn !== null) this.#close(conn, 'slowConsumer', CLOSE.slowConsumer.reason, now);
        this.#expire(session, now);
        break;
      case 'duplicate':
        break;
    }
  }

  #delivered(session: DeviceSession, payload: ClientPayload, seq: number, now: Millis): void {
    if (payload.type === 'command') return this.#command(session, payload, seq, now);
    const record = this.#book.get(payload.call);
    const from = session.address;
    if (record === null || !this.#devicesOfCall(record).some((device) => sameAddress(device, from))) {
      this.#effects.push({
        type: 'stray',
        device: from,
        call: payload.call,
        message: `${payload.type} for a call without this device`,
      });
      return;
    }
    if (payload.type === 'receipt') {
      this.#effects.push({ type: 'applied', call: record.id, version: payload.version, device: from });
      const mover = this.#book.moverOf(record.id, payload.version);
      if (mover !== null && !sameAddress(mover, from)) this.#send(mover, { ...payload, device: from }, now);
      return;
    }
    const callee = record.callee.device === null ? null : { user: record.callee.user, device: record.callee.device };
    const to = sameAddress(from, record.caller) ? callee : callee !== null && sameAddress(from, callee) ? record.caller : null;
    if (to === null || record.phase !== 'connected') {
      this.#effects.push({
        type: 'stray',
        device: from,
        call: record.id,
        message: `signal while ${record.phase} has nobody to go to`,
      });
      return;
    }
    this.#send(to, { ...payload, from }, now);
  }

  #command(session: DeviceSession, command: Omit<CommandFrame, 'seq' | 'ack'>, seq: number, now: Millis): void {
    const known = session.results.get(command.id);
    if (known !== undefined) return this.#step(session, { type: 'send', payload: known }, now);
    const { address } = session;
    const cause: Cause = { move: command.op, by: address, command: command.id };
    if (command.op === 'invite') return this.#invite(session, command, cause, seq, now);
    const moved = this.#book.move(command.call, command.op, address, now);
    const refused = moved === null ? 'unknown-call' : moved.refused;
    const visible = refused === 'not-a-participant' ? null : (moved?.record ?? null);
    this.#result(session, command, refused, visible, seq, now);
    if (moved?.changed) this.#changed(moved.record, cause, seq, now);
  }

  #invite(session: DeviceSession, command: Omit<CommandFrame, 'seq' | 'ack'>, cause: Cause, seq: number, now: Millis): void {
    const invited = this.#book.invite(command.call, session.address, command.to ?? session.address.user, now);
    if (invited.kind === 'refused') return this.#result(session, command, invited.why, invited.record, seq, now);
    if (invited.kind === 'repeated') return this.#result(session, command, null, invited.record, seq, now);
    if (invited.kind === 'glare') {
      const moved = this.#book.move(invited.record.id, 'accept', session.address, now);
      this.#result(session, command, moved?.refused ?? null, moved?.record ?? null, seq, now);
      if (moved?.changed) this.#changed(moved.record, { ...cause, move: 'accept' }, seq, now);
      return;
    }
    const { record } = invited;
    this.#result(session, command, null, record, seq, now);
    this.#changed(record, cause, seq, now);
    if (this.#book.isCalleeBusy(record)) this.#serverMove(record.id, 'busy', now);
    else if (!this.#devicesOf.get(record.callee.user)?.size) this.#serverMove(record.id, 'no-ring', now);
  }

  #result(
    session: DeviceSession,
    command: Omit<CommandFrame, 'seq' | 'ack'>,
    refused: Refusal | null,
    record: CallRecord | null,
    seq: number,
    now: Millis,
  ): void {
    const { id, op, call } = command;
    if (refused !== null) {
      this.#effects.push({ type: 'refused', device: session.address, call, command: id, op, seq, why: refused });
    }
    const payload = { type: 'result', id, ok: refused === null, refused, record } as const;
    session.results.set(id, payload);
    const oldest = session.results.keys().next();
    if (session.results.size > LIMITS.commandResultsMax && !oldest.done) session.results.delete(oldest.value);
    this.#step(session, { type: 'send', payload }, now);
  }

  #serverMove(call: string, move: Move, now: Millis): void {
    const moved: Moved | null = this.#book.move(call, move, null, now);
    if (moved?.changed) this.#changed(moved.record, { move, by: null, command: null }, null, now);
  }

  #changed(record: CallRecord, cause: Cause, seq: number | null, now: Millis): void {
    const change = { record, cause, seq };
    this.#effects.push({ type: 'changed', ...change });
    const devices = this.#devicesOfCall(record);
    for (const device of this.#options.policy.recipients(change, devices))
      this.#send(device, { type: 'event', record, cause }, now);
  }

  #devicesOfCall(record: CallRecord): Address[] {
    const devices: Address[] = [];
    for (const user of [record.caller.user, record.callee.user]) {
      for (const key of this.#devicesOf.get(user) ?? []) {
        const session = this.#sessions.get(key);
        if (session !== undefined) devices.push(session.address);
      }
    }
    return devices;
  }

  #send(device: Address, payload: ServerPayload, now: Millis): void {
    const session = this.#sessions.get(addressOf(device));
    if (session !== undefined) this.#step(session, { type: 'send', payload }, now);
  }

  #closed(conn: string, now: Millis): void {
    const key = this.#conns.get(conn);
    this.#conns.delete(conn);
    this.#deadlines.clear(`conn:${conn}`);
    const session = key == null ? undefined : this.#sessions.get(key);
    if (key == null || session === undefined || session.conn !== conn) return;
    session.conn = null;
    this.#step(session, { type: 'down' }, now);
    this.#deadlines.clear(`silent:${key}`);
    this.#deadlines.set(`grace:${key}`, now + this.#options.waits.graceMs);
    this.#effects.push({ type: 'session', news: 'lost', device: session.address, session: session.id });
  }

  #due(key: string, now: Millis): void {
    const at = key.indexOf(':');
    const what = key.slice(0, at);
    const name = key.slice(at + 1);
    const session = this.#sessions.get(name);
    if (what === 'conn') this.#reject(name, 'helloTimeout', CLOSE.helloTimeout.reason, now);
    else if (what === 'call') {
      const move = this.#book.due(name);
      if (move !== null) this.#serverMove(name, move, now);
    } else if (session === undefined) return;
    else if (what === 'session') this.#step(session, { type: 'tick' }, now);
    else if (what === 'grace') this.#expire(session, now);
    else if (what === 'silent' && session.conn !== null) this.#close(session.conn, 'silent', CLOSE.silent.reason, now);
  }

  /** Forgets a session for good; a live call that hung on this device ends the same way for everyone. */
  #expire(session: DeviceSession, now: Millis): void {
    const { address } = session;
    const key = addressOf(address);
    for (const what of ['session', 'grace', 'silent']) this.#deadlines.clear(`${what}:${key}`);
    this.#sessions.delete(key);
    const devices = this.#devicesOf.get(address.user);
    devices?.delete(key);
    if (devices?.size === 0) this.#devicesOf.delete(address.user);
    this.#effects.push({ type: 'session', news: 'expired', device: address, session: session.id });
    const call = this.#book.liveOf(address.user);
    if (call === null) return;
    const isParty =
      sameAddress(call.caller, address) || (call.callee.user === address.user && call.callee.device === address.device);
    const wasLast = call.callee.user === address.user && !devices?.size;
    if (isParty || wasLast) this.#serverMove(call.id, 'lost', now);
  }

  #reject(conn: string, close: CloseName, message: string, now: Millis): void {
    if (!this.#conns.has(conn)) return;
    this.#transmit(conn, null, { type: 'error', code: CLOSE[close].code, message });
    this.#close(conn, close, message, now);
  }

  #transmit(conn: string, device: Address | null, frame: ServerFrame): void {
    this.#effects.push({ type: 'transmit', conn, device, frame });
  }

  #close(conn: string, close: CloseName, message: string, now: Millis): void {
    this.#effects.push({ type: 'close', conn, close, message });
    this.#closed(conn, now);
  }
}
