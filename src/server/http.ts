/** The server's HTTP answers: health, metrics, and the record of a call for devices without a socket. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallRecord } from '../protocol/call.js';
import { NO_SUCH_CALL } from '../protocol/reasons.js';
import type { Admitted } from './admission.js';
import { isAllowedOrigin, isLoopback } from './gate.js';
import type { HubCensus } from './hub/hub.js';

export interface HttpContext {
  /** The user of a token, or why it is invalid. */
  admit(token: string): Promise<Admitted>;
  census(): HubCensus;
  /** A call as its users may read it; null for other users and for unknown ids. */
  read(call: string, user: string): CallRecord | null;
  /** False with a known bug only: the server then has no such endpoint. */
  answersByHttp(): boolean;
  readonly state: () => 'ready' | 'draining' | 'broken';
  /** Origins whose pages may read. */
  readonly origins: readonly string[];
  /** Null for a server without metrics. */
  readonly metrics: { readonly contentType: string; page(): Promise<string> } | null;
  /** The bearer token for metrics; without one they are for this machine only. */
  readonly metricsToken: string | null;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const json = (status: number, body: unknown, headers: Answer['headers'] = {}): Answer => ({
  status,
  body: `${JSON.stringify(body)}\n`,
  headers: { 'content-type': 'application/json', ...headers },
});

/**
 * `GET /healthz`, `/readyz`, `/metrics`, and `/v1/calls/:id` with the user's token as bearer. Other paths get a list of these.
 * Never rejects.
 */
export async function serveHttp(request: IncomingMessage, response: ServerResponse, context: HttpContext): Promise<void> {
  const { origin } = request.headers;
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  const { status, body, headers } = await answerTo(request, hasBody, context).catch(() =>
    json(500, { error: 'the server could not answer' }),
  );
  const cors = origin !== undefined && isAllowedOrigin(origin, context.origins) ? { 'access-control-allow-origin': origin } : {};
  // A refused body is not read: the connection cannot be used for another request.
  const ending = hasBody ? { connection: 'close' } : {};
  response.writeHead(status, { 'cache-control': 'no-store', vary: 'origin', ...cors, ...ending, ...headers });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function answerTo(request: IncomingMessage, hasBody: boolean, context: HttpContext): Promise<Answer> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const { origin } = request.headers;
  if (request.method === 'OPTIONS' && origin !== undefined && isAllowedOrigin(origin, context.origins)) return PREFLIGHT;
  if (request.method !== 'GET' && request.method !== 'HEAD') return json(405, { error: 'only GET is served' }, { allow: 'GET' });
  if (hasBody) return json(413, { error: 'requests with a body are not supported' });
  if (path === '/healthz') return health(context);
  if (path === '/readyz') return readiness(context);
  if (path === '/metrics' && context.metrics !== null) return metrics(request, context, context.metrics);
  const call = /^\/v1\/calls\/([\w.:~-]{1,64})$/.exec(path)?.[1];
  if (call === undefined || !context.answersByHttp()) {
    return json(404, { error: 'not found; available are /healthz, /readyz, /metrics if enabled, and /v1/calls/:id' });
  }
  if (!isAllowedOrigin(origin, context.origins)) return json(403, { error: 'pages of this origin may not read' });
  const token = bearerOf(request);
  if (token === null) return json(401, { error: 'an Authorization header with a bearer token is required' }, CHALLENGE);
  const admitted = await context.admit(token);
  if (!admitted.ok) return json(401, { error: admitted.message }, CHALLENGE);
  const record = context.read(call, admitted.user);
  return record === null ? json(404, { error: NO_SUCH_CALL }) : json(200, record);
}

const CHALLENGE = { 'www-authenticate': 'Bearer' };
const PREFLIGHT: Answer = {
  status: 204,
  body: '',
  headers: {
    'access-control-allow-methods': 'GET',
    'access-control-allow-headers': 'authorization',
    'access-control-max-age': '600',
  },
};

/** The process is alive: counts and no names, since this is public. */
function health(context: HttpContext): Answer {
  const { connections, sessions, liveCalls } = context.census();
  return json(200, { status: 'ok', connections, sessions, liveCalls });
}

/** Whether connections are accepted, for load balancers. */
function readiness(context: HttpContext): Answer {
  const state = context.state();
  return state === 'ready' ? json(200, { status: 'ready' }) : json(503, { status: state }, { 'retry-after': '1' });
}

async function metrics(
  request: IncomingMessage,
  { metricsToken }: HttpContext,
  source: NonNullable<HttpContext['metrics']>,
): Promise<Answer> {
  if (metricsToken !== null) {
    const token = bearerOf(request);
    if (token === null || !isSame(token, metricsToken)) return json(401, { error: 'metrics need their bearer token' }, CHALLENGE);
  } else if (!isLocal(request)) {
    return json(403, { error: 'metrics are for this machine only; set CALL_PROBE_METRICS_TOKEN to read them from elsewhere' });
  }
  return { status: 200, body: await source.page(), headers: { 'content-type': source.contentType } };
}

/** A request that a proxy on this machine forwarded comes from elsewhere. */
function isLocal({ socket, headers }: IncomingMessage): boolean {
  const isPassedOn = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => headers[name] !== undefined);
  return !isPassedOn && headers.origin === undefined && isLoopback(socket.remoteAddress ?? '');
}

function bearerOf({ headers }: IncomingMessage): string | null {
  return /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

/** Compares in constant time. */
function isSame(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
