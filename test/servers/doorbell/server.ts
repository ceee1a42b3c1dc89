/**
 * A small calling server as a team writes one in an afternoon: JSON over a WebSocket, users register by name, the caller makes the
 * id of a call, nothing is acknowledged, a call ends with the connection of either side. The page "ten minutes" is about it.
 */
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export const DOORBELL_BUGS = [
  'dies-of-a-missing-field',
  'dies-before-log-in',
  'dies-of-a-log-in',
  'lets-strangers-act',
  'ends-by-itself',
] as const;
export type DoorbellBug = (typeof DOORBELL_BUGS)[number];

interface Call {
  readonly callId: string;
  readonly from: string;
  readonly to: string;
}
type Message = Readonly<Record<string, unknown>>;

export interface Doorbell {
  readonly url: string;
  /** Messages of clients that the server did not know. */
  readonly unknown: readonly string[];
  close(): Promise<void>;
}

const textIn = (message: Message, field: string): string => {
  const value = message[field];
  return typeof value === 'string' ? value : '';
};

/** Starts a server on a port of loopback; 0 takes a free one. */
export async function startDoorbell(port = 0, bugs: readonly DoorbellBug[] = []): Promise<Doorbell> {
  const has = (bug: DoorbellBug): boolean => bugs.includes(bug);
  const users = new Map<string, WebSocket>();
  const calls = new Map<string, Call>();
  const unknown: string[] = [];
  const write = (socket: WebSocket | undefined, message: object): void => {
    if (socket?.readyState === 1) socket.send(JSON.stringify(message));
  };
  const isIn = (call: Call, user: string): boolean => call.from === user || call.to === user;
  const isBusy = (user: string): boolean => [...calls.values()].some((call) => isIn(call, user));
  const end = (call: Call, by: string | null): void => {
    calls.delete(call.callId);
    for (const user of [call.from, call.to]) if (user !== by) write(users.get(user), { type: 'ended', callId: call.callId });
  };

  const invite = (me: string, socket: WebSocket, message: Message): void => {
    if (has('dies-of-a-missing-field') && message['offer'] === undefined) throw new Error('offer is undefined');
    const to = textIn(message, 'to');
    const callId = textIn(message, 'callId');
    const reason = !users.has(to) ? 'offline' : isBusy(me) || isBusy(to) || calls.has(callId) ? 'busy' : null;
    if (reason !== null) return write(socket, { type: 'failed', callId, reason });
    const call = { callId, from: me, to };
    calls.set(callId, call);
    write(users.get(to), { type: 'incoming-call', callId, from: me, offer: message['offer'] });
    if (has('ends-by-itself')) setTimeout(() => end(call, null), 200);
  };

  const pass = (me: string, type: string, message: Message): void => {
    const call = calls.get(textIn(message, 'callId'));
    if (call === undefined || !(isIn(call, me) || has('lets-strangers-act'))) return;
    const { callId } = call;
    const other = users.get(me === call.from ? call.to : call.from);
    if (type === 'ringing') write(users.get(call.from), { type, callId });
    else if (type === 'answer') write(users.get(call.from), { type: 'answered', callId, answer: message['answer'] });
    else if (type === 'candidate') write(other, { type, callId, candidate: message['candidate'] });
    else if (type === 'hangup') end(call, me);
    else {
      calls.delete(callId);
      write(users.get(call.from), { type: 'rejected', callId });
    }
  };

  const server = new WebSocketServer({ host: '127.0.0.1', port, perMessageDeflate: false });
  server.on('connection', (socket) => {
    let me: string | null = null;
    const registered = (user: string): void => {
      if (has('dies-of-a-log-in')) throw new Error('no database');
      me = user;
      users.set(user, socket);
      write(socket, { type: 'registered', user });
    };
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      const message = read(String(data));
      const type = message === null ? '' : textIn(message, 'type');
      if (message === null) return write(socket, { type: 'error', text: 'not a message' });
      if (type === 'register') return registered(textIn(message, 'user'));
      if (me === null && has('dies-before-log-in') && type !== '') throw new Error('me is null');
      if (me === null) return write(socket, { type: 'error', text: 'register first' });
      if (type === 'call') return invite(me, socket, message);
      if (['ringing', 'answer', 'candidate', 'hangup', 'reject'].includes(type)) return pass(me, type, message);
      if (type === 'quit') return socket.close(4001, 'you quit');
      unknown.push(type);
      write(socket, { type: 'error', text: `unknown type ${type}` });
    });
    socket.on('close', () => {
      if (me === null || users.get(me) !== socket) return;
      users.delete(me);
      for (const call of [...calls.values()]) if (isIn(call, me)) end(call, me);
    });
  });
  await new Promise<void>((resolve) => server.once('listening', resolve));
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${own}`,
    unknown,
    close: () =>
      new Promise((resolve) => {
        for (const socket of server.clients) socket.terminate();
        server.close(() => resolve());
      }),
  };
}

function read(text: string): Message | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Message) : null;
  } catch {
    return null;
  }
}
