/**
 * The bundled server without its sockets: connections, sessions and calls behind one function from input to effects.
 * Deterministic: it reads no clock and draws ids from the generator that it is given. It owns its maps, so `handle` is not
 * re-entrant: one input, then all of its effects, then the next input.
 */
import { type Address, sameAddress } from '../../protocol/address.js';
import { type CallRecord, type Move, type Phase, sideOf } from '../../protocol/call.js';
import { Deadlines } from '../../protocol/deadlines.js';
import type { Cause, ClientPayload, CommandFrame } from '../../protocol/frames.js';
import { LIMITS, type Waits } from '../../protocol/limits.js';
import type { Millis } from '../../protocol/machine.js';
import type { Refusal } from '../../protocol/reasons.js';
import type { Rng } from '../../protocol/rng.js';
import { CallBook } from './book.js';
import { Buckets } from './bucket.js';
import { type DeviceSession, Directory, type DirectoryEvents, type SessionFactory } from './directory.js';
import type { HubEffect, HubInput } from './io.js';
import type { HubPolicy } from './policy.js';
import type { StoredEntry, StoredResult, StoredSession } from './stored.js';

type Command = Omit<CommandFrame, 'seq' | 'ack'>;

export interface HubOptions {
  readonly waits: Waits;
  readonly policy: HubPolicy;
  readonly rng: Rng;
  /** Whether every change has a `persist` effect, before all other effects of its input. */
  readonly durable?: boolean;
  /** Makes the machines of sessions; by default all share one. */
  readonly sessions?: SessionFactory;
}

/** Counts of the hub's contents, for health, metrics and the check that nothing is left over. */
export interface HubCensus {
  readonly connections: number;
  readonly sessions: number;
  readonly liveCalls: number;
  readonly busyUsers: number;
}

