/**
 * A calling server as apps with several devices have one: it makes the ids of calls, rings all devices of a user, and a device that comes
 * back is sent what it missed.
 */
import type { WebSocket } from 'ws';
import { listen, type Stranger, Timers, write } from './listen.js';

export const HUB_BUGS = [
  'cancel-not-passed-on',
  'late-update',
  'subscription-refused',
  'answered-at-ringing',
  'declined-shown-as-missed',
  'rings-for-an-old-call',
  'id-in-capitals',
  'peer-untold',
  'ends-by-itself',
] as const;
type Bug = (typeof HUB_BUGS)[number];

/** Calls of a user who lost the connection go on for so long, in milliseconds. */
const GRACE_MS = 1_500;
/** What only subscribed connections are sent, with `subscription-refused`. */
const CALL_NEWS = ['ring', 'alerting', 'answered', 'cancelled', 'declined', 'bye'];

interface Message {
  readonly t?: string;
  readonly user?: string;
  readonly device?: string;
  readonly to?: string;
  readonly ref?: string;
  readonly call?: string;
  readonly sdp?: unknown;
  readonly candidate?: unknown;
}

interface Client {
  readonly socket: WebSocket;
  user: string;
  device: string;
  isSubscribed: boolean;
}

interface Call {
  readonly id: string;
  readonly from: string;
  readonly caller: string;
  readonly to: string;
  readonly offer: unknown;
  readonly rang: ReadonlySet<string>;
  state: 'ringing' | 'talking' | 'ended';
  isAlerted: boolean;
  taker: string | null;
  answer: unknown;
}

class Hub {
  readonly timers = new Timers();
  readonly #clients = new Map<WebSocket, Client>();
  readonly #calls = new Map<string, Call>();
  readonly #bug: string | null;

  constructor(bug: string | null) {
    this.#bug = bug;
  }

  message(socket: WebSocket, input: unknown): void {
    const message = input as Message | undefined;
    if (message === undefined) return socket.close(1003);
    if (message.t === 'hello') {
      if (this.#has('subscription-refused')) return this.timers.later(50, () => this.#logIn(socket, message));
      return this.#logIn(socket, message);
    }
    const client = this.#clients.get(socket);
    if (message.t === 'subscribe') {
      if (client !== undefined) client.isSubscribed = true;
      return write(socket, client === undefined ? { t: 'error', text: 'not allowed' } : { t: 'subscribed' });
    }
    if (client === undefined) return;
    if (message.t === 'invite') return this.#invite(client, message);
    const call = this.#calls.get(message.call ?? '');
    if (call !== undefined) this.#inCall(client, message, call);
  }

  closed(socket: WebSocket): void {
    const client = this.#clients.get(socket);
    if (client === undefined) return;
    this.#clients.delete(socket);
    if (this.#has('peer-untold')) return;
    this.timers.later(GRACE_MS, () => {
      if (this.#devicesOf(client.user).length > 0) return;
      for (const call of this.#calls.values()) {
        if (call.state === 'ended' || (call.from !== client.user && call.to !== client.user)) continue;
        call.state = 'ended';
        this.#toCaller(call, { t: 'lost' });
        this.#toCallees(call, { t: 'lost' });
      }
    });
  }

  #has(bug: Bug): boolean {
    return this.#bug === bug;
  }

  #devicesOf(user: string): Client[] {
    return [...this.#clients.values()].filter((client) => client.user === user);
  }

  #send(client: Client | undefined, message: { readonly t: string; readonly call?: string }): void {
    if (client === undefined) return;
    if (this.#has('subscription-refused') && CALL_NEWS.includes(message.t) && !client.isSubscribed) return;
    const isEnd = message.t === 'cancelled' || message.t === 'bye';
    const isChanged = this.#has('id-in-capitals') && isEnd;
    write(client.socket, isChanged ? { ...message, call: message.call?.toUpperCase() } : message);
  }

  #toDevice(user: string, device: string | null, message: { readonly t: string; readonly call: string }): void {
    this.#send(
      this.#devicesOf(user).find((client) => client.device === device),
      message,
    );
  }

