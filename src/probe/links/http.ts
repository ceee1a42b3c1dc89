/** HTTP requests of an adapter, before its socket or for an action: bounded in time and size, with error messages without secrets. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { HttpRequest, HttpResponse } from '../adapter/port.js';
import { throughProxy } from './http-proxy.js';
import { connectTo } from './tcp.js';
import type { SocketSettings, TlsSettings, Via } from './transport.js';

const ANSWER_MS = 10_000;
const BODY_CHARS_MAX = 1_000_000;

/** Resolves to the answer, whatever its status; `via` as for a socket. Rejects with a sentence that names the URL without its query. */
export function fetchHttp(
  asked: HttpRequest,
  { headers = {}, tls = {}, proxy }: SocketSettings,
  via?: Via,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const place = URL.canParse(asked.url) ? placeOf(new URL(asked.url)) : '';
    const fail = (why: string): void => reject(new Error(`${asked.method} ${place}: ${why}`));
    if (!/^https?:/.test(place)) return fail('the URL has to begin with http:// or https://');
    const isText = typeof asked.body === 'string';
    const body = asked.body === undefined ? null : isText ? String(asked.body) : JSON.stringify(asked.body);
    const send = asked.url.startsWith('https:') ? requestHttps : requestHttp;
    const request = send(
      asked.url,
      {
        method: asked.method,
        headers: { ...(body === null || isText ? {} : { 'content-type': 'application/json' }), ...headers, ...asked.headers },
        signal: AbortSignal.timeout(ANSWER_MS),
        agent: false,
        ...connectionOf(asked.url, proxy, tls, via),
        ...tls,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
          if (text.length > BODY_CHARS_MAX) response.destroy(new Error('the answer is too large'));
        });
        response.on('error', (error) => fail(error.message));
        response.on('end', () => {
          const flat = Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]);
          resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(flat), body: parsed(text) });
        });
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.name === 'TimeoutError' || error.name === 'AbortError'
          ? `no answer within ${ANSWER_MS / 1_000} s`
          : (error.code ?? error.message),
      ),
    );
    request.end(body ?? undefined);
  });
}

function connectionOf(url: string, proxy: string | undefined, tls: TlsSettings, via: Via | undefined): object {
  if (proxy !== undefined) return { createConnection: throughProxy(proxy, url, tls, via) };
  return via === undefined ? {} : { createConnection: () => connectTo(url, via, tls) };
}

function placeOf({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
