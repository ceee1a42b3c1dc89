/** What the server answers over plain HTTP: its health, and a call's record where the socket can't be had. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallRecord } from '../protocol/call.js';
import type { Admitted } from './admission.js';
import type { HubCensus } from './hub/hub.js';

export interface HttpContext {
  /** The user of a token, or why it is none. */
  admit(token: string): Promise<Admitted>;
  census(): HubCensus;
  /** A call as its users may read it; null for strangers and unknown ids alike. */
  read(call: string, user: string): CallRecord | null;
}

type Answer = (status: number, body: unknown, headers?: Readonly<Record<string, string>>) => void;

/** `GET /healthz`, and `GET /v1/calls/:id` with the user's token as bearer. Everything else is told what there is. */
export async function serveHttp(request: IncomingMessage, response: ServerResponse, context: HttpContext): Promise<void> {
  const answer: Answer = (status, body, headers = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
    response.end(`${JSON.stringify(body)}\n`);
  };
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (request.method !== 'GET') return answer(405, { error: 'only GET is served' }, { allow: 'GET' });
  if (path === '/healthz') return health(answer, context);
  const call = /^\/v1\/calls\/([\w.:~-]{1,64})$/.exec(path)?.[1];
  if (call === undefined) return answer(404, { error: 'not found; there are /healthz and /v1/calls/:id' });
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) return answer(401, { error: 'an Authorization header with a bearer token is needed' });
  const admitted = await context.admit(token);
  if (!admitted.ok) return answer(401, { error: admitted.message });
  const record = context.read(call, admitted.user);
  return record === null ? answer(404, { error: 'no such call' }) : answer(200, record);
}

/** Counts and no names: whoever can reach the port may read this. */
function health(answer: Answer, context: HttpContext): void {
  const { connections, sessions, liveCalls } = context.census();
  answer(200, { status: 'ok', connections, sessions, liveCalls });
}
