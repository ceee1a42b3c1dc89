/** `GET /v1/calls/:id` of a server of `callsync.v1`: how a device learns of its call where no socket can be had. */
import type { CallRecord } from '../protocol/call.js';
import { CallRecordSchema } from '../protocol/frames.js';
import { LIMITS } from '../protocol/limits.js';
import type { Millis } from '../protocol/machine.js';
import { NO_SUCH_CALL } from '../protocol/reasons.js';

export interface Fetched {
  /** Null where the server says that there is no such call; `failed` where nothing is known. */
  readonly answer: CallRecord | null | 'failed';
  /** In words, without secrets. */
  readonly message: string;
}

const SCHEMES: Readonly<Record<string, string>> = { 'ws:': 'http:', 'wss:': 'https:' };

/** Where to ask for a call: the same host as the socket's, by HTTP. */
export function callUrl(socketUrl: string, call: string): URL {
  const url = new URL(`/v1/calls/${encodeURIComponent(call)}`, socketUrl);
  // The setter of `protocol` does not change between special schemes that are not listed as such (URL standard).
  return new URL(`${SCHEMES[url.protocol] ?? url.protocol}//${url.host}${url.pathname}`);
}

/** Asks for a call with the user's token, for `waitMs` at most. Never rejects. */
export async function fetchCall(socketUrl: string, token: string, call: string, waitMs: Millis): Promise<Fetched> {
  try {
    const response = await fetch(callUrl(socketUrl, call), {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(waitMs),
    });
    const text = await boundedText(response);
    return read(response.status, text === null ? null : JSON.parse(text));
  } catch (error) {
    return { answer: 'failed', message: reasonOf(error) };
  }
}

function read(status: number, body: unknown): Fetched {
  if (status === 404 && isNoSuchCall(body)) return { answer: null, message: '404: no such call' };
  if (status !== 200) return { answer: 'failed', message: `HTTP ${status}` };
  const record = CallRecordSchema.safeParse(body);
  return record.success
    ? { answer: record.data, message: `200: version ${record.data.version}` }
    : { answer: 'failed', message: '200, but no record' };
}

/** A 404 of something that knows no calls says nothing about this one. */
function isNoSuchCall(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'error' in body && body.error === NO_SUCH_CALL;
}

/** The body as text; null when it is larger than any record. */
async function boundedText(response: Response): Promise<string | null> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > LIMITS.frameBytesMax) {
      await response.body?.cancel().catch(() => undefined);
      return null;
    }
  }
  return text;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? (error.name === 'TimeoutError' ? 'no answer in time' : error.name);
}
