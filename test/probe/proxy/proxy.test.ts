import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { PROXY_LIMITS } from '../../../src/probe/proxy/limits.js';
import { startProxy } from '../../../src/probe/proxy/proxy.js';
import { within } from '../../raw-client.js';
import { digestOf, ended, errorOf, type Peers, peers, read, sha256, startWatched, toxic } from './sockets.js';

const TEN_MEGABYTES = 10 * 1024 * 1024;
const latency = (ms: number) => toxic('latency', { latency: ms, jitter: 0 });

/** Sends 10 MB each way at once, and holds what arrives against what was sent. */
async function bothWays(t: Test, { pair }: Peers, what: string): Promise<void> {
  const { client, server } = await pair();
  const [up, down] = [randomBytes(TEN_MEGABYTES), randomBytes(TEN_MEGABYTES)];
  const arrived = Promise.all([digestOf(server), digestOf(client)]);
  client.end(up);
  server.end(down);
  const [atServer, atClient] = await arrived;
  t.strictSame(atServer, { bytes: TEN_MEGABYTES, sha256: sha256(up) }, `${what}: upstream`);
  t.strictSame(atClient, { bytes: TEN_MEGABYTES, sha256: sha256(down) }, `${what}: downstream`);
}

t.test('10 MB both ways are the same bytes: without toxics, with some, and healed', async (t) => {
  const watched = await peers(t);
  const { proxy } = watched;
  await bothWays(t, watched, 'no toxics');
  await proxy.setToxics([
    latency(5),
    toxic('slicer', { slicer: 4_096, 'size-variation': 1_000, delay: 0 }),
    toxic('bandwidth', { bandwidth: 40_000_000 }),
  ]);
  await bothWays(t, watched, 'latency, slicer and bandwidth');
  for (const { hits, toxic: name, stream } of proxy.counters()) t.ok(hits > 0, `${name} hit ${stream}`);
  const before = proxy.counters();
  await proxy.setToxics([]);
  await bothWays(t, watched, 'healed');
  t.strictSame(proxy.counters(), before, 'healed toxics count nothing');
  await proxy.setToxics([toxic('latency', { latency: 20, jitter: 0 }, { toxicity: 0 })]);
  await bothWays(t, watched, 'toxicity 0');
  t.strictSame(proxy.counters(), before, 'a toxicity of 0 does nothing at all');
  t.strictSame(proxy.connections(), []);
});

t.test('toxics that come and go while bytes flow change none of them', async (t) => {
  const { proxy, pair } = await peers(t);
  const { client, server } = await pair();
  const bytes = randomBytes(TEN_MEGABYTES);
  const arrived = digestOf(server);
  const sets = [
    [latency(30)],
    [toxic('slicer', { slicer: 500, 'size-variation': 100, delay: 0 }), latency(10)],
    [latency(5), toxic('bandwidth', { bandwidth: 50_000_000 })],
    [],
  ];
  let step = 0;
  server.on('data', () => {
    if (step < 200) void proxy.setToxics(sets[step++ % sets.length] ?? []);
  });
  client.end(bytes);
  t.strictSame(await arrived, { bytes: TEN_MEGABYTES, sha256: sha256(bytes) });
  t.ok(step > 20, `${step} changes`);
});

t.test('latency on the wire is within 2 ms at the median, per stream', async (t) => {
  const { proxy, pair } = await peers(t);
  await proxy.setToxics([toxic('latency', { latency: 20, jitter: 0 }, { stream: 'downstream' })]);
  const { client, server } = await pair();
  server.on('data', (data) => server.write(data));
  const took: number[] = [];
  for (let n = 0; n < 41; n++) {
    const startedAt = performance.now();
    const back = read(client, 4);
    client.write('ping');
    await back;
    took.push(performance.now() - startedAt);
  }
  const median = took.sort((a, b) => a - b)[20] ?? 0;
  t.ok(Math.min(...took) >= 20, `never less than 20 ms, in one direction only: ${took[0]}`);
  t.comment(`median of the round trip ${median} ms`);
  const counts = proxy.counters();
  t.match(counts, [{ toxic: 'latency', stream: 'downstream', hits: 41, bytes: 164 }]);
});

