import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import type { LinkProxy } from '../../../src/probe/proxy/proxy.js';
import { SUBPROTOCOL } from '../../../src/protocol/frames.js';
import { mintToken } from '../../../src/server/admission.js';
import { logIn, within } from '../../raw-client.js';
import { makeCertificate } from '../../server/certificate.js';
import { connectCall, SECRET, start } from '../../server/started.js';
import { startWatched, toxic } from './sockets.js';
import { welcome } from './welcome.js';

async function proxyTo(t: Test, port: number): Promise<LinkProxy> {
  const { proxy } = await startWatched({
    listen: { host: '127.0.0.1', port: 0 },
    upstream: { host: '127.0.0.1', port },
    seed: 'transport',
  });
  t.teardown(() => proxy.close());
  return proxy;
}

t.test('a call of two clients behind the proxy, slow and sliced', async (t) => {
  const { server } = await start(t);
  const proxy = await proxyTo(t, server.port);
  await proxy.setToxics([
    toxic('latency', { latency: 5, jitter: 5 }),
    toxic('slicer', { slicer: 7, 'size-variation': 3, delay: 0 }),
  ]);
  const [alice, bob] = await connectCall(`ws://127.0.0.1:${proxy.port}`, 'call-1', 'alice', 'bob');
  alice.command('hangup', 'call-1');
  await bob.next('event', ({ record }) => record.phase === 'ended');
  for (const { toxic: name, stream, hits } of proxy.counters()) t.ok(hits > 0, `${name} ${stream}`);
  const broken = Promise.all([alice.closed, bob.closed]);
  await proxy.setToxics([toxic('reset-peer', { 'reset-peer': 0 })]);
  t.strictSame(
    (await broken).map(({ code }) => code),
    [1006, 1006],
    'a RST is no close frame',
  );
});

t.test('via: the target stays the one of the URL', async (t) => {
  const { server } = await start(t);
  const proxy = await proxyTo(t, server.port);
  const token = await mintToken(SECRET, 'ann');
  // Port 9 of a name that resolves nowhere: only the proxy can have answered.
  t.match(await welcome('ws://call.invalid:9/', proxy, token), /"type":"welcome"/);
  t.equal(proxy.connections().length, 1);
  await proxy.close();
  t.match(await welcome('ws://call.invalid:9/', proxy, token), /1006 {2}ECONNREFUSED/);
  t.ok(await logIn(server.url, SECRET, 'ann'), 'the server itself is well');
});

t.test('wss through the proxy: the certificate has to be that of the target', async (t) => {
  const tls = makeCertificate();
  const { server } = await start(t, { tls });
  const proxy = await proxyTo(t, server.port);
  const direct = new WebSocket(`wss://127.0.0.1:${proxy.port}`, SUBPROTOCOL, { ca: tls.cert });
  await within(once(direct, 'open'), 'a handshake through the proxy');
  direct.terminate();

  const token = await mintToken(SECRET, 'ann');
  t.match(await welcome(server.url, proxy, token), /DEPTH_ZERO_SELF_SIGNED_CERT/, 'nobody trusts this one');
  // Trust is a matter of the process: one that trusts this certificate, in which each URL is asked in turn.
  const dir = t.testdir({ 'ca.pem': tls.cert });
  const entry = fileURLToPath(new URL('trusting.js', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [entry, String(proxy.port), token, 'wss://127.0.0.1:9/', 'wss://127.0.0.2:9/', 'wss://call.invalid:9/'],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: join(dir, 'ca.pem') }, timeout: 20_000 },
  );
  const [own, address, name] = stdout.trim().split('\n');
  t.match(own, /"type":"welcome"/);
  t.match(address, /ERR_TLS_CERT_ALTNAME_INVALID.*127\.0\.0\.2/, 'another address');
  t.match(name, /ERR_TLS_CERT_ALTNAME_INVALID.*call\.invalid/, 'a name');
});
