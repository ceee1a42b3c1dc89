/**
 * Arrays in place of objects: `["invite", 3, "c1"]`. Users have numbers that the server makes at log-in and sends to all as a list of who is
 * there. Each handler waits for a database first, so that messages of two users may overtake each other.
 */
import type { WebSocket } from 'ws';
import { listen, type Stranger, Timers, write } from './listen.js';

export const ARRAYS_BUGS = [
  'swaps-users',
  'cancel-lost-to-answer',
  'answer-overtaken',
  'absent-after-reconnect',
  'hang-up-back-to-sender',
  'decline-lost',
  'rings-twice',
] as const;
type Bug = (typeof ARRAYS_BUGS)[number];

interface User {
  readonly name: string;
  readonly number: number;
  socket: WebSocket | null;
}

interface Call {
  readonly id: string;
  readonly from: User;
  readonly to: User;
  state: 'ringing' | 'talking' | 'over';
}

/** How long the database takes for each message, in milliseconds. */
const DATABASE_MS: Readonly<Record<string, number>> = { invite: 40, ring: 30, accept: 60, decline: 40, cancel: 50, bye: 35 };

class Arrays {
  readonly timers = new Timers();
  readonly #users = new Map<string, User>();
  readonly #calls = new Map<string, Call>();
  readonly #bug: string | null;

  constructor(bug: string | null) {
    this.#bug = bug;
  }

  message(socket: WebSocket, input: unknown): void {
    const [verb, first, second] = Array.isArray(input) ? (input as unknown[]) : [];
    if (verb === 'login') return this.#logIn(socket, String(first));
    const me = [...this.#users.values()].find((user) => user.socket === socket);
    if (me === undefined) return write(socket, ['error', null, 'unauthorized']);
    const handle = (): void => this.#handle(me, String(verb), first, second);
    const isFast = this.#has('answer-overtaken') && verb === 'bye';
    // One message after the other, as a healthy server does it for each call; its database takes its time for every one of them.
    const call = this.#calls.get(String(first));
    const wait = DATABASE_MS[String(verb)] ?? 30;
    if (isFast) return this.timers.later(5, handle);
    if (this.#has('answer-overtaken')) return this.timers.later(wait, handle);
    this.#inTurn(call?.id ?? me.name, wait, handle);
  }

  closed(socket: WebSocket): void {
    for (const user of this.#users.values()) {
      const isMine = user.socket === socket || (this.#has('absent-after-reconnect') && this.#old.get(socket) === user);
      if (!isMine) continue;
      user.socket = null;
      this.#leave(user);
      this.#presence();
    }
  }

  /** Whoever is gone, or logs in again, has no calls any more. */
  #leave(user: User): void {
    for (const call of this.#calls.values()) {
      if (call.state === 'over' || (call.from !== user && call.to !== user)) continue;
      call.state = 'over';
      write(this.#other(call, user).socket ?? undefined, ['gone', call.id]);
    }
  }

  readonly #old = new Map<WebSocket, User>();
  readonly #turns = new Map<string, Promise<void>>();

  #inTurn(key: string, ms: number, then: () => void): void {
    const before = this.#turns.get(key) ?? Promise.resolve();
    this.#turns.set(key, before.then(() => new Promise<void>((resolve) => this.timers.later(ms, resolve))).then(then));
  }

  #has(bug: Bug): boolean {
    return this.#bug === bug;
  }

  #other(call: Call, user: User): User {
    return call.from === user ? call.to : call.from;
  }

  #presence(): void {
    const there = [...this.#users.values()].filter(({ socket }) => socket !== null);
    for (const { socket } of there) write(socket ?? undefined, ['presence', there.map(({ number, name }) => [number, name])]);
  }

  #logIn(socket: WebSocket, name: string): void {
    const user = this.#users.get(name) ?? { name, number: 7_000 + this.#users.size, socket: null };
    if (user.socket !== null) {
      this.#old.set(user.socket, user);
      this.#leave(user);
      user.socket.close();
    }
    this.#old.set(socket, user);
    user.socket = socket;
    this.#users.set(name, user);
    write(socket, ['hello', user.number]);
    this.#presence();
  }

  #handle(me: User, verb: string, first: unknown, second: unknown): void {
    if (verb === 'invite') return this.#invite(me, Number(first), String(second));
    const id = String(first);
    const call = this.#calls.get(id);
    // The state was looked up when the message came, and not again after the database.
    const isStale = verb === 'accept' && this.#has('answer-overtaken');
    if (call === undefined || (call.state === 'over' && !isStale) || (call.from !== me && call.to !== me))
      return verb === 'accept' ? write(me.socket ?? undefined, ['error', id, 'call is over']) : undefined;
    const other = this.#other(call, me).socket ?? undefined;
    switch (verb) {
      case 'ring':
        return write(other, ['ringing', id]);
      case 'accept':
        if (call.state === 'talking') return write(me.socket ?? undefined, ['error', id, 'already accepted']);
        call.state = 'talking';
        return write(other, ['accepted', id]);
      case 'decline':
        call.state = 'over';
        return this.#has('decline-lost') ? undefined : write(other, ['declined', id]);
      case 'cancel':
        if (call.state === 'talking' && this.#has('cancel-lost-to-answer')) return;
        call.state = 'over';
        return write(other, ['cancelled', id]);
      case 'bye':
        call.state = 'over';
        return write(this.#has('hang-up-back-to-sender') ? (me.socket ?? undefined) : other, ['bye', id]);
    }
  }

  #invite(me: User, number: number, id: string): void {
    // Gone while the database was asked.
    if (me.socket === null) return;
    const to = [...this.#users.values()].find((user) => user.number === number);
    if (to === undefined || to.socket === null) return write(me.socket ?? undefined, ['error', id, 'not online']);
    const isIn = (user: User): boolean =>
      [...this.#calls.values()].some((call) => call.state !== 'over' && (call.from === user || call.to === user));
    if (isIn(to) || isIn(me)) return write(me.socket ?? undefined, ['error', id, 'busy']);
    const call: Call = { id, from: me, to, state: 'ringing' };
    this.#calls.set(id, call);
    const rung = this.#has('swaps-users')
      ? ([...this.#users.values()].find((user) => user !== to && user !== me && user.socket !== null) ?? to)
      : to;
    write(rung.socket ?? undefined, ['invite', me.number, id]);
    if (this.#has('rings-twice')) this.timers.later(300, () => write(rung.socket ?? undefined, ['invite', me.number, `${id}-2`]));
  }
}

export const startArrays = (bug: string | null): Promise<Stranger> => listen(new Arrays(bug));
