/**
 * A calling server that speaks JSON over WebSocket in the roundabout way of grown systems: a token by HTTP first, a greeting by the
 * server, transactions whose receipt and result come in either order, numbered rooms that the server makes, descriptions as JSON
 * in a text, candidates in lists, and messages that want an answer.
 */
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

export interface StagingOptions {
  /** Certificate and key (PEM): speak wss and https; with `ca` clients need a certificate of their own. */
  readonly tls?: Pick<ServerOptions, 'cert' | 'key' | 'ca'>;
  /** What `x-tenant` has to be; anything when left out. */
  readonly tenant?: string;
  /** Passwords by user; anybody may come in when left out. */
  readonly passwords?: Readonly<Record<string, string>>;
  /** Never answers `auth`. */
  readonly isMute?: boolean;
}

export interface StagingServer {
  readonly url: string;
  /** How many of its questions were answered, and how many were not. */
  readonly answered: () => number;
  readonly unanswered: () => number;
  close(): Promise<void>;
}

interface Client {
  readonly socket: WebSocket;
  readonly user: string;
  readonly id: number;
}

interface Room {
  readonly room: number;
  readonly caller: number;
  callee: number | null;
  state: 'open' | 'ringing' | 'answered';
}

interface Message {
  readonly op?: string;
  readonly id?: string;
  readonly body?: { room?: number; to?: number; sdp?: string; list?: unknown[]; token?: string; n?: number };
}

/** Starts a server on a free port of loopback. */
export async function startStaging(options: StagingOptions = {}): Promise<StagingServer> {
  const tokens = new Map<string, string>();
  const clients = new Map<number, Client>();
  const ids = new Map<string, number>();
  const rooms = new Map<number, Room>();
  let asked = 0;
  let answers = 0;
  let turns = 0;

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      const { account, password } = JSON.parse(text || '{}') as { account?: string; password?: string };
      const isKnown = options.passwords === undefined || options.passwords[account ?? ''] === password;
      response.writeHead(isKnown ? 201 : 403, { 'content-type': 'application/json' });
      if (!isKnown || account === undefined) return void response.end('{"error":"no"}');
      const token = `token-of-${account}-${tokens.size}`;
      tokens.set(token, account);
      response.end(JSON.stringify({ session: { token, ttl: 60 } }));
    });
  };
  const { tls } = options;
  const http = tls === undefined ? createHttp(handle) : createHttps({ ...tls, requestCert: tls.ca !== undefined }, handle);
  const sockets = new WebSocketServer({ server: http, handleProtocols: (all) => (all.has('staging.v2') ? 'staging.v2' : false) });

  const tell = (id: number | null, message: object): void => {
    const socket = id === null ? undefined : clients.get(id)?.socket;
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };

  sockets.on('connection', (socket, request) => {
    if (options.tenant !== undefined && request.headers['x-tenant'] !== options.tenant) return socket.close(4403, 'wrong tenant');
    const say = (message: object): void => socket.send(JSON.stringify(message));
    let me: Client | null = null;
    say({ op: 'hello', body: { server: 'staging' } });

    /** The receipt and the result, in turns the one or the other first. */
    const answer = (id: string | undefined, body: object): void => {
      const both = [
        { re: id, kind: 'receipt' },
        { re: id, kind: 'result', body },
      ];
      for (const one of turns++ % 2 === 0 ? both : both.reverse()) say(one);
    };
    const refuse = (id: string | undefined, code: number, text: string): void => say({ re: id, kind: 'error', code, text });
    const roomOf = (user: number): Room | undefined =>
      [...rooms.values()].find(({ caller, callee }) => caller === user || callee === user);
    const leave = (room: Room, by: number, why: string): void => {
      rooms.delete(room.room);
      const other = room.caller === by ? room.callee : room.caller;
      tell(other, { op: 'state', body: { room: room.room, state: 'closed', why } });
    };

    let isAnswered = true;
    socket.on('message', (data) => {
      const { op, id, body = {} } = JSON.parse(String(data)) as Message;
      if (op === 'auth') {
        const user = tokens.get(body.token ?? '');
        if (options.isMute === true) return;
        if (user === undefined) return refuse(id, 401, 'this token is unknown');
        const number = ids.get(user) ?? 1_000 + ids.size;
        ids.set(user, number);
        me = { socket, user, id: number };
        clients.set(number, me);
        say({ op: 'presence', body: { online: clients.size } });
        return answer(id, { me: number });
      }
      if (me === null) return refuse(id, 400, 'not before auth');
      const mine = me.id;
      const room = rooms.get(body.room ?? -1);
      switch (op) {
        case 'room.create': {
          const made: Room = {
            room: rooms.size + Math.floor(Math.random() * 1e6) + 1,
            caller: mine,
            callee: null,
            state: 'open',
          };
          if (roomOf(mine) !== undefined) return refuse(id, 409, 'you are in a call');
          rooms.set(made.room, made);
          return answer(id, { room: made.room });
        }
        case 'invite': {
          if (room === undefined) return refuse(id, 404, 'no such room');
          const busy = body.to !== undefined && roomOf(body.to) !== undefined;
          if (!clients.has(body.to ?? -1) || busy) {
            rooms.delete(room.room);
            return busy ? refuse(id, 486, 'busy') : refuse(id, 480, 'not there');
          }
          room.callee = body.to ?? null;
          room.state = 'ringing';
          asked++;
          tell(room.callee, { op: 'ring', body: { room: room.room, from: mine, sdp: body.sdp } });
          return answer(id, { ringing: true });
        }
        case 'ring.ok':
          answers++;
          return tell(room?.caller ?? null, { op: 'state', body: { room: body.room, state: 'alerting' } });
        case 'join':
          return room?.state === 'ringing' ? answer(id, {}) : refuse(id, 410, 'the call is over');
        case 'answer':
          if (room === undefined) return;
          room.state = 'answered';
          return tell(room.caller, { op: 'state', body: { room: room.room, state: 'answered', sdp: body.sdp } });
        case 'decline':
          return room === undefined ? undefined : leave(room, mine, 'DECLINED');
        case 'bye':
          return room === undefined ? undefined : leave(room, mine, 'BYE');
        case 'ice':
          return tell(room?.caller === mine ? room.callee : (room?.caller ?? null), {
            op: 'ice',
            body: { room: body.room, list: body.list },
          });
        case 'pong':
          isAnswered = true;
          answers++;
          return undefined;
        default:
          return undefined;
      }
    });
    // One at a time, so that no more than the last can be under way when the connection ends.
    const pings = setInterval(() => {
      if (!isAnswered) return;
      isAnswered = false;
      asked++;
      say({ op: 'ping', body: { n: asked } });
    }, 200);
    socket.on('close', () => {
      clearInterval(pings);
      if (me === null || clients.get(me.id) !== me) return;
      clients.delete(me.id);
      const room = roomOf(me.id);
      if (room !== undefined) leave(room, me.id, 'GONE');
    });
  });

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${port}/signal`,
    answered: () => answers,
    unanswered: () => asked - answers,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate();
        sockets.close();
        http.closeAllConnections();
        http.close(() => resolve());
      }),
  };
}
