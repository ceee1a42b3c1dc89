/**
 * Engine.IO 4 by HTTP long-polling (github.com/socketio/engine.io-protocol), as a connection like any other: one GET at a time
 * fetches packets, one POST at a time sends them. To its user it is a socket for text packets.
 */
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { LIMITS } from '../../protocol/limits.js';
import { throughProxy } from './http-proxy.js';
import { connectTo, reset } from './tcp.js';
import type { Ending, SocketSettings, Transport, TransportSink, Via } from './transport.js';

/** Between the packets of one body. */
const SEPARATOR = '\u001e';
const CLOSE_PACKET = '1';
const BODY_CHARS_MAX = LIMITS.frameBytesMax * 16;
/** A server answers a GET at the latest with its next ping; without an answer for this long it is gone. */
const POLL_MS = 90_000;
const POST_MS = 10_000;
/** Maximum number of packets that wait for the previous POST. */
const WAITING_MAX = 1_000;

/** Opens a session at `url` (`ws:` or `http:`, with its query), bound in time by `handshakeMs`. Never throws: errors go to the sink. */
export function openPolling(
  url: string,
  handshakeMs: number,
  sink: TransportSink,
  via?: Via,
  settings: SocketSettings = {},
): Transport {
  return new Polling(url.replace(/^ws/, 'http'), handshakeMs, sink, via, settings);
}

class Polling implements Transport {
  readonly #agent: HttpAgent;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #tls: NonNullable<SocketSettings['tls']>;
  readonly #cookies = new Map<string, string>();
  readonly #requests = new Set<ClientRequest>();
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #sid: string | null = null;
  #waiting: string[] = [];
  #isPosting = false;
  /** Number of POSTs begun. */
  #posts = 0;
  #questions: { readonly afterPost: number; readonly answered: (by: 'answered-post') => void }[] = [];
  #isPolling = false;
  #isListening = true;
  /** Input that arrived while reading was paused. */
  #held: string[] = [];