  #toCaller({ id, from, caller }: Call, message: { readonly t: string; readonly [key: string]: unknown }): void {
    this.#toDevice(from, caller, { ...message, call: id });
  }

  #toCallees(
    { id, to }: Call,
    message: { readonly t: string; readonly [key: string]: unknown },
    but: string | null = null,
  ): void {
    for (const client of this.#devicesOf(to)) if (client.device !== but) this.#send(client, { ...message, call: id });
  }

  #logIn(socket: WebSocket, { user = '', device = '' }: Message): void {
    for (const old of this.#devicesOf(user)) if (old.device === device) this.#clients.delete(old.socket);
    const client: Client = { socket, user, device, isSubscribed: false };
    this.#clients.set(socket, client);
    this.#send(client, { t: 'welcome' });
    if (this.#has('rings-for-an-old-call')) {
      const last = [...this.#calls.values()].findLast(({ to }) => to === user);
      if (last !== undefined && !last.rang.has(device)) this.#send(client, ringOf(last));
      return;
    }
    for (const call of this.#calls.values()) {
      if (call.to === user && call.state === 'ringing') this.#send(client, ringOf(call));
      if (call.from === user && call.caller === device && call.state === 'talking')
        this.#toCaller(call, { t: 'answered', sdp: call.answer });
    }
  }

  #invite(client: Client, { to = '', ref, sdp }: Message): void {
    const id = `k${this.#calls.size + 1}-${Math.random().toString(36).slice(2, 8)}`;
    this.#send(client, { t: 'invited', call: id, ...(ref === undefined ? {} : { ref }) });
    const isBusy = (user: string): boolean =>
      [...this.#calls.values()].some((call) => call.state !== 'ended' && (call.from === user || call.to === user));
    if (isBusy(to) || isBusy(client.user)) return this.#send(client, { t: 'busy', call: id });
    const devices = this.#devicesOf(to);
    if (devices.length === 0) return this.#send(client, { t: 'unreachable', call: id });
    const call: Call = {
      ...{ id, from: client.user, caller: client.device, to, offer: sdp, state: 'ringing' },
      ...{ rang: new Set(devices.map(({ device }) => device)), isAlerted: false, taker: null, answer: null },
    };
    this.#calls.set(id, call);
    for (const one of devices) this.#send(one, ringOf(call));
  }

  #inCall(client: Client, message: Message, call: Call): void {
    const isRinging = call.state === 'ringing';
    switch (message.t) {
      case 'alerting':
        if (!isRinging || call.isAlerted) return;
        call.isAlerted = true;
        return this.#toCaller(call, { t: this.#has('answered-at-ringing') ? 'answered' : 'alerting' });
      case 'answer':
        if (!isRinging) return this.#send(client, { t: 'gone', call: call.id });
        return this.#answer(client, message, call);
      case 'decline':
        if (!isRinging) return;
        call.state = 'ended';
        this.#toCaller(call, { t: 'declined' });
        return this.#toCallees(call, { t: this.#has('declined-shown-as-missed') ? 'missed' : 'refused' }, client.device);
      case 'cancel':
        if (!isRinging) return;
        call.state = 'ended';
        if (!this.#has('cancel-not-passed-on')) this.#toCallees(call, { t: 'cancelled' });
        return;
      case 'bye':
        return this.#hangUp(client, call);
      case 'ice':
        if (client.user === call.to) this.#toCaller(call, { t: 'ice', candidate: message.candidate });
        else if (isRinging) this.#toCallees(call, { t: 'ice', candidate: message.candidate });
        else this.#send(this.#taker(call), { ...{ t: 'ice', candidate: message.candidate }, call: call.id });
        return;
    }
  }

  #taker({ to, taker }: Call): Client | undefined {
    return this.#devicesOf(to).find(({ device }) => device === taker);
  }

  #answer({ device }: Client, { sdp }: Message, call: Call): void {
    call.state = 'talking';
    call.taker = device;
    call.answer = sdp;
    this.#toCaller(call, { t: 'answered', sdp });
    this.#toCallees(call, { t: 'taken' }, device);
    if (!this.#has('ends-by-itself')) return;
    this.timers.later(1_500, () => {
      if (call.state !== 'talking') return;
      call.state = 'ended';
      this.#toCaller(call, { t: 'bye' });
      this.#send(this.#taker(call), { t: 'bye', call: call.id });
    });
  }

  #hangUp({ user, device }: Client, call: Call): void {
    if (call.state !== 'talking') return;
    call.state = 'ended';
    if (user === call.from) this.#send(this.#taker(call), { t: 'bye', call: call.id });
    else this.#toCaller(call, { t: 'bye' });
    if (!this.#has('late-update')) return;
    const update = { t: 'update', call: call.id, peer: user === call.from ? call.to : call.from, inCall: true };
    this.timers.later(700, () => this.#toDevice(user, device, update));
  }
}

function ringOf({ id, from, offer }: Call): { t: string; call: string; from: string; sdp: unknown } {
  return { t: 'ring', call: id, from, sdp: offer };
}

export const startHub = (bug: string | null): Promise<Stranger> => listen(new Hub(bug));