t.test('a FIN passes alone, the other direction goes on', async (t) => {
  const { pair, event } = await peers(t);
  const { client, server } = await pair();
  const question = digestOf(server);
  client.end('question');
  t.equal((await question).bytes, 8);
  const answer = read(client, 6);
  server.write('answer');
  t.equal(String(await answer), 'answer', 'after the FIN of the client');
  const over = ended(client);
  server.end();
  await over;
  t.match(await event('closed'), {
    how: 'ended',
    error: null,
    upstream: { read: 8, written: 8 },
    downstream: { read: 6, written: 6 },
    toxics: [],
  });
});

t.test('a RST passes as a RST, both ways, also after a FIN', async (t) => {
  const { pair, events } = await peers(t);
  for (const from of ['client', 'server'] as const) {
    const ends = await pair();
    const [breaking, other] = from === 'client' ? [ends.client, ends.server] : [ends.server, ends.client];
    const greeted = read(other, 2);
    breaking.write('hi');
    await greeted;
    const error = errorOf(other);
    breaking.resetAndDestroy();
    t.equal(await error, 'ECONNRESET', `from the ${from}`);
  }
  const { client, server } = await pair();
  const fin = ended(server);
  client.end();
  await fin;
  const error = once(server, 'error');
  client.resetAndDestroy();
  // Who has had the FIN reads no more: he learns of the RST when he writes.
  const writing = setInterval(() => server.write('anybody?'), 5);
  const [{ code }] = (await within(error, 'the RST after the FIN')) as [NodeJS.ErrnoException];
  clearInterval(writing);
  t.match(code, /ECONNRESET|EPIPE/);
  t.ok(events.filter((event) => event.type === 'closed' && event.how === 'peer-reset').length >= 2);
});

t.test('reset-peer: both sides see ECONNRESET', async (t) => {
  const { proxy, pair, event } = await peers(t);
  const { client, server } = await pair();
  const greeted = read(server, 2);
  client.write('hi');
  await greeted;
  const errors = Promise.all([errorOf(client), errorOf(server)]);
  await proxy.addToxic(toxic('reset-peer', { 'reset-peer': 10 }));
  t.strictSame(await errors, ['ECONNRESET', 'ECONNRESET']);
  t.match(await event('closed'), { how: 'reset', toxics: ['reset-peer'] });
  t.match(await event('hit'), { toxic: 'reset-peer', fault: 'reset-peer' });
  t.equal(
    proxy.counters().reduce((sum, { resets }) => sum + resets, 0),
    1,
  );
});

t.test('timeout 0 is a black hole until it is healed; then the connection is closed', async (t) => {
  const { proxy, pair, event } = await peers(t);
  const { client, server } = await pair();
  await proxy.setToxics([toxic('timeout', { timeout: 0 })]);
  let got = 0;
  for (const socket of [client, server]) socket.on('data', () => (got += 1));
  client.write('into the void');
  await event('hit', ({ stream }) => stream === 'upstream');
  server.end('into the void');
  await event('hit', ({ stream }) => stream === 'downstream');
  t.equal(got, 0);
  t.equal(client.readableEnded, false, 'the FIN is swallowed too');
  const over = ended(client);
  await proxy.removeToxic('timeout');
  await over;
  t.equal(got, 0, 'what was swallowed never comes');
  t.match(await event('closed'), { how: 'closed', upstream: { read: 13, written: 0 }, toxics: ['timeout'] });
  await bothWays(t, { proxy, pair } as Peers, 'healed');
});

t.test('a black hole does not hold a connection whose two sides are gone', async (t) => {
  const { proxy, pair, event } = await peers(t, { toxics: [toxic('timeout', { timeout: 0 })] });
  const { client, server } = await pair();
  client.end();
  await event('hit', ({ stream }) => stream === 'upstream');
  t.equal(proxy.connections().length, 1, 'one side alone leaves the other half-open');
  server.destroy();
  await event('closed');
  t.strictSame(proxy.connections(), []);
});