  constructor(
    readonly url: string,
    handshakeMs: number,
    readonly sink: TransportSink,
    via: Via | undefined,
    { headers = {}, tls = {}, proxy }: SocketSettings,
  ) {
    this.#headers = headers;
    this.#tls = tls;
    const isSecure = url.startsWith('https:');
    this.#agent = isSecure ? new HttpsAgent({ keepAlive: true, ...tls }) : new HttpAgent({ keepAlive: true });
    const created = proxy === undefined ? (): Socket => connectTo(url, via, tls) : throughProxy(proxy, url, tls, via);
    Object.assign(this.#agent, { createConnection: created });
    this.#poll(handshakeMs);
  }

  isOpen = (): boolean => this.#state === 'open';

  send = (text: string, written?: () => void): void => {
    if (this.#state === 'open' && this.#waiting.length < WAITING_MAX) {
      this.#waiting.push(text);
      this.#post();
    }
    written?.();
  };

  /** Answered with the POST that carries all that was sent so far. */
  ask = (answered: (by: 'answered-post') => void): void => {
    if (this.#state !== 'open') return;
    if (!this.#isPosting && this.#waiting.length === 0) return answered('answered-post');
    this.#questions.push({ afterPost: this.#waiting.length === 0 ? this.#posts : this.#posts + 1, answered });
  };

  end = (how: Ending): void => {
    if (this.#state === 'closed') return;
    if (how === 'reset') for (const { socket } of this.#requests) if (socket !== null) reset(socket);
    if (how !== 'close' || this.#sid === null) return this.#close(1006, '', null);
    // The close packet is sent separately; the pending GET is answered by it.
    this.#waiting.push(CLOSE_PACKET);
    this.#post();
    setTimeout(() => this.#close(1000, 'bye', null), LIMITS.closeMs).unref();
  };

  listen = (isListening: boolean): void => {
    this.#isListening = isListening;
    if (!isListening) return;
    for (const packet of this.#held.splice(0)) this.#take(packet);
    if (this.#state === 'open') this.#poll(POLL_MS);
  };

  /** It sends nothing by itself: packets of Engine.IO belong to its user. */
  mute = (): void => undefined;

  #poll(ms: number): void {
    if (this.#isPolling || this.#state === 'closed' || !this.#isListening) return;
    this.#isPolling = true;
    this.#ask('GET', null, ms, (body) => {
      this.#isPolling = false;
      for (const packet of body.split(SEPARATOR)) {
        if (this.#isListening) this.#take(packet);
        else this.#held.push(packet);
      }
      this.#poll(POLL_MS);
    });
  }

  #take(packet: string): void {
    if (this.#state === 'closed') return;
    if (packet === CLOSE_PACKET) return this.#close(1000, 'the server closed the session', null);
    if (this.#state === 'opening') {
      this.#sid = sidIn(packet);
      if (this.#sid === null) return this.#close(1006, '', 'the server answered with no session of Engine.IO 4');
      this.#state = 'open';
      this.sink.opened();
    }
    this.sink.message(packet, Buffer.byteLength(packet));
  }

  #post(): void {
    if (this.#isPosting || this.#waiting.length === 0 || this.#state !== 'open') return;
    this.#isPosting = true;
    this.#posts++;
    const packets = this.#waiting.splice(0);
    this.#ask('POST', packets.join(SEPARATOR), POST_MS, () => {
      this.#isPosting = false;
      const due = this.#questions.filter(({ afterPost }) => afterPost <= this.#posts);
      this.#questions = this.#questions.filter(({ afterPost }) => afterPost > this.#posts);
      for (const { answered } of due) answered('answered-post');
      if (packets.includes(CLOSE_PACKET)) return this.#close(1000, 'bye', null);
      this.#post();
    });
  }

  #ask(method: 'GET' | 'POST', body: string | null, ms: number, answered: (body: string) => void): void {
    const url = new URL(this.url);
    if (this.#sid !== null) url.searchParams.set('sid', this.#sid);
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const isSecure = this.url.startsWith('https:');
    const request = (isSecure ? requestHttps : requestHttp)(url, {
      ...(isSecure ? this.#tls : {}),
      method,
      agent: this.#agent,
      headers: {
        ...(body === null ? {} : { 'content-type': 'text/plain;charset=UTF-8', 'content-length': Buffer.byteLength(body) }),
        ...(cookie === '' ? {} : { cookie }),
        ...this.#headers,
      },
      timeout: ms,
    });
    this.#requests.add(request);
    request.once('close', () => this.#requests.delete(request));
    request.once('timeout', () => request.destroy(new Error(`no answer to ${method} within ${ms / 1_000} s`)));
    request.once('error', (cause: NodeJS.ErrnoException) =>
      this.#close(1006, '', cause.code === undefined ? cause.message : `${cause.code}: ${cause.message}`),
    );
    request.once('response', (response) => this.#read(response, method, answered));
    request.end(body ?? undefined);
  }

  #read(response: IncomingMessage, method: string, answered: (body: string) => void): void {
    let text = '';
    for (const line of response.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=;\s]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) this.#cookies.set(name, value);
    }
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > BODY_CHARS_MAX) response.destroy(new Error('the answer is too large'));
    });
    response.once('error', (cause) => this.#close(1006, '', cause.message));
    response.once('end', () => {
      if (this.#state === 'closed') return;
      if (response.statusCode === 200) return answered(text);
      this.#close(1006, '', `the server answered ${response.statusCode} to ${method}${reasonIn(text)}`);
    });
  }

  #close(code: number, reason: string, error: string | null): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    for (const request of this.#requests) request.destroy();
    this.#agent.destroy();
    // Like a socket: never from within the call that ends it.
    setImmediate(() => this.sink.closed(code, reason, error));
  }
}

function sidIn(packet: string): string | null {
  if (!packet.startsWith('0')) return null;
  const open = parsed(packet.slice(1));
  return typeof open === 'object' && open !== null && 'sid' in open && typeof open.sid === 'string' ? open.sid : null;
}

/** The text of a refused Engine.IO request: `{"code":1,"message":"Session ID unknown"}`. */
function reasonIn(text: string): string {
  const said = parsed(text);
  const message = typeof said === 'object' && said !== null && 'message' in said ? said.message : null;
  return typeof message === 'string' ? `: ${message.slice(0, 100)}` : '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
