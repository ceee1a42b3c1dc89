/** toxiproxy's API, request by request as its clients make them (github.com/ihsw/toxiproxy-node-client, its Go client and CLI). */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import t, { type Test } from 'tap';
import { type Latency, Toxiproxy } from 'toxiproxy-node-client';
import { formatEndpoint, parseEndpoint } from '../../../src/probe/proxy/endpoint.js';
import { ProxyBook } from '../../../src/probe/proxy/proxy-book.js';
import { serveToxiproxyApi } from '../../../src/probe/proxy/toxiproxy-api.js';
import { errorOf, read } from './sockets.js';

interface Reply {
  readonly status: number;
  readonly body: unknown;
}
type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;

async function startApi(t: Test): Promise<{ ask: Ask; upstream: string; book: ProxyBook; url: string }> {
  const echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const book = new ProxyBook({ seed: 'api', on: () => undefined });
  const api = await serveToxiproxyApi({ host: '127.0.0.1', port: 0 }, book, '2.0.0+test');
  t.teardown(async () => {
    await api.close();
    await book.close();
    echo.close();
  });
  const ask: Ask = async (method, path, body, headers = {}) => {
    const response = await fetch(`http://${formatEndpoint(api)}${path}`, {
      method,
      headers: { 'user-agent': 'toxiproxy-client', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  };
  return { ask, book, url: `http://${formatEndpoint(api)}`, upstream: `127.0.0.1:${(echo.address() as { port: number }).port}` };
}

const listenOf = ({ body }: Reply): { host: string; port: number } =>
  parseEndpoint((body as { listen: string }).listen) ?? { host: '', port: 0 };

/** What comes back of a ping through this place, and after how long. */
async function ping(place: { host: string; port: number }): Promise<number> {
  const socket = connect(place);
  const back = read(socket, 4);
  const startedAt = performance.now();
  socket.write('ping');
  await back;
  socket.destroy();
  return performance.now() - startedAt;
}

t.test('the life of a proxy and of its toxics', async (t) => {
  const { ask, upstream, book } = await startApi(t);
  t.strictSame(await ask('GET', '/version'), { status: 200, body: { version: '2.0.0+test' } });
  t.strictSame(await ask('GET', '/proxies'), { status: 200, body: {} });
  const made = await ask('POST', '/proxies', { name: 'ws', listen: '127.0.0.1:0', upstream, enabled: true });
  t.match(made, { status: 201, body: { name: 'ws', upstream, enabled: true, toxics: [] } });
  const place = listenOf(made);
  t.equal(place.host, '127.0.0.1');
  await ping(place);

  const added = await ask('POST', '/proxies/ws/toxics', {
    name: 'slow',
    type: 'latency',
    stream: 'upstream',
    toxicity: 1,
    attributes: { latency: 30, jitter: 0 },
  });
  const slow = { name: 'slow', type: 'latency', stream: 'upstream', toxicity: 1, attributes: { latency: 30, jitter: 0 } };
  t.strictSame(added, { status: 200, body: slow });
  t.ok((await ping(place)) >= 29, 'it acts');
  t.strictSame(await ask('GET', '/proxies/ws/toxics'), { status: 200, body: [slow] });
  t.strictSame(await ask('GET', '/proxies/ws/toxics/slow'), { status: 200, body: slow });
  for (const method of ['POST', 'PATCH']) {
    const changed = await ask(method, '/proxies/ws/toxics/slow', { attributes: { latency: 50 }, toxicity: 0.5 });
    t.match(changed, { status: 200, body: { toxicity: 0.5, attributes: { latency: 50, jitter: 0 } } });
  }
  t.strictSame(await ask('DELETE', '/proxies/ws/toxics/slow'), { status: 204, body: null });
  t.strictSame(await ask('GET', '/proxies/ws/toxics'), { status: 200, body: [] });

  t.match(await ask('POST', '/proxies/ws', { enabled: false }), { status: 200, body: { enabled: false, toxics: [] } });
  t.equal(await errorOf(connect(place)), 'ECONNREFUSED');
  await ask('POST', '/proxies/ws/toxics', { type: 'timeout', attributes: { timeout: 0 } });
  t.strictSame(await ask('POST', '/reset'), { status: 204, body: null });
  t.match(await ask('GET', '/proxies/ws'), { status: 200, body: { enabled: true, toxics: [] } });
  await ping(place);

  t.strictSame(await ask('DELETE', '/proxies/ws'), { status: 204, body: null });
  t.equal(await errorOf(connect(place)), 'ECONNREFUSED');
  t.strictSame(book.names, []);
});

t.test('every type of toxic, in the units of toxiproxy and back', async (t) => {
  const { ask, upstream, book } = await startApi(t);
  await ask('POST', '/proxies', { name: 'all', upstream });
  for (const [type, attributes, values] of [
    ['latency', { latency: 100, jitter: 5 }, { latency: 100, jitter: 5 }],
    ['bandwidth', { rate: 64 }, { bandwidth: 64_000 }],
    ['slow_close', { delay: 20 }, { 'slow-close': 20 }],
    ['timeout', { timeout: 1_000 }, { timeout: 1_000 }],
    ['reset_peer', { timeout: 1_000 }, { 'reset-peer': 1_000 }],
    ['slicer', { average_size: 64, size_variation: 8, delay: 250 }, { slicer: 64, 'size-variation': 8, delay: 0.25 }],
    ['limit_data', { bytes: 512 }, { 'limit-data': 512 }],
    ['packet_loss', { loss_rate: 0.25, correlation: 0.5 }, { loss: 0.25, correlation: 0.5 }],
  ] as const) {
    const reply = await ask('POST', '/proxies/all/toxics', { type, attributes });
    const json = { name: `${type}_downstream`, type, stream: 'downstream', toxicity: 1, attributes };
    t.strictSame(reply, { status: 200, body: json }, type);
    t.strictSame(book.proxy('all').toxics.at(-1)?.values, values, `${type}: our units`);
  }
  const { body } = await ask('POST', '/proxies/all/toxics', { type: 'packet_loss', name: 'default' });
  t.match(body, { attributes: { loss_rate: 0.1, correlation: 0 } });
});

t.test('a client of toxiproxy drives it', async (t) => {
  const { upstream, url } = await startApi(t);
  const toxiproxy = new Toxiproxy(url);
  t.match(await toxiproxy.getVersion(), /2\.0\.0/);
  const proxy = await toxiproxy.createProxy({ name: 'ws', listen: '127.0.0.1:0', upstream });
  const place = parseEndpoint(proxy.listen) ?? { host: '', port: 0 };
  const toxic = await proxy.addToxic<Latency>({
    name: '',
    type: 'latency',
    stream: 'downstream',
    toxicity: 1,
    attributes: { latency: 30, jitter: 0 },
  });
  t.match(toxic.toJson(), { name: 'latency_downstream', type: 'latency', attributes: { latency: 30, jitter: 0 } });
  t.ok((await ping(place)) >= 29);
  const changed = await toxic.update({ ...toxic.toJson(), attributes: { latency: 1, jitter: 1 } });
  t.match(changed.attributes, { latency: 1, jitter: 1 });
  await proxy.update({ enabled: false, listen: proxy.listen, upstream });
  t.equal(await errorOf(connect(place)), 'ECONNREFUSED');
  await toxiproxy.populate([{ name: 'second', listen: '127.0.0.1:0', upstream }]);
  await toxiproxy.reset();
  await ping(place);
  t.strictSame(Object.keys(await toxiproxy.getAll()), ['ws', 'second']);
  await proxy.remove();
  t.strictSame(Object.keys(await toxiproxy.getAll()), ['second']);
  await t.rejects(proxy.getToxic('none'), /404/);
});

t.test('populate makes what is missing, keeps what is right and replaces what is not', async (t) => {
  const { ask, upstream } = await startApi(t);
  const first = await ask('POST', '/populate', [
    { name: 'a', listen: '127.0.0.1:0', upstream },
    { name: 'b', listen: '127.0.0.1:0', upstream, enabled: false },
  ]);
  t.match(first, {
    status: 201,
    body: {
      proxies: [
        { name: 'a', enabled: true },
        { name: 'b', enabled: false },
      ],
    },
  });
  const [a] = (first.body as { proxies: { listen: string }[] }).proxies;
  await ask('POST', '/proxies/a/toxics', { type: 'latency', attributes: { latency: 1 } });
  await ask('POST', '/proxies/b/toxics', { type: 'latency', attributes: { latency: 1 } });
  const second = await ask('POST', '/populate', [
    { name: 'a', listen: a?.listen, upstream },
    { name: 'b', listen: '127.0.0.1:0', upstream: '127.0.0.1:9' },
  ]);
  t.match(second, {
    status: 201,
    body: {
      proxies: [
        { name: 'a', listen: a?.listen, toxics: [{ name: 'latency_downstream' }] },
        { name: 'b', upstream: '127.0.0.1:9', enabled: true, toxics: [] },
      ],
    },
  });
  const moved = await ask('POST', '/proxies/a', { upstream: '127.0.0.1:9' });
  t.match(moved, { status: 200, body: { upstream: '127.0.0.1:9', listen: a?.listen, toxics: [{ name: 'latency_downstream' }] } });
});

t.test('what is wrong is told with the status of toxiproxy', async (t) => {
  const { ask, upstream } = await startApi(t);
  const made = await ask('POST', '/proxies', { name: 'ws', upstream });
  await ask('POST', '/proxies/ws/toxics', { name: 'one', type: 'latency', attributes: { latency: 1 } });
  const taken = (made.body as { listen: string }).listen;
  const toxics = '/proxies/ws/toxics';
  for (const [method, path, body, status, error] of [
    ['GET', '/proxies/none', undefined, 404, 'proxy not found'],
    ['DELETE', '/proxies/none', undefined, 404, 'proxy not found'],
    ['GET', '/proxies/none/toxics', undefined, 404, 'proxy not found'],
    ['GET', `${toxics}/none`, undefined, 404, 'toxic not found'],
    ['DELETE', `${toxics}/none`, undefined, 404, 'toxic not found'],
    ['GET', '/nowhere', undefined, 404, 'unknown route GET /nowhere'],
    ['GET', `${toxics}/one/more`, undefined, 404, 'unknown route GET /proxies/ws/toxics/one/more'],
    ['GET', '/proxies/%zz', undefined, 400, 'bad request path'],
    ['POST', '/proxies', { name: 'ws', upstream }, 409, 'proxy already exists'],
    ['POST', '/proxies', { upstream }, 400, 'missing required field: name'],
    ['POST', '/proxies', { name: 'x' }, 400, 'missing required field: upstream'],
    ['POST', '/proxies', { name: 'x', upstream: 'x' }, 400, 'upstream is not host:port'],
    ['POST', '/proxies', { name: 'x', upstream, listen: 7 }, 400, 'listen is not host:port'],
    ['POST', '/proxies', { name: 'x', upstream, listen: taken }, 500, 'EADDRINUSE'],
    ['POST', '/proxies', { name: 'x', upstream, enabled: 1 }, 400, 'enabled is neither'],
    ['POST', '/proxies', '{', 400, 'bad request body: not JSON'],
    ['POST', '/proxies', [], 400, 'an object is expected'],
    ['POST', '/proxies', `"${'x'.repeat(300_000)}"`, 413, 'more than 262144 bytes'],
    ['POST', '/populate', {}, 400, 'a list of proxies is expected'],
    ['POST', toxics, { name: 'one', type: 'latency' }, 409, 'toxic already exists'],
    ['POST', toxics, { type: 'constructor' }, 400, 'invalid toxic type'],
    ['POST', toxics, { type: 'latency', stream: 'both' }, 400, 'stream was invalid'],
    ['POST', toxics, { type: 'latency', toxicity: 2 }, 400, 'toxicity is not a number from 0 to 1'],
    ['POST', toxics, { type: 'latency', attributes: { latency: '1s' } }, 400, 'latency is not a whole number'],
    ['POST', toxics, { type: 'limit_data', attributes: { bytes: 1.5 } }, 400, 'bytes is not a whole number'],
    ['POST', toxics, { type: 'packet_loss', attributes: { loss_rate: 2 } }, 400, 'loss_rate is not a number from 0 to 1'],
    ['POST', toxics, { type: 'latency', attributes: [1] }, 400, 'attributes is not an object'],
  ] as const) {
    const reply = await ask(method, path, body);
    t.match(reply, { status, body: { status } }, `${method} ${path} ${status}`);
    t.match((reply.body as { error: string }).error, error);
  }
  const page = await ask('GET', '/proxies', undefined, { 'user-agent': 'Mozilla/5.0' });
  t.equal(page.status, 403, 'no page of a browser');
  t.match(await ask('GET', '/proxies'), { status: 200, body: { ws: { toxics: [{ name: 'one' }] } } }, 'nothing came of all that');
});

t.test('places are read and written', async (t) => {
  for (const [text, host, port] of [
    ['127.0.0.1:9000', '127.0.0.1', 9000],
    [':9000', '127.0.0.1', 9000],
    ['[::1]:80', '::1', 80],
    ['localhost:65535', 'localhost', 65535],
  ] as const)
    t.strictSame(parseEndpoint(text), { host, port }, text);
  for (const text of ['', '9000', 'a:b', 'a:65536', '[x]:1', 'a b:1', '::1:80', 'ws://a:1'])
    t.equal(parseEndpoint(text), null, `refused: ${text}`);
  t.equal(formatEndpoint({ host: '::1', port: 80 }), '[::1]:80');
});
