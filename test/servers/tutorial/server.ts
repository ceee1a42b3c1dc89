/**
 * A calling server of the kind that tutorials build with Socket.IO: users register a name, call each other by name and pass
 * session descriptions through. It is sound as it stands; each known bug of its kind can be switched on.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';

export const TUTORIAL_BUGS = [
  /** The answer is emitted to the room of the one who gave it. */
  'answer-to-wrong-room',
  /** Whoever calls and disconnects while it rings is not reported to the callee. */
  'ringing-disconnect-untold',
  /** The other tabs of the callee are not told that one of them answered. */
  'second-tab-keeps-ringing',
  /** An answer is passed on although the call is over. */
  'accept-after-cancel',
  /** One socket a user: the second tab takes the place of the first. */
  'user-map-overwritten',
  /** An answer is passed on twice. */
  'answer-twice',
  /** The candidates of the callee are passed on without their media section, and the description is cut. */
  'signal-altered',
] as const;
export type TutorialBug = (typeof TUTORIAL_BUGS)[number];

export interface TutorialServer {
  /** `ws://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

interface Call {
  readonly caller: string;
  readonly callerSocket: string;
  readonly callee: string;
  /** The socket that answered; null while it rings. */
  calleeSocket: string | null;
}

export interface TutorialOptions {
  readonly bugs?: readonly TutorialBug[];
  /** A token that every client has to bring along; none when left out. */
  readonly token?: string;
  /** Never answers a registration. */
  readonly isMute?: boolean;
  /** By which transports clients may come. */
  readonly transports?: ('websocket' | 'polling')[];
  /** Sends a picture of the caller along, as binary data. */
  readonly sendsPictures?: boolean;
}

/** Starts a server on a free port of loopback. */
export async function startTutorialServer({
  bugs = [],
  token,
  isMute = false,
  transports = ['websocket'],
  sendsPictures = false,
}: TutorialOptions = {}): Promise<TutorialServer> {
  const has = (bug: TutorialBug): boolean => bugs.includes(bug);
  const http = createServer();
  const io = new Server(http, { transports, serveClient: false });
  const users = new Map<string, Set<string>>();
  const calls = new Set<Call>();

  const callOf = (user: string): Call | undefined => [...calls].find(({ caller, callee }) => caller === user || callee === user);
  const peerOf = (call: Call, user: string): string => (call.caller === user ? call.callee : call.caller);
  const tell = (user: string, event: string, data: object): void => {
    for (const id of users.get(user) ?? []) io.to(id).emit(event, data);
  };

  if (token !== undefined) {
    io.use((socket, next) => next(socket.handshake.auth['token'] === token ? undefined : new Error('bad token')));
  }

  io.on('connection', (socket: Socket) => {
    let me: string | null = null;

    socket.on('register', (data: { userId: string }, done?: (answer: object) => void) => {
      me = data.userId;
      const mine = users.get(me);
      if (mine === undefined || has('user-map-overwritten')) users.set(me, new Set([socket.id]));
      else mine.add(socket.id);
      if (!isMute) done?.({ ok: true, userId: me });
    });

    socket.on('call-user', (data: { to: string; signal: unknown }) => {
      if (me === null) return;
      if (!users.has(data.to)) return void socket.emit('call-failed', { to: data.to, reason: 'offline' });
      if (callOf(data.to) !== undefined || callOf(me) !== undefined) {
        return void socket.emit('call-failed', { to: data.to, reason: 'busy' });
      }
      calls.add({ caller: me, callerSocket: socket.id, callee: data.to, calleeSocket: null });
      const picture = sendsPictures ? { picture: Buffer.from([0, 1, 2, 255]) } : {};
      tell(data.to, 'call-made', { from: me, signal: data.signal, ...picture });
      socket.emit('call-ringing', { to: data.to });
    });

    socket.on('answer-call', (data: { to: string; signal: unknown }) => {
      if (me === null) return;
      const call = callOf(me);
      if (call === undefined || call.calleeSocket !== null) {
        if (has('accept-after-cancel')) tell(data.to, 'answer-made', { from: me, signal: data.signal });
        else socket.emit('call-ended', { from: data.to });
        return;
      }
      call.calleeSocket = socket.id;
      const signal = has('signal-altered') ? altered(data.signal) : data.signal;
      if (has('answer-to-wrong-room')) socket.emit('answer-made', { from: me, signal });
      else io.to(call.callerSocket).emit('answer-made', { from: me, signal });
      if (has('answer-twice')) io.to(call.callerSocket).emit('answer-made', { from: me, signal });
      if (has('second-tab-keeps-ringing')) return;
      for (const id of users.get(me) ?? []) if (id !== socket.id) io.to(id).emit('call-taken', { from: call.caller });
    });

    socket.on('reject-call', (data: { to: string }) => {
      const call = me === null ? undefined : callOf(me);
      if (me === null || call === undefined) return;
      calls.delete(call);
      tell(data.to, 'call-rejected', { from: me });
      for (const id of users.get(me) ?? []) if (id !== socket.id) io.to(id).emit('call-refused', { from: call.caller });
    });

    socket.on('end-call', () => {
      const call = me === null ? undefined : callOf(me);
      if (me === null || call === undefined) return;
      calls.delete(call);
      tell(peerOf(call, me), 'call-ended', { from: me });
    });

    socket.on('ice-candidate', (data: { to: string; candidate: unknown }) => {
      if (me !== null) tell(data.to, 'ice-candidate', { from: me, candidate: data.candidate });
    });

    socket.on('disconnect', () => {
      if (me === null) return;
      const mine = users.get(me);
      mine?.delete(socket.id);
      if (mine?.size === 0 || has('user-map-overwritten')) users.delete(me);
      const isGone = !users.has(me);
      const call =
        [...calls].find(({ callerSocket, calleeSocket }) => callerSocket === socket.id || calleeSocket === socket.id) ??
        (isGone ? callOf(me) : undefined);
      if (call === undefined) return;
      calls.delete(call);
      if (call.calleeSocket === null && has('ringing-disconnect-untold')) return;
      tell(peerOf(call, me), 'call-ended', { from: me, reason: 'disconnected' });
    });
  });

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => void io.close(() => resolve())),
  };
}

/** What a middle box makes of a description that it thinks it understands. */
function altered(signal: unknown): unknown {
  if (typeof signal !== 'object' || signal === null || !('sdp' in signal) || typeof signal.sdp !== 'string') return signal;
  return { ...signal, sdp: signal.sdp.replace('a=rtcp-mux\r\n', '') };
}