t.test('timeout closes after its time, slow-close is late with the FIN', async (t) => {
  const { proxy, pair, event } = await peers(t);
  const first = await pair();
  const over = Promise.all([ended(first.client), ended(first.server)]);
  const startedAt = performance.now();
  await proxy.setToxics([toxic('timeout', { timeout: 60 }, { stream: 'upstream' })]);
  first.client.write('never');
  await over;
  t.ok(performance.now() - startedAt >= 59, 'not before its time');
  t.match(await event('closed'), { how: 'closed', upstream: { written: 0 } });

  await proxy.setToxics([toxic('slow-close', { 'slow-close': 80 })]);
  const { client, server } = await pair();
  const arrived = read(server, 3);
  const endedAt = performance.now();
  client.end('bye');
  await arrived;
  t.notOk(server.readableEnded, 'the data does not wait');
  await ended(server);
  t.ok(performance.now() - endedAt >= 79, 'the FIN does');
});

t.test('limit-data: exactly so many bytes arrive, then a FIN', async (t) => {
  const { pair, proxy } = await peers(t, { toxics: [toxic('limit-data', { 'limit-data': 100_000 }, { stream: 'upstream' })] });
  const { client, server } = await pair();
  const bytes = randomBytes(300_000);
  const arrived = digestOf(server);
  client.write(bytes);
  t.strictSame(await arrived, { bytes: 100_000, sha256: sha256(bytes.subarray(0, 100_000)) });
  t.match(proxy.counters(), [{ toxic: 'limit-data', stream: 'upstream', hits: 1, closes: 1 }]);
});

t.test('loss stalls the stream, and every byte arrives', async (t) => {
  const { pair, proxy } = await peers(t, { toxics: [toxic('loss', { loss: 0.05, correlation: 0 })] });
  const { client, server } = await pair();
  const bytes = randomBytes(200_000);
  const arrived = digestOf(server);
  client.end(bytes);
  t.strictSame(await arrived, { bytes: 200_000, sha256: sha256(bytes) });
  t.ok((proxy.counters().find(({ stream }) => stream === 'upstream')?.stalls ?? 0) > 0);
});

t.test('down: connections are closed and refused, up again they are taken', async (t) => {
  const watched = await peers(t);
  const { proxy, pair } = watched;
  const { client, server } = await pair();
  const over = Promise.all([ended(client), ended(server)]);
  const { port } = proxy;
  await proxy.addToxic(toxic('down', {}));
  await over;
  const refused = connect({ host: '127.0.0.1', port });
  t.equal(await errorOf(refused), 'ECONNREFUSED');
  t.ok(await proxy.removeToxic('down'));
  t.notOk(await proxy.removeToxic('down'), 'there is none any more');
  t.equal(proxy.port, port);
  await bothWays(t, watched, 'up again');
  t.match(proxy.counters()[0], { toxic: 'down', hits: 1, closes: 1 });
});

t.test('toxicity is drawn once per connection, from the seed', async (t) => {
  const drawn = async (seed: string): Promise<string> => {
    const { pair, event, proxy } = await peers(t, {
      seed,
      toxics: [toxic('latency', { latency: 1, jitter: 0 }, { toxicity: 0.5 })],
    });
    let told = '';
    for (let n = 1; n <= 20; n++) {
      const { client, server } = await pair();
      const back = read(client, 4);
      server.on('data', (data) => server.write(data));
      client.write('ping');
      await back;
      client.resetAndDestroy();
      const { toxics } = await event('closed', ({ connection }) => connection === n);
      told += toxics.length > 0 ? 'x' : '.';
    }
    const counts = proxy.counters().map(({ hits }) => hits);
    t.equal(counts[0], counts[1], 'both streams of a connection, or none');
    return told;
  };
  const first = await drawn('one');
  t.match(first, /x/);
  t.match(first, /\./);
  t.equal(await drawn('one'), first);
  t.not(await drawn('another'), first);
});

