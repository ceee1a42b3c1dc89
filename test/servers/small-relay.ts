/**
 * A small relay: users by name, ids by the caller, no acknowledgements, a call ends with the connection of either side. It is sound as it
 * stands; what such servers get wrong, or do in another way, can be switched on.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { adapterOf } from '../../src/adapters/dialect/adapter.js';
import { dialectOf } from '../../src/adapters/dialect/load.js';
import type { Adapter } from '../../src/probe/adapter/port.js';

export interface RelayOptions {
  /** The other side of a lost connection is notified after so many milliseconds; null for never. Default at once. */
  readonly notifiesAfterMs?: number | null;
  /** For so many milliseconds after a connection is lost its call still counts, and its users are busy. */
  readonly holdsForMs?: number;
  /** When a decline ends the call. */
  readonly decline?: 'ends-call' | 'once-all' | 'local';
  /** A cancel is not passed on. */
  readonly losesCancel?: boolean;
  /** An answer to a call that is over is passed on. */
  readonly passesLateAnswers?: boolean;
  /** What a WebSocket ping of a client leads to: the pong that it asks for (default), nothing, or the end of the connection. */
  readonly onPing?: 'pong' | 'nothing' | 'close';
  /** A message that is no JSON ends it. */
  readonly isFragile?: boolean;
}

interface Message {
  readonly t?: string;
  readonly name?: string;
  readonly id?: string;
  readonly to?: string;
}

interface Call {
  readonly from: WebSocket;
  readonly to: string;
  readonly rings: Set<WebSocket>;
  taker: WebSocket | null;
  isOver: boolean;
}

export async function startRelay(options: RelayOptions = {}): Promise<{ readonly url: string; close(): Promise<void> }> {
  const { notifiesAfterMs = 0, holdsForMs = 0, decline = 'ends-call' } = options;
  const users = new Map<string, Set<WebSocket>>();
  const calls = new Map<string, Call>();
  const timers = new Set<NodeJS.Timeout>();
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    perMessageDeflate: false,
    autoPong: (options.onPing ?? 'pong') === 'pong',
  });
  await once(server, 'listening');
  const write = (socket: WebSocket | null, message: object): void => socket?.send(JSON.stringify(message));
  const later = (ms: number, then: () => void): void => {
    if (ms === 0) return then();
    const timer = setTimeout(then, ms);
    timers.add(timer);
  };
  const live = (): [string, Call][] => [...calls].filter(([, { isOver }]) => !isOver);
  const isIn = (call: Call, socket: WebSocket): boolean =>
    call.from === socket || call.taker === socket || call.rings.has(socket);
  const othersOf = ({ from, taker, rings }: Call, me: WebSocket): WebSocket[] =>
    me === from ? (taker === null ? [...rings] : [taker]) : [from];

  const handle = (me: WebSocket, name: string, { t, id = '', to = '' }: Message, text: string): void => {
    const call = calls.get(id);
    if (t === 'call') {
      const rings = users.get(to);
      if (rings === undefined || rings.size === 0) return write(me, { t: 'unavailable', id });
      const busy = live().some(([, one]) => one.to === to || one.to === name || isIn(one, me));
      if (busy) return write(me, { t: 'busy', id });
      calls.set(id, { from: me, to, rings: new Set(rings), taker: null, isOver: false });
      for (const one of rings) write(one, { t, id, from: name });
      return;
    }
    if (call === undefined || !(isIn(call, me) || options.passesLateAnswers)) return;
    if (call.isOver) {
      if (t !== 'accept') return;
      if (options.passesLateAnswers) write(call.from, { t, id });
      else write(me, { t: 'error', id });
      return;
    }
    if (t === 'accept') {
      call.taker = me;
      for (const one of call.rings) if (one !== me) write(one, { t: 'taken', id });
      call.rings.clear();
    }
    if (t === 'decline') {
      call.rings.delete(me);
      if (decline === 'local' || (decline === 'once-all' && call.rings.size > 0)) return;
      for (const one of call.rings) write(one, { t: 'refused', id });
    }
    if (t === 'cancel' && options.losesCancel) return;
    const others = othersOf(call, me);
    if (t === 'decline' || t === 'cancel' || t === 'hangup') call.isOver = true;
    for (const one of others) one.send(text);
  };

  server.on('connection', (socket) => {
    if (options.onPing === 'close') socket.on('ping', () => socket.close(1002, 'no pings'));
    let name = '';
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      const text = String(data);
      let message: Message;
      try {
        message = JSON.parse(text) as Message;
      } catch {
        if (options.isFragile) void close();
        return;
      }
      if (message.t !== 'login') return handle(socket, name, message, text);
      name = message.name ?? '';
      users.set(name, (users.get(name) ?? new Set()).add(socket));
      write(socket, { t: 'welcome' });
    });
    socket.on('close', () => {
      users.get(name)?.delete(socket);
      for (const [id, call] of live()) {
        if (!isIn(call, socket)) continue;
        const others = othersOf(call, socket);
        if (notifiesAfterMs !== null) later(notifiesAfterMs, () => others.forEach((one) => void write(one, { t: 'gone', id })));
        later(holdsForMs, () => {
          call.isOver = true;
        });
      }
    });
  });
  const close = async (): Promise<void> => {
    for (const timer of timers) clearTimeout(timer);
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** The dialect of the relay, with these lines in `byDesign`. */
export function relayDialect(...byDesign: string[]): Adapter {
  return adapterOf(dialectOf(`${DIALECT}${byDesign.map((line) => `  ${line}\n`).join('')}`, 'relay.yaml'));
}

const DIALECT = `dialect: 1
name: relay
agent: { id: "\${user}-\${run}" }
messageName: $.t
login:
  - send: { t: login, name: "\${agent.id}" }
  - expect: { when: { $.t: welcome } }
calls: { id: caller, make: "\${call.probeId}" }
media: none
actions:
  call: [{ send: { t: call, id: "\${call.id}", to: "\${peer.id}" } }]
  ring: [{ send: { t: ringing, id: "\${call.id}" } }]
  accept: [{ send: { t: accept, id: "\${call.id}" } }]
  reject: [{ send: { t: decline, id: "\${call.id}" } }]
  cancel: [{ send: { t: cancel, id: "\${call.id}" } }]
  hang up: [{ send: { t: hangup, id: "\${call.id}" } }]
receive:
  - { when: { $.t: call }, means: incoming, take: { call.id: $.id, from: $.from } }
  - { when: { $.t: ringing }, means: ringing, take: { call.id: $.id } }
  - { when: { $.t: accept }, means: accepted, take: { call.id: $.id } }
  - { when: { $.t: decline }, means: rejected, take: { call.id: $.id } }
  - { when: { $.t: refused }, means: rejected-elsewhere, take: { call.id: $.id } }
  - { when: { $.t: taken }, means: answered-elsewhere, take: { call.id: $.id } }
  - { when: { $.t: cancel }, means: cancelled, take: { call.id: $.id } }
  - { when: { $.t: hangup }, means: hangup, take: { call.id: $.id } }
  - { when: { $.t: busy }, means: busy, take: { call.id: $.id } }
  - { when: { $.t: unavailable }, means: unreachable, take: { call.id: $.id } }
  - { when: { $.t: gone }, means: peer-lost, take: { call.id: $.id } }
  - { when: { $.t: error }, means: ended, take: { call.id: $.id } }
byDesign:
  hides: [glare, server-timeout, late-join]
`;
