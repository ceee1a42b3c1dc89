/** `GET /v1/calls/:id` of a `callsync.v1` server: how a device without a socket learns of its call. */
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { CallRecord } from '../../protocol/call.js';
import { CallRecordSchema } from '../../protocol/frame-schemas.js';
import { LIMITS } from '../../protocol/limits.js';
import type { Millis } from '../../protocol/machine.js';
import { NO_SUCH_CALL } from '../../protocol/reasons.js';
import { connectTo } from './tcp.js';
import type { Via } from './transport.js';

export interface Fetched {
  /** Null if the server has no such call; `failed` without a clear answer. */
  readonly answer: CallRecord | null | 'failed';
  /** As a sentence, without secrets. */
  readonly message: string;
  /** Status of the answer; null without one. */
  readonly status: number | null;
}

/** The path of a call at a `callsync.v1` server. */
export function callPath(call: string): string {
  return `/v1/calls/${encodeURIComponent(call)}`;
}

/**
 * Asks the host of a socket's URL for a call, with the user's token and for `waitMs` at most; `via` as for the socket
 * itself. Never rejects: without a clear answer the result is `failed`.
 */
export function fetchCall(socketUrl: string, token: string, call: string, waitMs: Millis, via?: Via): Promise<Fetched> {
  const { protocol, hostname, port } = new URL(socketUrl);
  const isSecure = protocol === 'wss:';
  const options: RequestOptions = {
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port,
    path: callPath(call),
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(waitMs),
    // Any agent of Node's would connect by itself.
    ...(via === undefined ? { agent: false } : { createConnection: () => connectTo(socketUrl, via) }),
  };
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      const message = error.name === 'AbortError' ? `no answer within ${waitMs} ms` : (error.code ?? error.message);
      resolve({ answer: 'failed', message, status: null });
    };
    const request = (isSecure ? requestHttps : requestHttp)(options, (response) => {
      bodyOf(response).then((text) => resolve(read(response.statusCode ?? 0, text)), failed);
    });
    request.on('error', failed);
    request.end();
  });
}

/** The body as text; null if it is larger than any record. Rejects if the connection ends before it is complete. */
async function bodyOf(response: IncomingMessage): Promise<string | null> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += chunk as string;
    if (text.length > LIMITS.frameBytesMax) return null;
  }
  return text;
}

function read(status: number, text: string | null): Fetched {
  const body = parsed(text);
  if (status === 404 && isNoSuchCall(body)) return { answer: null, message: `404: ${NO_SUCH_CALL}`, status };
  if (status !== 200) return { answer: 'failed', message: `HTTP ${status}`, status };
  const record = CallRecordSchema.safeParse(body);
  if (!record.success) return { answer: 'failed', message: 'HTTP 200 without a call record', status };
  return { answer: record.data, message: `200: version ${record.data.version}, ${record.data.phase}`, status };
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    // A page of some proxy is not an answer of the server; the caller reports it.
    return null;
  }
}

/** A 404 from something else than the server proves nothing about the call. */
function isNoSuchCall(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'error' in body && body.error === NO_SUCH_CALL;
}
