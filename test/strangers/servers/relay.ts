/**
 * A relay as many apps have one: users by name, ids of calls by the caller, nothing is acknowledged, one device for each user, a call ends
 * with the connection of either side.
 */
import type { WebSocket } from 'ws';
import { listen, type Stranger, Timers, write } from './listen.js';

export const RELAY_BUGS = [
  'no-decline',
  'no-cancel',
  'swallow-accept',
  'error-to-accept',
  'late-close',
  'old-socket',
  'late-accept',
  'accept-twice',
  'hangup-twice',
  'taken-to-taker',
  'answered-at-ringing',
  'ends-by-itself',
  'rings-again',
  'wrong-reason',
  'no-busy',
  'peer-untold',
  'name-in-use',
  'slow',
  'fragile',
  'anyone',
  'last-tab',
] as const;
type Bug = (typeof RELAY_BUGS)[number];

interface Message {
  readonly t?: string;
  readonly name?: string;
  readonly id?: string;
  readonly to?: string;
  readonly sdp?: unknown;
  readonly candidate?: unknown;
}

interface Call {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly offer: unknown;
  /** The connection that placed it. */
  readonly socket: WebSocket;
  state: 'ringing' | 'talking' | 'over';
}

class Relay {
  readonly timers = new Timers();
  readonly #users = new Map<string, WebSocket>();
  readonly #names = new Map<WebSocket, string>();
  readonly #calls = new Map<string, Call>();
  readonly #bug: string | null;
  #crash: () => void = () => undefined;

  constructor(bug: string | null) {
    this.#bug = bug;
  }

  started(crash: () => void): void {
    this.#crash = crash;
  }

  message(socket: WebSocket, input: unknown): void {
    const message = input as Message | undefined;
    const me = this.#names.get(socket);
    if (message !== undefined && message.t === 'login') return this.#logIn(socket, message.name ?? '');
    if (message === undefined || me === undefined) {
      if (this.#has('fragile')) return this.#crash();
      return write(socket, { t: 'error', text: message === undefined ? 'no JSON' : 'log in first' });
    }
    if (message.t === 'call') return this.#call(me, socket, message);
    const call = this.#calls.get(message.id ?? '');
    const isOver = call === undefined || (call.state === 'over' && !this.#has('late-accept'));
    if (isOver || (!isIn(call, me) && !this.#has('anyone'))) {
      if (message.t === 'accept') write(socket, { t: 'error', id: message.id, text: 'no such call' });
      return;
    }
    this.#inCall(me, socket, message, call);
  }

  closed(socket: WebSocket): void {
    const me = this.#names.get(socket);
    if (me === undefined) return;
    const isCurrent = this.#users.get(me) === socket;
    if (isCurrent || this.#has('late-close')) this.#users.delete(me);
    if (isCurrent) this.#leave(me);
  }

  #has(bug: Bug): boolean {
    return this.#bug === bug;
  }

  #send(name: string, message: object): void {
    if (this.#has('slow')) this.timers.later(3_000, () => write(this.#users.get(name), message));
    else write(this.#users.get(name), message);
  }

  #logIn(socket: WebSocket, name: string): void {
    const old = this.#users.get(name);
    const isOther = old !== undefined && old !== socket;
    if (isOther && this.#has('name-in-use')) return write(socket, { t: 'error', text: 'name in use' });
    this.#users.set(name, socket);
    this.#names.set(socket, name);
    if (isOther && !this.#has('last-tab')) {
      this.#leave(name);
      old.close(4000, 'replaced');
    }
    write(socket, { t: 'welcome' });
  }

  #isBusy(name: string): boolean {
    return [...this.#calls.values()].some((call) => call.state !== 'over' && isIn(call, name));
  }

  #call(me: string, socket: WebSocket, { id = '', to = '', sdp }: Message): void {
    if (!this.#users.has(to)) return write(socket, { t: 'unavailable', id });
    if (!this.#has('no-busy') && (this.#isBusy(to) || this.#isBusy(me))) return write(socket, { t: 'busy', id });
    this.#calls.set(id, { id, from: me, to, state: 'ringing', socket, offer: sdp });
    this.#send(to, { t: 'call', id, from: me, sdp });
  }

  #inCall(me: string, socket: WebSocket, { t, sdp, candidate }: Message, call: Call): void {
    const { id, from, to } = call;
    const peer = me === from ? to : from;
    switch (t) {
      case 'ringing':
        return this.#send(from, this.#has('answered-at-ringing') ? { t: 'accept', id, sdp: call.offer } : { t, id });
      case 'accept':
        return this.#accept(socket, call, sdp);
      case 'decline':
        call.state = 'over';
        if (!this.#has('no-decline')) this.#send(peer, { t: this.#has('wrong-reason') ? 'hangup' : t, id });
        return;
      case 'cancel':
        if (this.#has('no-cancel')) return;
        call.state = 'over';
        this.#send(to, { t, id });
        if (this.#has('rings-again')) this.timers.later(1_200, () => this.#send(to, { t: 'call', id, from }));
        return;
      case 'hangup':
        call.state = 'over';
        this.#send(peer, { t, id });
        if (this.#has('hangup-twice')) this.#send(peer, { t, id });
        return;
      case 'ice':
        return this.#send(peer, { t, id, candidate });
      default:
        return write(socket, { t: 'error', text: 'unknown message' });
    }
  }

  #accept(socket: WebSocket, call: Call, sdp: unknown): void {
    const { id, from, to } = call;
    const isAgain = call.state === 'talking' && this.#has('accept-twice');
    const isPossible = call.state === 'ringing' || isAgain || this.#has('late-accept');
    if (!isPossible || this.#has('error-to-accept')) return write(socket, { t: 'error', id, text: 'no such call' });
    if (this.#has('swallow-accept')) return;
    call.state = 'talking';
    const answer = { t: 'accept', id, sdp };
    if (this.#has('old-socket')) write(call.socket, answer);
    else this.#send(from, answer);
    if (this.#has('taken-to-taker')) write(socket, { t: 'hangup', id });
    if (!this.#has('ends-by-itself')) return;
    this.timers.later(1_500, () => {
      if (call.state === 'over') return;
      call.state = 'over';
      for (const name of [from, to]) this.#send(name, { t: 'hangup', id });
    });
  }

  /** Whoever is gone, or logs in again, has no calls any more, and the other side is notified. With `old-socket` calls outlive connections. */
  #leave(name: string): void {
    if (this.#has('peer-untold') || this.#has('old-socket')) return;
    for (const call of this.#calls.values()) {
      if (call.state === 'over' || !isIn(call, name)) continue;
      call.state = 'over';
      this.#send(name === call.from ? call.to : call.from, { t: 'gone', id: call.id });
    }
  }
}

function isIn({ from, to }: Call, name: string): boolean {
  return from === name || to === name;
}

export const startRelay = (bug: string | null): Promise<Stranger> => listen(new Relay(bug));
