/**
 * A calling server whose actions are HTTP requests: a user acts by REST with a token, and hears of others over a WebSocket.
 * `POST /calls` makes a call and gives its number, `POST /calls/N/accept` and so on act on it, and what is not allowed is refused
 * with a status and a JSON error.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

interface Call {
  readonly id: number;
  readonly from: string;
  readonly to: string;
  state: 'ringing' | 'connected' | 'over';
}

export interface RestOptions {
  /** Refuses every accept with this status. */
  readonly refusesAccept?: number;
  /** Sends the event of each end this many times. */
  readonly endsTimes?: number;
}

export interface RestServer {
  readonly url: string;
  /** `POST /calls/1/accept bob` for each request of a call. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Starts a server on a free port of loopback. */
export async function startRestServer(options: RestOptions = {}): Promise<RestServer> {
  const sockets = new Map<string, Set<WebSocket>>();
  const calls: Call[] = [];
  const requests: string[] = [];
  let isEnding = false;

  const notify = (user: string, message: object): void => {
    for (const socket of sockets.get(user) ?? []) if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  const live = (user: string): Call | undefined =>
    calls.find(({ from, to, state }) => state !== 'over' && (from === user || to === user));

  const act = (user: string, path: string, body: { to?: string; sdp?: string; why?: string }): [status: number, body: object] => {
    if (path === '/calls') {
      const { to = '', sdp } = body;
      if (!sockets.has(to)) return [404, { error: { code: 'offline', message: `${to} is not here` } }];
      if (live(to) !== undefined) return [409, { error: { code: 'busy', message: `${to} is in a call` } }];
      const call: Call = { id: calls.length + 1, from: user, to, state: 'ringing' };
      calls.push(call);
      notify(to, { event: 'call', id: call.id, from: user, sdp });
      return [201, { id: call.id }];
    }
    const [, id, verb] = /^\/calls\/(\d+)\/(accept|end|candidate)$/.exec(path) ?? [];
    const call = calls.find((one) => one.id === Number(id));
    if (call === undefined) return [404, { error: { code: 'gone', message: 'no such call' } }];
    const other = call.from === user ? call.to : call.from;
    if (verb === 'candidate') {
      notify(other, { event: 'candidate', id: call.id, ...body });
      return [204, {}];
    }
    if (call.state === 'over') return [410, { error: { code: 'over', message: 'the call is over' } }];
    if (verb === 'end') {
      call.state = 'over';
      for (let time = 0; time < (options.endsTimes ?? 1); time++) notify(other, { event: 'end', id: call.id, why: body.why });
      return [200, { ok: true }];
    }
    if (options.refusesAccept !== undefined)
      return [options.refusesAccept, { error: { code: 'full', message: 'no more calls today' } }];
    if (call.to !== user || call.state !== 'ringing') return [409, { error: { code: 'state', message: 'it does not ring' } }];
    call.state = 'connected';
    notify(other, { event: 'accepted', id: call.id, sdp: body.sdp });
    return [200, { ok: true }];
  };

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      const user = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
      const path = request.url ?? '';
      if (!path.endsWith('/candidate')) requests.push(`${request.method} ${path} ${user}`);
      const [status, body] =
        user === undefined
          ? [401, { error: { code: 'who', message: 'no token' } }]
          : act(user, path, JSON.parse(text || '{}') as object);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(status === 204 ? undefined : JSON.stringify(body));
    });
  };
  const http = createServer(handle);
  const hub = new WebSocketServer({ server: http });
  hub.on('connection', (socket, request) => {
    const user = new URL(request.url ?? '', 'ws://x').searchParams.get('user') ?? '';
    const own = sockets.get(user) ?? new Set();
    sockets.set(user, own.add(socket));
    socket.on('close', () => {
      own.delete(socket);
      if (own.size > 0) return;
      sockets.delete(user);
      const call = isEnding ? undefined : live(user);
      if (call === undefined) return;
      call.state = 'over';
      notify(call.from === user ? call.to : call.from, { event: 'end', id: call.id, why: 'lost' });
    });
    socket.send(JSON.stringify({ event: 'ready' }));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`,
    requests,
    close() {
      isEnding = true;
      for (const socket of hub.clients) socket.terminate();
      hub.close();
      http.closeAllConnections();
      return new Promise((resolve) => http.close(() => resolve()));
    },
  };
}

/** Its dialect. */
export const REST_DIALECT = `
dialect: 1
name: rest
agent: { id: "\${user}-\${run}" }
connect: { query: { user: "\${agent.id}" } }
messageName: $.event
login:
  - expect: { when: { $.event: ready } }
calls: { id: server }
actions:
  call:
    - http: POST
      url: "\${target.http}/calls"
      headers: &token { authorization: "Bearer \${agent.id}" }
      body: { to: "\${peer.id}", sdp: "\${sdp}" }
      take: { call.id: $.body.id }
      error: &error
        code: $.body.error.code
        text: $.body.error.message
        ends: { busy: busy, offline: unreachable, over: cancelled, default: server-error }
  accept:
    - http: POST
      url: "\${target.http}/calls/\${call.id}/accept"
      headers: *token
      body: { sdp: "\${sdp}" }
      reply: { within: 3s }
      error: *error
  reject: [{ http: POST, url: "\${target.http}/calls/\${call.id}/end", headers: *token, body: { why: declined } }]
  cancel: [{ http: POST, url: "\${target.http}/calls/\${call.id}/end", headers: *token, body: { why: cancelled } }]
  hang up: [{ http: POST, url: "\${target.http}/calls/\${call.id}/end", headers: *token, body: { why: hangup } }]
  candidate:
    - http: POST
      url: "\${target.http}/calls/\${call.id}/candidate"
      headers: *token
      body: { candidate: "\${candidate}", mid: "\${mid}" }
receive:
  - { when: { $.event: call }, means: incoming, take: { call.id: $.id, from: $.from, sdp: $.sdp } }
  - { when: { $.event: accepted }, means: accepted, take: { call.id: $.id, sdp: $.sdp } }
  - { when: { $.event: candidate }, means: candidate, take: { call.id: $.id, candidate: $.candidate, mid: $.mid } }
  - when: { $.event: end }
    means: ended
    take: { call.id: $.id, reason: { path: $.why, map: { declined: rejected, cancelled: cancelled, hangup: hangup, lost: peer-lost } } }
byDesign:
  devices: one
  hides: [glare, server-timeout, late-join]
`;
