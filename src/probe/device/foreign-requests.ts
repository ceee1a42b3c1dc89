/** HTTP requests of a foreign device for its actions: passed through the message faults, cut off with its link, with their trace events. */
import { kindFrom } from '../../protocol/message-kinds.js';
import type { ClientEffect } from '../adapter/client-io.js';
import type { HttpRequest, HttpResponse, Reading } from '../adapter/port.js';
import { fetchHttp } from '../links/http.js';
import type { SocketSettings, Via } from '../links/transport.js';
import type { Clock } from '../runtime/ports.js';
import type { Passing, Shell } from './device-shell.js';

type Asked = Extract<ClientEffect, { type: 'request' }>;
/** The answer to a request, for the client. */
interface Answered {
  readonly type: 'response';
  readonly id: number;
  readonly response: HttpResponse | null;
  readonly error: string | null;
}

export interface RequestOptions {
  readonly node: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly socket: SocketSettings;
  /** The target's URL; requests to its host take the way of its connection. */
  readonly url: string;
  readonly via: Via | undefined;
  /** Reads an answer before it is handled; null if nobody waits for it any more. */
  readonly read: (id: number, response: HttpResponse) => Reading | null;
  readonly passingOf: (reading: Reading) => Passing;
}

const CUT_OFF = 'EHOSTUNREACH: the link is cut';

/** Sends a request; its answer, or why there is none, is pushed as an input. Never throws. */
export function sendRequest<Input>(
  shell: Shell<Input | Answered>,
  { id, conn, request, message, call }: Asked,
  passing: Passing,
  cause: number | null,
  options: RequestOptions,
): void {
  const { node, clock } = options;
  // Each request has a connection of its own: the order of two proves nothing.
  const link = `${node}.http-${id}`;
  const askedAt = clock.now();
  const failed = (error: string): void =>
    shell.whenRunning(() => {
      const { method } = request;
      const durationMs = clock.now() - askedAt;
      const path = pathOf(request.url);
      const n = shell.record(cause, { type: 'http', method, path, status: null, durationMs, call, message: error });
      shell.push({ type: 'response', id, response: null, error }, n);
    });
  if (shell.isCut()) {
    shell.record(cause, { type: 'unsent', link, conn, kind: kindFrom(message.kind), call, why: 'no-connection' });
    return failed(CUT_OFF);
  }
  shell.sendBeside(link, conn, passing, message.text, cause, (text, n) => {
    fetchHttp(
      withText(request, message.text, text),
      options.socket,
      isAtTarget(request.url, options.url) ? options.via : undefined,
    ).then(
      (response) => {
        if (shell.isCut()) return failed(CUT_OFF);
        shell.whenRunning(() => {
          shell.record(null, { type: 'receipt', link, conn, by: 'answered-post', covers: [n], askedAt });
          shell.arriveBeside(link, conn, textOf(response.body), (passed) => {
            const answer = { ...response, body: parsed(passed) };
            const reading = options.read(id, answer);
            const input: Answered = { type: 'response', id, response: answer, error: null };
            return { input, passing: reading === null ? null : options.passingOf(reading) };
          });
        });
      },
      (error: unknown) => failed(error instanceof Error ? error.message : String(error)),
    );
  });
}

/** The request with the text that the message faults have left. */
function withText(request: HttpRequest, before: string, text: string): HttpRequest {
  if (text === before) return request;
  const isJson = typeof request.body !== 'string';
  return { ...request, body: text, headers: { ...(isJson ? { 'content-type': 'application/json' } : {}), ...request.headers } };
}

function isAtTarget(url: string, target: string): boolean {
  return URL.canParse(url) && URL.canParse(target) && new URL(url).host === new URL(target).host;
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : '';
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : (JSON.stringify(body) ?? '');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
