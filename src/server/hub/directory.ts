/**
 * Connections, the sessions of devices on them, and delivery. It knows numbers and sockets, never calls; it passes up payloads and
 * expired sessions.
 */

import { type Address, addressOf } from '../../protocol/address.js';
import type { Deadlines } from '../../protocol/deadlines.js';
import type { ClientFrame, ClientPayload, HelloFrame, ServerFrame, ServerPayload, Wire } from '../../protocol/frames.js';
import { LIMITS, type Waits } from '../../protocol/limits.js';
import type { Millis } from '../../protocol/machine.js';
import { CLOSE, type CloseName } from '../../protocol/reasons.js';
import { drawId, type Rng } from '../../protocol/rng.js';
import {
  freshSession,
  type SessionEffect,
  type SessionInput,
  type SessionMachine,
  type SessionState,
} from '../../protocol/session.js';
import type { HubEffect } from './io.js';
import type { HubPolicy } from './policy.js';
import type { Result, StoredResult, StoredSession } from './stored.js';

type Numbered = Exclude<ClientFrame, HelloFrame | { type: 'ack' } | { type: 'ping' }>;
/** Makes the machine of a new or restored session; one machine may serve all of them. */
export type SessionFactory = (session: string, device: Address) => SessionMachine<Wire>;
type Delivered = SessionEffect<ServerPayload> | SessionEffect<ClientPayload>;
/** A registered device, with or without a current socket. */
export interface DeviceSession {
  readonly id: string;
  readonly address: Address;
  readonly machine: SessionMachine<Wire>;
  conn: string | null;
  state: SessionState<Wire>;
  /** Results by command id, oldest first, so that a repeated command gets the same answer. */
  readonly results: Map<string, Result>;
  /** How many commands were answered for the first time. */
  answered: number;
}

/** What the directory passes up. */
export interface DirectoryEvents {
  effect(effect: HubEffect): void;
  delivered(session: DeviceSession, payload: ClientPayload, seq: number, now: Millis): void;
  /** The session has expired; `isLast` if the user has no other device. */
  expired(address: Address, isLast: boolean, now: Millis): void;
  /** The calls in the snapshot for a device. */
  snapshot(device: Address): Extract<ServerFrame, { type: 'welcome' }>['calls'];
}

export class Directory {
  readonly #machineOf: SessionFactory;
  readonly #sessions = new Map<string, DeviceSession>();
  readonly #devicesOf = new Map<string, Set<string>>();
  /** Device key of each open connection; null before its hello. Frames on a connection that the hub closed are ignored. */
  readonly #conns = new Map<string, string | null>();
  /** Payloads that a bug of the server delays, by number. */
  readonly #heldBack = new Map<string, { readonly device: Address; readonly payload: ServerPayload }>();
  #held = 0;
  /** Sessions that changed since the last `takeChanged`. */
  readonly #changed = new Set<string>();
  /** Results added and removed since the last `takeChangedResults`, by device key and command id. */
  readonly #changedResults = new Map<string, StoredResult | null>();

  constructor(
    readonly deadlines: Deadlines,
    readonly waits: Waits,
    readonly rng: Rng,
    readonly events: DirectoryEvents,
    readonly policy: HubPolicy,
    machineOf?: SessionFactory,
  ) {
    const machine = policy.machine(waits);
    this.#machineOf = machineOf ?? (() => machine);
  }

  get connectionCount(): number {
    return this.#conns.size;
  }