t.test('back-pressure: who does not read stops who writes', async (t) => {
  const { proxy, pair } = await peers(t);
  for (const toxics of [[], [latency(5)], [toxic('bandwidth', { bandwidth: 1_000 })]]) {
    await proxy.setToxics(toxics);
    const { client, server } = await pair();
    server.pause();
    let written = 0;
    const chunk = Buffer.alloc(64 * 1024);
    const pump = async (): Promise<void> => {
      while (written < 100 * 1024 * 1024) {
        written += chunk.byteLength;
        if (!client.write(chunk)) await once(client, 'drain');
      }
    };
    const pumping = pump();
    pumping.catch(() => undefined);
    // At rest when the proxy has read nothing more for a while; the kernel's buffers hold some megabytes themselves.
    let [before, same] = [-1, 0];
    const rest = new Promise<void>((resolve) => {
      const look = setInterval(() => {
        const now = proxy.connections().at(-1)?.upstream.read ?? 0;
        same = now === before && now > 0 ? same + 1 : 0;
        before = now;
        if (same < 10) return;
        clearInterval(look);
        resolve();
      }, 20);
    });
    await within(rest, 'rest', 20_000);
    const { upstream } = proxy.connections().at(-1) ?? { upstream: { read: 0, written: 0 } };
    t.ok(written < 60 * 1024 * 1024, `the writer is stopped at ${written} bytes`);
    t.ok(upstream.read - upstream.written <= PROXY_LIMITS.bufferBytesMax + 128 * 1024, 'what the toxics hold is bounded');
    client.destroy();
    server.destroy();
  }
});

t.test('an upstream that is not there: the client gets a RST, the proxy goes on', async (t) => {
  const nobody = await peers(t);
  const { port } = nobody.proxy;
  await nobody.proxy.close();
  const { proxy, event } = await startWatched({
    listen: { host: '127.0.0.1', port: 0 },
    upstream: { host: '127.0.0.1', port },
    seed: 'x',
  });
  t.teardown(() => proxy.close());
  for (const number of [1, 2]) {
    const client = connect({ host: '127.0.0.1', port: proxy.port });
    t.equal(await errorOf(client), 'ECONNRESET');
    t.match(await event('closed', ({ connection }) => connection === number), { how: 'unreachable', error: 'ECONNREFUSED' });
  }
});

t.test('a port that is taken, toxics that clash, and an end with connections open', async (t) => {
  const { proxy, pair, event } = await peers(t);
  const options = { upstream: { host: '127.0.0.1', port: 1 }, seed: 'x' };
  await t.rejects(startProxy({ ...options, listen: { host: '127.0.0.1', port: proxy.port } }), { code: 'EADDRINUSE' });
  await t.rejects(startProxy({ ...options, listen: { host: '127.0.0.1', port: 0 }, toxics: [latency(1), latency(2)] }), {
    message: /two toxics have the name latency/,
  });
  t.throws(() => proxy.setToxics(Array.from({ length: 65 }, (_, n) => ({ ...latency(1), name: `${n}` }))), /at most 64/);
  const { client } = await pair();
  const gone = ended(client);
  await proxy.close();
  await gone;
  t.match(await event('closed'), { how: 'proxy-closed' });
});

t.test('down and up again while the port is taken: it waits for it', async (t) => {
  const { proxy, event, pair } = await peers(t);
  await proxy.addToxic(toxic('down', {}));
  const squatter = await startProxy({
    listen: { host: '127.0.0.1', port: proxy.port },
    upstream: { host: '127.0.0.1', port: 1 },
    seed: 'x',
  });
  const up = proxy.removeToxic('down');
  t.match(await event('not-listening'), { error: 'EADDRINUSE' });
  await squatter.close();
  t.ok(await up);
  t.ok(await pair());
});
