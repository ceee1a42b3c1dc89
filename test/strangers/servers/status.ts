/**
 * One message for everything: clients send `call_action`, and the server sends `call_state` with the new state to all devices of both
 * sides, also to the one that acted. Calls have numbers, errors are `{ type: 'error', code, message }`, and calls outlive connections.
 */
import type { WebSocket } from 'ws';
import { listen, type Stranger, Timers, write } from './listen.js';

export const STATUS_BUGS = [
  'end-only-while-ringing',
  'decline-as-cancel',
  'accepted-before-ringing',
  'ends-after-a-second',
  'third-call-ends-all',
  'forgets-at-reconnect',
  'slow-to-callers',
  'drops-bursts',
  'missed-to-decliner',
  'error-403-to-hang-up',
] as const;
type Bug = (typeof STATUS_BUGS)[number];

interface Message {
  readonly type?: string;
  readonly token?: string;
  readonly client?: string;
  readonly callee?: string;
  readonly ref?: string;
  readonly action?: string;
  readonly callId?: number;
}

interface Client {
  readonly user: string;
  readonly client: string;
}

interface Call {
  readonly id: number;
  readonly caller: Client;
  readonly callee: string;
  state: 'DIALING' | 'ALERTING' | 'ACCEPTED' | 'OVER';
  taker: string | null;
}

const BURST_MS = 50;
const SLOW_MS = 1_800;

class Status {
  readonly timers = new Timers();
  readonly #clients = new Map<WebSocket, Client>();
  readonly #calls = new Map<number, Call>();
  readonly #seen = new Set<string>();
  readonly #bug: string | null;
  #count = 0;
  #lastAt = 0;

  constructor(bug: string | null) {
    this.#bug = bug;
  }

  message(socket: WebSocket, input: unknown): void {
    const message = input as Message | undefined;
    if (message === undefined) return write(socket, { type: 'error', code: 400, message: 'not JSON' });
    if (message.type === 'login') return this.#logIn(socket, message);
    const me = this.#clients.get(socket);
    if (me === undefined) return write(socket, { type: 'error', code: 401, message: 'log in first' });
    const at = performance.now();
    const isBurst = at - this.#lastAt < BURST_MS;
    this.#lastAt = at;
    if (isBurst && this.#has('drops-bursts')) return;
    if (message.type === 'call_create') return this.#create(socket, me, message);
    const call = this.#calls.get(message.callId ?? 0);
    if (call === undefined || call.state === 'OVER') return this.#refuse(socket, 404, message, 'call not found');
    if (call.caller.user !== me.user && call.callee !== me.user) return this.#refuse(socket, 403, message, 'not your call');
    this.#act(socket, me, message, call);
  }

  closed(socket: WebSocket): void {
    this.#clients.delete(socket);
  }

  #has(bug: Bug): boolean {
    return this.#bug === bug;
  }

  #refuse(socket: WebSocket, code: number, { callId }: Message, message: string): void {
    write(socket, { type: 'error', code, callId, message });
  }

  #socketsOf(user: string): [WebSocket, Client][] {
    return [...this.#clients].filter(([, client]) => client.user === user);
  }

  #logIn(socket: WebSocket, { token = '', client = '' }: Message): void {
    for (const [old, one] of this.#socketsOf(token)) if (one.client === client) this.#clients.delete(old);
    const isBack = this.#seen.has(`${token}/${client}`);
    this.#seen.add(`${token}/${client}`);
    if (isBack && this.#has('forgets-at-reconnect'))
      for (const [id, call] of this.#calls) if (call.callee === token) this.#calls.delete(id);
    this.#clients.set(socket, { user: token, client });
    write(socket, { type: 'logged_in', userId: token });
    for (const call of this.#calls.values()) {
      const isMine = call.caller.user === token || call.callee === token;
      if (isMine && call.state !== 'OVER') write(socket, { ...stateOf(call), state: call.state });
    }
  }

  #create(socket: WebSocket, me: Client, { callee = '', ref }: Message): void {
    const call: Call = { id: ++this.#count, caller: me, callee, state: 'DIALING', taker: null };
    write(socket, { type: 'call_created', callId: call.id, ref });
    const isIn = (user: string, one: Call): boolean => one.caller.user === user || one.callee === user;
    const others = [...this.#calls.values()].filter((one) => one.state !== 'OVER' && (isIn(callee, one) || isIn(me.user, one)));
    this.#calls.set(call.id, call);
    if (others.length > 0) {
      if (this.#has('third-call-ends-all')) for (const one of others) this.#over(one, 'ENDED');
      call.state = 'OVER';
      return write(socket, { ...stateOf(call), state: 'BUSY' });
    }
    if (this.#socketsOf(callee).length === 0) {
      call.state = 'OVER';
      return write(socket, { ...stateOf(call), state: 'OFFLINE' });
    }
    this.#broadcast(call, 'DIALING');
  }

  #act(socket: WebSocket, me: Client, message: Message, call: Call): void {
    const isAnswered = call.state === 'ACCEPTED';
    switch (message.action) {
      case 'ALERT':
        if (call.state !== 'DIALING') return;
        if (this.#has('accepted-before-ringing')) return;
        call.state = 'ALERTING';
        return this.#broadcast(call, 'ALERTING');
      case 'ACCEPT':
        if (isAnswered) return this.#refuse(socket, 409, message, 'already answered');
        call.state = 'ACCEPTED';
        call.taker = me.client;
        this.#broadcast(call, 'ACCEPTED');
        if (this.#has('accepted-before-ringing')) this.#broadcast(call, 'ALERTING');
        if (this.#has('ends-after-a-second')) this.timers.later(1_000, () => call.state !== 'OVER' && this.#over(call, 'ENDED'));
        return;
      case 'DECLINE':
        this.#over(call, this.#has('decline-as-cancel') ? 'CANCELLED' : 'DECLINED');
        return;
      case 'END':
        if (isAnswered && this.#has('error-403-to-hang-up'))
          return this.#refuse(socket, 403, message, 'only the host may end it');
        if (isAnswered && this.#has('end-only-while-ringing')) {
          call.state = 'OVER';
          return;
        }
        return this.#over(call, isAnswered ? 'ENDED' : 'CANCELLED');
      default:
        return this.#refuse(socket, 400, message, 'unknown action');
    }
  }

  #over(call: Call, state: string): void {
    call.state = 'OVER';
    this.#broadcast(call, state);
  }

  #broadcast(call: Call, state: string): void {
    for (const [socket, { user }] of this.#socketsOf(call.callee)) {
      const isWrong = state === 'DECLINED' && this.#has('missed-to-decliner');
      write(socket, { ...stateOf(call), state: isWrong ? 'MISSED' : state, you: user });
    }
    for (const [socket, { user, client }] of this.#socketsOf(call.caller.user)) {
      if (client !== call.caller.client) continue;
      const send = (): void => write(socket, { ...stateOf(call), state, you: user });
      if (this.#has('slow-to-callers')) this.timers.later(SLOW_MS, send);
      else send();
    }
  }
}

function stateOf({ id, caller, callee, taker }: Call): object {
  return { type: 'call_state', callId: id, caller: caller.user, callee, by: taker };
}

export const startStatus = (bug: string | null): Promise<Stranger> => listen(new Status(bug));
