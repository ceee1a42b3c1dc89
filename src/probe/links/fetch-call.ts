/** `GET /v1/calls/:id` of a server of `callsync.v1`: how a device learns of its call where no socket can be had. */
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { CallRecord } from '../../protocol/call.js';
import { CallRecordSchema } from '../../protocol/frame-schemas.js';
import { LIMITS } from '../../protocol/limits.js';
import type { Millis } from '../../protocol/machine.js';
import { NO_SUCH_CALL } from '../../protocol/reasons.js';
import type { Via } from './transport.js';
import { connectVia } from './ws-transport.js';

export interface Fetched {
  /** Null where the server says that there is no such call; `failed` where nothing is known. */
  readonly answer: CallRecord | null | 'failed';
  /** In words, without secrets. */
  readonly message: string;
  /** Status of the answer; null where none came. */
  readonly status: number | null;
}

/** The path of a call at a server of `callsync.v1`. */
export function callPath(call: string): string {
  return `/v1/calls/${encodeURIComponent(call)}`;
}

/**
 * Asks the host of a socket's URL for a call, with the user's token and for `waitMs` at most; `via` as for the socket
 * itself. Never rejects: whatever is not a clear answer is `failed`.
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
    // An agent of Node's, even a fresh one, would connect by itself.
    ...(via === undefined ? { agent: false } : { createConnection: () => connectVia(socketUrl, via) }),
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

/** The body as text; null when it is larger than any record. Rejects when the connection ends before it is whole. */
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
  if (!record.success) return { answer: 'failed', message: 'HTTP 200, and no record of a call', status };
  return { answer: record.data, message: `200: version ${record.data.version}, ${record.data.phase}`, status };
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    // A page of some proxy: that is no answer of the server, and the caller says so.
    return null;
  }
}

/** A 404 of something that knows no calls says nothing about this one. */
function isNoSuchCall(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'error' in body && body.error === NO_SUCH_CALL;
}
