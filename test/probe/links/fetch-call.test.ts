/** A device without a socket asks by HTTP: against the real server, against what is none, and as a whole device. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { WebSocketServer } from 'ws';
import { SOUND_REPLICA } from '../../../src/client/replica.js';
import { startDevice } from '../../../src/probe/device/driver.js';
import { fetchCall } from '../../../src/probe/links/fetch-call.js';
import { systemClock } from '../../../src/probe/runtime/clock.js';
import { applyMove, invite } from '../../../src/protocol/call.js';
import { SUBPROTOCOL } from '../../../src/protocol/frames.js';
import { WAITS } from '../../../src/protocol/limits.js';
import { createRng } from '../../../src/protocol/rng.js';
import { mintToken } from '../../../src/server/admission.js';
import { Bus } from '../../../src/trace/bus.js';
import { eventsOf } from '../../../src/trace/event.js';
import { Recorder } from '../../../src/trace/recorder.js';
import { within } from '../../raw-client.js';
import { connectCall, SECRET, start } from '../../server/started.js';
import { viewText } from '../../world.js';

const PATIENCE_MS = 20_000;
const phone = (user: string) => ({ user, device: 'phone' });
const connected = applyMove(invite('c-1', phone('ann'), 'ben', 1_000), 'accept', phone('ben'), 2_000).record;
const ended = applyMove(connected, 'hangup', phone('ben'), 3_000).record;

/** A web server of the test; its URL is that of a socket. */
async function web(t: Test, handle: RequestListener): Promise<{ url: string; http: ReturnType<typeof createServer> }> {
  const http = createServer(handle);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    http.closeAllConnections();
    http.close();
  });
  return { url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/path`, http };
}

t.test('the record for its users, null for others and for unknown calls, a failure without a valid token', async (t) => {
  const { server, web: base } = await start(t);
  await connectCall(server.url, 'c-1', 'ann', 'ben');
  const ask = async (user: string, call: string, secret = SECRET) =>
    fetchCall(server.url, await mintToken(secret, user), call, PATIENCE_MS);
  t.match(await ask('ben', 'c-1'), {
    answer: { id: 'c-1', version: 3, phase: 'connected' },
    message: '200: version 3, connected',
    status: 200,
  });
  t.strictSame(await ask('eve', 'c-1'), { answer: null, message: '404: no such call', status: 404 });
  t.strictSame(await ask('ben', 'c-2'), { answer: null, message: '404: no such call', status: 404 });
  t.match(await ask('ben', 'c-1', 'x'.repeat(40)), { answer: 'failed', message: 'HTTP 401', status: 401 });
  const { hostname, port } = new URL(base);
  const via = { host: hostname, port: Number(port) };
  const token = await mintToken(SECRET, 'ann');
  t.match(await fetchCall('ws://call.example', token, 'c-1', PATIENCE_MS, via), { answer: { version: 3 } }, 'by another way');
});

t.test('what is no clear answer is a failure, and never the news that a call is gone', async (t) => {
  const bodies: Record<string, [number, string]> = {
    'a-404-of-somebody-else': [404, '<h1>Not found</h1>'],
    'another-error': [404, '{"error":"not found; there are other things"}'],
    'no-record': [200, '{"id":"c-1"}'],
    'no-json': [200, 'hello'],
    endless: [200, ' '.repeat(200_000)],
    moved: [302, ''],
    broken: [500, '{"error":"no such call"}'],
  };
  const { url } = await web(t, (request, response) => {
    const [status, body] = bodies[request.url?.split('/').at(-1) ?? ''] ?? [0, ''];
    if (status === 0) return;
    response.writeHead(status, { location: '/elsewhere' });
    response.end(body);
  });
  for (const name of Object.keys(bodies)) t.equal((await fetchCall(url, 'a', name, PATIENCE_MS)).answer, 'failed', name);
  t.strictSame(await fetchCall(url, 'a', 'silence', 50), { answer: 'failed', message: 'no answer within 50 ms', status: null });
  t.strictSame(await fetchCall('ws://127.0.0.1:1', 'a', 'c', PATIENCE_MS), {
    answer: 'failed',
    message: 'ECONNREFUSED',
    status: null,
  });
});

t.test('a device whose sockets are refused learns of the end by HTTP, and the trace tells how', async (t) => {
  const requests: string[] = [];
  const { url, http } = await web(t, (request, response) => {
    requests.push(`${request.url} ${request.headers.authorization}`);
    response.end(JSON.stringify(ended));
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL });
  let isRefusing = false;
  http.on('upgrade', (request, socket, head) => {
    if (isRefusing) {
      socket.destroy();
      return;
    }
    isRefusing = true;
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.once('message', () => {
        const welcome = {
          type: 'welcome',
          session: 's-1',
          resumed: false,
          ack: 0,
          time: 5_000,
          heartbeatMs: 4_000,
          calls: [connected],
        };
        client.send(JSON.stringify(welcome), () => client.terminate());
      });
    });
  });
  const bus = new Bus({ startedAt: systemClock.now(), wall: systemClock.wall() });
  const recorder = new Recorder();
  bus.subscribe(recorder.take);
  let look: () => void = () => undefined;
  const device = startDevice({
    address: phone('ann'),
    url,
    token: 'ann-s-token',
    waits: { ...WAITS, fallbackMs: 20 },
    policy: SOUND_REPLICA,
    rng: createRng('ann'),
    clock: systemClock,
    bus,
    media: null,
    changed: () => look(),
  });
  t.teardown(() => device.stop());
  const over = new Promise<void>((resolve) => {
    look = () => {
      if (viewText(device.shown()) === 'ended(hangup)') resolve();
    };
  });
  device.act('open');
  await within(over, 'the end of the call', PATIENCE_MS);
  device.stop();
  t.equal(requests[0], '/v1/calls/c-1 Bearer ann-s-token');
  t.equal(device.presence(), 'offline', 'it never got another socket');
  const trace = recorder.finish();
  const asked = eventsOf(trace, 'http')[0];
  const applied = eventsOf(trace, 'record').find(({ version }) => version === ended.version);
  t.match(asked, {
    method: 'GET',
    path: '/v1/calls/c-1',
    status: 200,
    call: 'c-1',
    message: `200: version ${ended.version}, ended`,
  });
  t.equal(applied?.cause, asked?.n, 'the record came from there');
});