  /** Frames that devices have not acknowledged yet. */
  get undelivered(): number {
    return [...this.#sessions.values()].reduce((sum, { state }) => sum + state.outbox.length, 0);
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Devices of a user that are online or within their grace. */
  devicesOf(user: string): Address[] {
    return [...(this.#devicesOf.get(user) ?? [])].flatMap((key) => this.#sessions.get(key)?.address ?? []);
  }

  /** Keys of the sessions that changed, with what to store; null for expired ones. */
  takeChanged(): (readonly [string, StoredSession | null])[] {
    const changed = [...this.#changed].map((key) => [key, storedFrom(this.#sessions.get(key))] as const);
    this.#changed.clear();
    return changed;
  }

  /** New results, and null for removed ones, by device key and command id. */
  takeChangedResults(): (readonly [string, StoredResult | null])[] {
    const changed = [...this.#changedResults];
    this.#changedResults.clear();
    return changed;
  }

  forgetChanged(): void {
    this.#changed.clear();
    this.#changedResults.clear();
  }

  /** Restores sessions and results from a store: devices are offline and have their grace from now to reconnect. */
  restore(sessions: readonly StoredSession[], results: readonly StoredResult[], now: Millis): void {
    for (const { id, address, state } of sessions) {
      const key = addressOf(address);
      this.#sessions.set(key, {
        id,
        address,
        machine: this.#machineOf(id, address),
        conn: null,
        state,
        results: new Map(),
        answered: 0,
      });
      this.#enlist(address, key);
      this.deadlines.set(`grace:${key}`, now + this.waits.graceMs);
    }
    for (const { address, number, result } of [...results].sort((a, b) => a.number - b.number)) {
      const session = this.#sessions.get(addressOf(address));
      session?.results.set(result.id, result);
      if (session !== undefined) session.answered = number;
    }
  }

  open(conn: string, now: Millis): void {
    this.#conns.set(conn, null);
    this.deadlines.set(`conn:${conn}`, now + this.waits.helloMs);
    if (this.#conns.size > LIMITS.connectionsMax) this.#close(conn, 'goingAway', 'server is full', now);
  }

  hello(conn: string, address: Address, hello: HelloFrame, now: Millis, expiresAt: Millis | null): void {
    const registered = this.#conns.get(conn);
    if (registered === undefined) return;
    const key = addressOf(address);
    if (registered === key && expiresAt !== null) return this.#renew(conn, key, now, expiresAt);
    if (registered !== null) return this.reject(conn, 'badFrame', 'a second hello on one connection', now);
    const old = this.#sessions.get(key);
    const count = this.#devicesOf.get(address.user)?.size ?? 0;
    if (old === undefined && count >= LIMITS.devicesPerUserMax) {
      return this.reject(conn, 'tooManyDevices', `${address.user} has ${count} devices online, which is the limit`, now);
    }
    if (old?.conn != null && this.policy.fences) this.#fence(old, old.conn, now);
    const resumed = old !== undefined && this.policy.resumes(old.id, hello);
    const session = resumed ? old : this.#fresh(address, old);
    if (session.conn === null || this.policy.writesToNewest) session.conn = conn;
    this.#sessions.set(key, session);
    this.#changed.add(key);
    this.#enlist(address, key);
    this.#conns.set(conn, key);
    this.deadlines.clear(`conn:${conn}`);
    this.deadlines.set(`silent:${key}`, now + this.waits.silentMs);
    this.deadlines.clear(`grace:${key}`);
    if (expiresAt !== null) this.deadlines.set(`token:${key}`, expiresAt);
    this.events.effect({ type: 'session', change: resumed ? 'resumed' : 'opened', device: address, session: session.id });
    this.#welcome(conn, session, resumed, now);
    this.#step(session, { type: 'up', peerReceived: resumed ? (hello.resume?.ack ?? 0) : 0 }, now);
  }

  frame(conn: string, frame: Exclude<ClientFrame, HelloFrame>, now: Millis): void {
    const key = this.#conns.get(conn);
    if (key === undefined) return;
    if (key === null) return this.reject(conn, 'unauthorized', `a ${frame.type} frame before hello`, now);
    const session = this.#sessions.get(key);
    if (session === undefined || (session.conn !== conn && this.policy.fences)) return;
    this.deadlines.set(`silent:${key}`, now + this.waits.silentMs);
    if (frame.type === 'ack') return this.#step(session, { type: 'ack', ack: frame.ack }, now);
    if (frame.type === 'ping') {
      if (frame.ack !== undefined) this.#step(session, { type: 'ack', ack: frame.ack }, now);
      return this.#transmit(conn, session.address, { type: 'pong', at: frame.at, time: now, ack: session.state.received });
    }
    const { seq, ack } = frame satisfies Numbered;
    this.#step(session, { type: 'receive', seq, ack: ack ?? null, payload: frame }, now);
  }

  /** The connection is gone; its device has its grace to reconnect. */
  closed(conn: string, now: Millis): void {
    const key = this.#conns.get(conn);
    this.#conns.delete(conn);
    this.deadlines.clear(`conn:${conn}`);
    const session = key == null ? undefined : this.#sessions.get(key);
    if (key == null || session === undefined || session.conn === null) return;
    if (session.conn !== conn && this.policy.tellsSocketsApart) return;
    session.conn = null;
    this.#step(session, { type: 'down' }, now);
    for (const what of ['silent', 'token']) this.deadlines.clear(`${what}:${key}`);
    this.deadlines.set(`grace:${key}`, now + this.waits.graceMs);
    this.events.effect({ type: 'session', change: 'lost', device: session.address, session: session.id });
  }

  /** A deadline of a connection or a session passed. */
  due(what: string, name: string, now: Millis): void {
    if (what === 'conn') return this.reject(name, 'helloTimeout', CLOSE.helloTimeout.reason, now);
    if (what === 'held') return this.#release(name, now);
    const session = this.#sessions.get(name);
    if (session === undefined) return;
    if (what === 'session') this.#step(session, { type: 'tick' }, now);
    else if (what === 'grace') this.#expire(session, now);
    else if (what === 'token' && session.conn !== null) {
      this.reject(session.conn, 'tokenExpired', CLOSE.tokenExpired.reason, now);
    } else if (what === 'silent' && session.conn !== null) this.#close(session.conn, 'silent', CLOSE.silent.reason, now);
  }

  /** Delivers to a device: now, or when it reconnects within its grace. Without a session nothing is delivered. */
  send(device: Address, payload: ServerPayload, now: Millis): void {
    const heldMs = this.policy.holdsBackMs(device, payload);
    if (heldMs === 0) return this.#sendNow(device, payload, now);
    const name = `${++this.#held}`;
    this.#heldBack.set(name, { device, payload });
    this.deadlines.set(`held:${name}`, now + heldMs);
  }

  /** Answers a command and stores the result, for a bounded number of commands. */
  answer(session: DeviceSession, result: Result, now: Millis): void {
    if (this.policy.remembersResults && !session.results.has(result.id)) {
      session.answered += 1;
      session.results.set(result.id, result);
      this.#changedResults.set(resultKey(session, result.id), { address: session.address, number: session.answered, result });
      const oldest = session.results.keys().next();
      if (session.results.size > LIMITS.commandResultsMax && !oldest.done) this.#forgetResult(session, oldest.value);
    }
    this.#step(session, { type: 'send', payload: result }, now);
  }

  /** Ends a connection with an error frame and its reason. */
  reject(conn: string, close: CloseName, message: string, now: Millis): void {
    if (!this.#conns.has(conn)) return;
    this.#transmit(conn, null, { type: 'error', code: CLOSE[close].code, message });
    this.#close(conn, close, message, now);
  }

  #sendNow(device: Address, payload: ServerPayload, now: Millis): void {
    const session = this.#sessions.get(addressOf(device));
    if (session === undefined) return;
    for (const sent of this.policy.outgoing(device, payload)) {
      this.#step(session, { type: 'send', payload: sent }, now);
    }
  }

  #release(name: string, now: Millis): void {
    const held = this.#heldBack.get(name);
    this.#heldBack.delete(name);
    if (held !== undefined) this.#sendNow(held.device, held.payload, now);
  }

  /** A new session of a device; earlier results are kept. */
  #fresh(address: Address, old: DeviceSession | undefined): DeviceSession {
    const { results, answered } = old ?? { results: new Map<string, Result>(), answered: 0 };
    const id = `s-${drawId(this.rng, 3)}`;
    const machine = this.#machineOf(id, address);
    return { id, address, machine, conn: null, state: freshSession<Wire>(), results, answered };
  }

  #forgetResult(session: DeviceSession, command: string): void {
    session.results.delete(command);
    this.#changedResults.set(resultKey(session, command), null);
  }

  /** A device that sends hello again in time stays: its newer token replaces the older one. */
  #renew(conn: string, key: string, now: Millis, expiresAt: Millis): void {
    const session = this.#sessions.get(key);
    if (session?.conn !== conn) return;
    this.deadlines.set(`token:${key}`, expiresAt);
    this.deadlines.set(`silent:${key}`, now + this.waits.silentMs);
    this.#welcome(conn, session, true, now);
  }

  #welcome(conn: string, session: DeviceSession, resumed: boolean, now: Millis): void {
    this.#transmit(conn, session.address, {
      type: 'welcome',
      session: session.id,
      resumed,
      ack: session.state.received,
      time: now,
      heartbeatMs: this.waits.heartbeatMs,
      calls: this.events.snapshot(session.address),
    });
  }

  #enlist(address: Address, key: string): void {
    this.#devicesOf.set(address.user, (this.#devicesOf.get(address.user) ?? new Set<string>()).add(key));
  }

  /** A newer connection of a device replaces the older one, whose frames no longer count. */
  #fence(session: DeviceSession, stale: string, now: Millis): void {
    session.conn = null;
    this.events.effect({ type: 'session', change: 'replaced', device: session.address, session: session.id });
    this.#step(session, { type: 'down' }, now);
    this.#close(stale, 'replaced', CLOSE.replaced.reason, now);
  }

  #step(session: DeviceSession, input: SessionInput<Wire>, now: Millis): void {
    const key = addressOf(session.address);
    const step = session.machine.transition(session.state, input, now);
    session.state = step.state;
    this.#changed.add(key);
    for (const effect of step.effects) {
      this.#perform(session, effect as Delivered, now);
      if (this.#sessions.get(key) !== session) return;
    }
    const at = session.machine.deadline(session.state);
    if (at === null) this.deadlines.clear(`session:${key}`);
    else this.deadlines.set(`session:${key}`, at);
  }

  #perform(session: DeviceSession, effect: Delivered, now: Millis): void {
    const { conn, address } = session;
    switch (effect.type) {
      case 'transmit':
        if (conn !== null) {
          this.#transmit(conn, address, { ...(effect.payload as ServerPayload), seq: effect.seq, ack: effect.ack });
        }
        break;
      case 'transmit-ack':
        if (conn !== null) this.#transmit(conn, address, { type: 'ack', ack: effect.ack });
        break;
      case 'deliver':
        this.events.delivered(session, effect.payload as ClientPayload, effect.seq, now);
        break;
      case 'overflow':
        if (conn !== null) this.#close(conn, 'slowConsumer', CLOSE.slowConsumer.reason, now);
        this.#expire(session, now);
        break;
      case 'duplicate':
        break;
    }
  }

  #expire(session: DeviceSession, now: Millis): void {
    const { address } = session;
    const key = addressOf(address);
    for (const what of ['session', 'grace', 'silent', 'token']) this.deadlines.clear(`${what}:${key}`);
    this.#sessions.delete(key);
    this.#changed.add(key);
    for (const command of [...session.results.keys()]) this.#forgetResult(session, command);
    const devices = this.#devicesOf.get(address.user);
    devices?.delete(key);
    if (devices?.size === 0) this.#devicesOf.delete(address.user);
    this.events.effect({ type: 'session', change: 'expired', device: address, session: session.id });
    this.events.expired(address, (devices?.size ?? 0) === 0, now);
  }

  #transmit(conn: string, device: Address | null, frame: ServerFrame): void {
    this.events.effect({ type: 'transmit', conn, device, frame });
  }

  #close(conn: string, close: CloseName, message: string, now: Millis): void {
    this.events.effect({ type: 'close', conn, close, message });
    this.closed(conn, now);
  }
}

function storedFrom(session: DeviceSession | undefined): StoredSession | null {
  if (session === undefined) return null;
  const { id, address } = session;
  return { id, address, state: { ...session.state, up: false, ackDueAt: null, resendAt: null, resends: 0 } };
}

/** Unique, since names of users and devices have no slash. */
function resultKey({ address }: DeviceSession, command: string): string {
  return `${addressOf(address)}/${command}`;
}