export class Hub {
  readonly #options: HubOptions;
  readonly #deadlines = new Deadlines();
  readonly #book: CallBook;
  readonly #directory: Directory;
  /** Remaining invitations of each user. */
  readonly #invitations = new Buckets({
    perSecond: LIMITS.invitationsPerMinuteMax / 60,
    burst: LIMITS.invitationsPerMinuteMax,
  });
  #effects: HubEffect[] = [];

  constructor(options: HubOptions) {
    this.#options = options;
    const { waits, policy, rng, sessions } = options;
    this.#book = new CallBook(this.#deadlines, waits, policy);
    const events: DirectoryEvents = {
      effect: (effect) => this.#effects.push(effect),
      delivered: (session, payload, seq, now) => this.#delivered(session, payload, seq, now),
      expired: (address, isLast, now) => this.#expired(address, isLast, now),
      snapshot: (device) => policy.snapshot(this.#book.of(device.user), device),
    };
    this.#directory = new Directory(this.#deadlines, waits, rng, events, policy, sessions);
  }

  /** Restores the contents of a store, before the first input. Devices are offline at first; clocks continue at `now`. */
  restore(entries: Iterable<StoredEntry>, now: Millis): void {
    if (!this.#options.policy.restores) return;
    const sessions: StoredSession[] = [];
    const results: StoredResult[] = [];
    for (const { value } of entries) {
      if (value.kind === 'call') this.#book.restore(value.call, now);
      else if (value.kind === 'session') sessions.push(value.session);
      else results.push(value.result);
    }
    this.#directory.restore(sessions, results, now);
    this.#book.forgetChanged();
    this.#directory.forgetChanged();
  }

  /** Handles one input at `now` (server time, ms) and returns its effects, in order. */
  handle(input: HubInput, now: Millis): readonly HubEffect[] {
    this.#effects = [];
    switch (input.type) {
      case 'open':
        this.#directory.open(input.conn, now);
        break;
      case 'hello':
        this.#hello(input, now);
        break;
      case 'frame':
        this.#directory.frame(input.conn, input.frame, now);
        break;
      case 'reject':
        this.#directory.reject(input.conn, input.close, input.message, now);
        break;
      case 'closed':
        this.#directory.closed(input.conn, now);
        break;
      case 'tick':
        for (let key = this.#deadlines.takeDue(now); key !== null; key = this.#deadlines.takeDue(now)) this.#due(key, now);
        break;
    }
    this.#persistFirst();
    return this.#effects;
  }

  /** When the hub wants the next tick, or null. */
  deadline(): Millis | null {
    return this.#deadlines.next();
  }

  /** A call for `GET /v1/calls/:id` of one of its users; null for other users and for unknown ids. */
  read(call: string, user: string): CallRecord | null {
    const record = this.#book.get(call);
    return record !== null && (record.caller.user === user || record.callee.user === user) ? record : null;
  }

  /** Whether calls can be read at all. */
  get answersByHttp(): boolean {
    return this.#options.policy.answersByHttp;
  }

  /** Sizes of everything that grows with use: readable calls, timers, and unacknowledged frames. */
  holdings(): { readonly calls: number; readonly deadlines: number; readonly undelivered: number } {
    return { calls: this.#book.size, deadlines: this.#deadlines.size, undelivered: this.#directory.undelivered };
  }

  /** How many calls are in each phase; ended ones are those that can still be read. */
  phases(): Readonly<Record<Phase, number>> {
    return this.#book.phases;
  }

  /** Users with a live call, by name; `census` only counts them. */
  busyUsers(): readonly string[] {
    return this.#book.busyUsers();
  }

  census(): HubCensus {
    return {
      connections: this.#directory.connectionCount,
      sessions: this.#directory.sessionCount,
      liveCalls: this.#book.liveCount,
      busyUsers: this.#book.busyCount,
    };
  }

  /** Nothing of an input may be sent before it is stored: a crash in between would lose acknowledged changes. */
  #persistFirst(): void {
    if (this.#options.durable !== true) {
      this.#book.forgetChanged();
      this.#directory.forgetChanged();
      return;
    }
    const calls = this.#book.takeChanged();
    const sessions = this.#directory.takeChanged();
    const results = this.#directory.takeChangedResults();
    if (calls.length + sessions.length + results.length === 0) return;
    const entries = [
      ...calls.map(([id, call]) => ({ key: `call:${id}`, value: call === null ? null : ({ kind: 'call', call } as const) })),
      ...sessions.map(([key, session]) => ({
        key: `session:${key}`,
        value: session === null ? null : ({ kind: 'session', session } as const),
      })),
      ...results.map(([key, result]) => ({
        key: `result:${key}`,
        value: result === null ? null : ({ kind: 'result', result } as const),
      })),
    ];
    this.#effects.unshift({ type: 'persist', entries });
  }

  #hello({ conn, user, hello, expiresAt }: Extract<HubInput, { type: 'hello' }>, now: Millis): void {
    this.#directory.hello(conn, { user, device: hello.device }, hello, now, expiresAt ?? null);
  }

  #delivered(session: DeviceSession, payload: ClientPayload, seq: number, now: Millis): void {
    if (payload.type === 'command') return this.#command(session, payload, seq, now);
    const record = this.#book.get(payload.call);
    const from = session.address;
    const stray = (message: string): void => {
      this.#effects.push({ type: 'stray', device: from, call: payload.call, message });
    };
    if (record === null || sideOf(record, from) === null) {
      return stray(`${payload.type} for a call that this device does not take part in`);
    }
    if (payload.type === 'receipt') {
      this.#effects.push({ type: 'applied', call: record.id, version: payload.version, device: from });
      const mover = this.#book.moverOf(record.id, payload.version);
      const { type, call, version } = payload;
      const isPassed = mover !== null && !sameAddress(mover, from) && this.#options.policy.passesReceipts;
      if (isPassed) this.#directory.send(mover, { type, call, version, device: from }, now);
      return;
    }
    const callee = record.callee.device === null ? null : { user: record.callee.user, device: record.callee.device };
    const to = sameAddress(from, record.caller) ? callee : callee !== null && sameAddress(from, callee) ? record.caller : null;
    if (to === null || record.phase !== 'connected') return stray(`signal without a recipient while ${record.phase}`);
    const { type, call, kind, data } = payload;
    this.#directory.send(to, { type, call, kind, data, from }, now);
  }

  #command(session: DeviceSession, command: Command, seq: number, now: Millis): void {
    const known = session.results.get(command.id);
    if (known !== undefined) return this.#directory.answer(session, known, now);
    const { address } = session;
    const cause: Cause = { move: command.op, by: address, command: command.id };
    if (command.op === 'invite') return this.#invite(session, command, cause, seq, now);
    const moved = this.#book.move(command.call, command.op, address, now);
    const refused = moved === null ? 'unknown-call' : moved.refused;
    const visible = refused === 'not-a-participant' ? null : (moved?.record ?? null);
    this.#result(session, command, refused, visible, seq, now);
    if (moved?.changed) this.#changed(moved.record, cause, seq, now);
  }

  #invite(session: DeviceSession, command: Command, cause: Cause, seq: number, now: Millis): void {
    if (!this.#invitations.take(session.address.user, 1, now)) {
      return this.#result(session, command, 'too-many-invitations', null, seq, now);
    }
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
    else if (this.#directory.devicesOf(record.callee.user).length === 0) this.#serverMove(record.id, 'no-ring', now);
  }

  #result(
    session: DeviceSession,
    command: Command,
    refused: Refusal | null,
    record: CallRecord | null,
    seq: number,
    now: Millis,
  ): void {
    const { id, op, call } = command;
    this.#effects.push({ type: 'answered', device: session.address, op, refused });
    if (refused !== null) {
      this.#effects.push({ type: 'refused', device: session.address, call, command: id, op, seq, why: refused });
    }
    this.#directory.answer(session, { type: 'result', id, ok: refused === null, refused, record }, now);
  }

  #serverMove(call: string, move: Move, now: Millis): void {
    const moved = this.#book.move(call, move, null, now);
    if (moved?.changed) this.#changed(moved.record, { move, by: null, command: null }, null, now);
  }

  #changed(record: CallRecord, cause: Cause, seq: number | null, now: Millis): void {
    const change = { record, cause, seq };
    this.#effects.push({ type: 'changed', ...change });
    for (const device of this.#options.policy.recipients(change, this.#devicesOf(record))) {
      this.#directory.send(device, { type: 'event', record, cause }, now);
    }
  }

  #devicesOf(record: CallRecord): Address[] {
    return [...this.#directory.devicesOf(record.caller.user), ...this.#directory.devicesOf(record.callee.user)];
  }

  #due(key: string, now: Millis): void {
    const at = key.indexOf(':');
    const what = key.slice(0, at);
    const name = key.slice(at + 1);
    if (what !== 'call') return this.#directory.due(what, name, now);
    const move = this.#book.due(name);
    if (move !== null) this.#serverMove(name, move, now);
  }

  /** A live call of a device that is gone for good ends the same way for all. */
  #expired(address: Address, isLast: boolean, now: Millis): void {
    const call = this.#book.liveOf(address.user);
    if (call === null) return;
    if (this.#options.policy.endsWith(call, address, isLast)) this.#serverMove(call.id, 'lost', now);
  }
}
