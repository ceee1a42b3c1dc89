/** toxiproxy's HTTP API over our proxies, so that its clients can drive them. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { PROXY_LIMITS } from './limits.js';
import type { Endpoint } from './proxy.js';
import type { ProxyBook } from './proxy-book.js';
import { ApiProblem, changeToxic, isJson, type Json, readToxic, toxicJson } from './toxiproxy-json.js';

export interface ToxiproxyApi {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Handlers by the parts of a path. */
type Answer = (names: { readonly proxy: string; readonly toxic: string }, body: unknown) => Promise<Reply> | Reply;

/** Serves the API with this `version`. Rejects with the system's error if it cannot listen. */
export async function serveToxiproxyApi(listen: Endpoint, book: ProxyBook, version: string): Promise<ToxiproxyApi> {
  const routes = routesOf(book, version);
  // In sequence, after reading, so that two changes of the same proxy do not interleave.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T> | T): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
  const server = createServer({ requestTimeout: 15_000, headersTimeout: 10_000 }, (request, response) => {
    answer(routes, request, inTurn)
      .then((reply) => send(response, reply))
      .catch(() => response.destroy());
  });
  const listening = once(server, 'listening');
  server.listen(listen.port, listen.host);
  await listening;
  const address = server.address();
  return {
    host: listen.host,
    port: address !== null && typeof address === 'object' ? address.port : listen.port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function routesOf(book: ProxyBook, version: string): ReadonlyMap<string, Answer> {
  const ok = (body: unknown, status = 200): Reply => ({ status, body });
  const done: Reply = { status: 204, body: null };
  const toxicOf = (proxy: string, toxic: string) => {
    const found = book.proxy(proxy).toxics.find(({ name, fault }) => name === toxic && !fault.isDown);
    if (found === undefined) throw new ApiProblem('toxic not found', 404);
    return found;
  };
  const updateProxy: Answer = async ({ proxy }, body) => ok(await book.update(proxy, objectOf(body)));
  const updateToxic: Answer = async ({ proxy, toxic }, body) => {
    const changed = changeToxic(toxicOf(proxy, toxic), objectOf(body));
    await book.proxy(proxy).addToxic(changed);
    return ok(toxicJson(changed));
  };
  return new Map<string, Answer>([
    ['GET /version', () => ok({ version })],
    [
      'POST /reset',
      async () => {
        await book.reset();
        return done;
      },
    ],
    ['POST /populate', async (_names, body) => ok({ proxies: await book.populate(listOf(body)) }, 201)],
    ['GET /proxies', () => ok(Object.fromEntries(book.names.map((name) => [name, book.json(name)])))],
    ['POST /proxies', async (_names, body) => ok(await book.create(objectOf(body)), 201)],
    ['GET /proxies/{}', ({ proxy }) => ok(book.json(proxy))],
    ['POST /proxies/{}', updateProxy],
    ['PATCH /proxies/{}', updateProxy],
    [
      'DELETE /proxies/{}',
      async ({ proxy }) => {
        await book.remove(proxy);
        return done;
      },
    ],
    ['GET /proxies/{}/toxics', ({ proxy }) => ok(book.json(proxy).toxics)],
    [
      'POST /proxies/{}/toxics',
      async ({ proxy }, body) => {
        const toxic = readToxic(objectOf(body));
        const running = book.proxy(proxy);
        if (running.toxics.some(({ name }) => name === toxic.name)) throw new ApiProblem('toxic already exists', 409);
        if (running.toxics.length >= PROXY_LIMITS.toxicsMax)
          throw new ApiProblem(`at most ${PROXY_LIMITS.toxicsMax} toxics`, 400);
        await running.addToxic(toxic);
        return ok(toxicJson(toxic));
      },
    ],
    ['GET /proxies/{}/toxics/{}', ({ proxy, toxic }) => ok(toxicJson(toxicOf(proxy, toxic)))],
    ['POST /proxies/{}/toxics/{}', updateToxic],
    ['PATCH /proxies/{}/toxics/{}', updateToxic],
    [
      'DELETE /proxies/{}/toxics/{}',
      async ({ proxy, toxic }) => {
        await book.proxy(proxy).removeToxic(toxicOf(proxy, toxic).name);
        return done;
      },
    ],
  ]);
}

/** Never rejects: errors become replies. */
async function answer(
  routes: ReadonlyMap<string, Answer>,
  request: IncomingMessage,
  inTurn: <T>(work: () => Promise<T> | T) => Promise<T>,
): Promise<Reply> {
  try {
    // As toxiproxy: a page in a browser must not control the proxies of its machine.
    if (request.headers['user-agent']?.startsWith('Mozilla/') === true) throw new ApiProblem('User agent not allowed', 403);
    const { pathname } = new URL(request.url ?? '/', 'http://api.invalid');
    const [, head = '', proxy = '', part, toxic, ...more] = pathname.split('/').map(decodeURIComponent);
    const shape = [
      head,
      ...(proxy === '' ? [] : ['{}']),
      ...(part === undefined ? [] : [part]),
      ...(toxic === undefined ? [] : ['{}']),
    ];
    const route = more.length > 0 ? undefined : routes.get(`${request.method} /${shape.join('/')}`);
    if (route === undefined) throw new ApiProblem(`unknown route ${request.method} ${pathname.slice(0, 200)}`, 404);
    const body = await bodyOf(request);
    return await inTurn(() => route({ proxy, toxic: toxic ?? '' }, body));
  } catch (error) {
    if (error instanceof ApiProblem) return problem(error.message, error.status);
    if (error instanceof URIError) return problem('bad request path', 400);
    return problem(error instanceof Error ? error.message : String(error), 500);
  }
}

function problem(error: string, status: number): Reply {
  return { status, body: { error, status } };
}

/** The JSON body of a request, undefined without one. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.byteLength;
    if (bytes > PROXY_LIMITS.apiBodyBytesMax)
      throw new ApiProblem(`bad request body: more than ${PROXY_LIMITS.apiBodyBytesMax} bytes`, 413);
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString('utf8');
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiProblem('bad request body: not JSON', 400);
  }
}

function objectOf(body: unknown): Json {
  if (isJson(body)) return body;
  throw new ApiProblem('bad request body: an object is expected', 400);
}

function listOf(body: unknown): readonly Json[] {
  if (Array.isArray(body) && body.every(isJson)) return body;
  throw new ApiProblem('bad request body: a list of proxies is expected', 400);
}

function send(response: ServerResponse, { status, body }: Reply): void {
  if (body === null) response.writeHead(status).end();
  else response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
