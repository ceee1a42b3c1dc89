/**
 * Calls as rooms of Socket.IO: each event is acknowledged with `{ ok }`, rooms have numbers that the server makes, all tabs of a user
 * ring, and an error is `{ ok: false, error: { code, message } }`.
 */
import type { Server, Socket } from 'socket.io';
import { type Stranger, Timers } from './listen.js';
import { listenIo } from './listen-io.js';

export const ROOMS_BUGS = [
  'leave-dropped-while-ringing',
  'refusal-to-another-tab',
  'busy-after-cancel',
  'busy-at-once',
  'two-take-it',
  'other-tab-rings-on',
  'pickup-not-passed-on',
  'first-tab-forgotten',
] as const;
type Bug = (typeof ROOMS_BUGS)[number];

interface Room {
  readonly id: number;
  readonly from: string;
  readonly to: string;
  readonly caller: string;
  state: 'ringing' | 'open' | 'closed';
  taker: string | null;
}

type Ack = ((answer: object) => void) | undefined;

class Rooms {
  readonly #rooms = new Map<number, Room>();
  readonly #busy = new Set<string>();
  readonly #bug: string | null;

  constructor(bug: string | null) {
    this.#bug = bug;
  }

  connected(io: Server, socket: Socket): void {
    let me = '';
    const toUser = (user: string) => io.to(`user:${user}`);
    socket.on('auth', async ({ userId }: { userId: string }, ack: Ack) => {
      me = userId;
      if (this.#has('first-tab-forgotten')) io.in(`user:${me}`).socketsLeave(`user:${me}`);
      await socket.join(`user:${me}`);
      ack?.({ ok: true, userId });
    });
    socket.on('dial', async ({ to }: { to: string }, ack: Ack) => {
      const tabs = await io.in(`user:${to}`).fetchSockets();
      if (tabs.length === 0) return ack?.(failure('USER_OFFLINE', `${to} is not online`));
      if (this.#busy.has(to) || this.#has('busy-at-once')) return ack?.(failure('USER_BUSY', `${to} is busy`));
      const room: Room = { id: this.#rooms.size + 101, from: me, to, caller: socket.id, state: 'ringing', taker: null };
      this.#rooms.set(room.id, room);
      this.#busy.add(me).add(to);
      ack?.({ ok: true, roomId: room.id });
      toUser(to).emit('incoming', { roomId: room.id, from: me });
    });
    const inRoom = (event: string, then: (room: Room) => void): void => {
      socket.on(event, ({ roomId }: { roomId: number }, ack: Ack) => {
        const room = this.#rooms.get(roomId);
        if (room === undefined || room.state === 'closed') return ack?.(failure('NO_ROOM', 'the room is closed'));
        if (room.from !== me && room.to !== me) return ack?.(failure('NOT_YOURS', 'not your room'));
        ack?.({ ok: true });
        then(room);
      });
    };
    inRoom('alerting', (room) => void io.to(room.caller).emit('alerting', { roomId: room.id }));
    socket.on('pickup', ({ roomId }: { roomId: number }, ack: Ack) => {
      const room = this.#rooms.get(roomId);
      const isOpen = room?.state === 'open' && !this.#has('two-take-it');
      if (room === undefined || room.to !== me || room.state === 'closed' || isOpen)
        return ack?.(failure('NO_ROOM', 'the room is closed'));
      room.state = 'open';
      room.taker = socket.id;
      ack?.({ ok: true });
      if (this.#has('pickup-not-passed-on')) return;
      io.to(room.caller).emit('picked-up', { roomId, by: me });
      const isSilent = this.#has('other-tab-rings-on') || this.#has('two-take-it');
      if (!isSilent) socket.to(`user:${room.to}`).emit('room-closed', { roomId, reason: 'answered-elsewhere' });
    });
    inRoom('refuse', (room) => {
      this.#close(room);
      if (this.#has('refusal-to-another-tab'))
        socket.to(`user:${room.from}`).except(room.caller).emit('refused', { roomId: room.id });
      else io.to(room.caller).emit('refused', { roomId: room.id });
      socket.to(`user:${room.to}`).emit('room-closed', { roomId: room.id, reason: 'refused-elsewhere' });
    });
    inRoom('leave', (room) => {
      const wasRinging = room.state === 'ringing';
      if (wasRinging && this.#has('leave-dropped-while-ringing')) return;
      this.#close(room);
      if (wasRinging && this.#has('busy-after-cancel')) this.#busy.add(room.to);
      if (wasRinging) return void toUser(room.to).emit('room-closed', { roomId: room.id, reason: 'cancelled' });
      const other = socket.id === room.caller ? room.taker : room.caller;
      if (other !== null) io.to(other).emit('room-closed', { roomId: room.id, reason: 'left' });
    });
    socket.on('disconnect', async () => {
      const isGone = (await io.in(`user:${me}`).fetchSockets()).length === 0;
      for (const room of this.#rooms.values()) {
        const isMine = room.caller === socket.id || room.taker === socket.id || (room.taker === null && room.to === me && isGone);
        if (room.state === 'closed' || !isMine) continue;
        this.#close(room);
        const gone = { roomId: room.id, reason: 'disconnected' };
        if (room.caller !== socket.id) io.to(room.caller).emit('room-closed', gone);
        else if (room.taker === null) toUser(room.to).emit('room-closed', gone);
        else io.to(room.taker).emit('room-closed', gone);
      }
    });
  }

  #has(bug: Bug): boolean {
    return this.#bug === bug;
  }

  #close(room: Room): void {
    room.state = 'closed';
    this.#busy.delete(room.from);
    this.#busy.delete(room.to);
  }
}

function failure(code: string, message: string): object {
  return { ok: false, error: { code, message } };
}

export function startRooms(bug: string | null): Promise<Stranger> {
  const rooms = new Rooms(bug);
  return listenIo(new Timers(), (io, socket) => rooms.connected(io, socket));
}
