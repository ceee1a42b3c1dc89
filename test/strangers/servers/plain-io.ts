/**
 * Socket.IO without acknowledgements: one socket id for each name, no ids of calls, each event carries `from` and `to`. What goes wrong is
 * an event `failed` with `{ code, message }`.
 */
import type { Server, Socket } from 'socket.io';
import { type Stranger, Timers } from './listen.js';
import { listenIo } from './listen-io.js';

export const PLAIN_IO_BUGS = [
  'invitation-to-all',
  'answer-to-latest-caller',
  'hang-up-echoed',
  'reject-dropped',
  'gone-not-noticed',
  'answer-without-answer',
  'slow-to-callees',
  'refuses-all',
] as const;
type Bug = (typeof PLAIN_IO_BUGS)[number];

interface Event {
  readonly to: string;
}

class PlainIo {
  readonly timers = new Timers();
  readonly #sockets = new Map<string, string>();
  readonly #pairs = new Map<string, string>();
  readonly #bug: string | null;
  #latest = '';

  constructor(bug: string | null) {
    this.#bug = bug;
  }

  connected(io: Server, socket: Socket): void {
    const me = String(socket.handshake.query['name'] ?? '');
    const old = this.#sockets.get(me);
    this.#sockets.set(me, socket.id);
    socket.emit('ready', { you: me });
    const send = (to: string, event: string, data: object): void => {
      const id = this.#sockets.get(to);
      if (id !== undefined) io.to(id).emit(event, data);
    };
    const leave = (): void => {
      const peer = this.#pairs.get(me);
      if (peer === undefined || this.#has('gone-not-noticed')) return;
      this.#part(me);
      send(peer, 'gone', { from: me });
    };
    if (old !== undefined) leave();
    const fail = (to: string, code: string): void => void socket.emit('failed', { with: to, code, message: `${to}: ${code}` });
    socket.on('call', ({ to }: Event) => {
      if (!this.#sockets.has(to)) return fail(to, 'offline');
      if (this.#has('refuses-all')) return fail(to, 'busy');
      if (this.#pairs.has(to) || this.#pairs.has(me)) return fail(to, 'busy');
      this.#join(me, to);
      this.#latest = me;
      if (this.#has('invitation-to-all')) socket.broadcast.emit('call', { from: me });
      else if (this.#has('slow-to-callees')) this.timers.later(2_500, () => send(to, 'call', { from: me }));
      else send(to, 'call', { from: me });
    });
    socket.on('ringing', ({ to }: Event) => {
      send(to, 'ringing', { from: me });
      if (this.#has('answer-without-answer')) this.timers.later(600, () => send(to, 'accept', { from: me }));
    });
    socket.on('accept', ({ to }: Event) => {
      if (this.#pairs.get(me) !== to) return fail(to, 'no-call');
      send(this.#has('answer-to-latest-caller') ? this.#latest : to, 'accept', { from: me });
    });
    socket.on('reject', ({ to }: Event) => {
      this.#part(me);
      if (!this.#has('reject-dropped')) send(to, 'reject', { from: me });
    });
    socket.on('cancel', ({ to }: Event) => {
      this.#part(me);
      send(to, 'cancel', { from: me });
    });
    socket.on('hangup', ({ to }: Event) => {
      this.#part(me);
      if (this.#has('hang-up-echoed')) socket.emit('hangup', { from: to });
      else send(to, 'hangup', { from: me });
    });
    socket.on('disconnect', () => {
      if (this.#sockets.get(me) !== socket.id) return;
      this.#sockets.delete(me);
      leave();
    });
  }

  #has(bug: Bug): boolean {
    return this.#bug === bug;
  }

  #join(one: string, other: string): void {
    this.#pairs.set(one, other);
    this.#pairs.set(other, one);
  }

  #part(one: string): void {
    const other = this.#pairs.get(one);
    this.#pairs.delete(one);
    if (other !== undefined) this.#pairs.delete(other);
  }
}

export function startPlainIo(bug: string | null): Promise<Stranger> {
  const server = new PlainIo(bug);
  return listenIo(server.timers, (io, socket) => server.connected(io, socket));
}
