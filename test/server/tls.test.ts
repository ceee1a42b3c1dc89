/** TLS: what is said of files that are no good, and a call over wss. */

import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { get } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import t from 'tap';
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../src/protocol/frames.js';
import { mintToken } from '../../src/server/admission.js';
import { readTls } from '../../src/server/tls.js';
import { within } from '../raw-client.js';
import { makeCertificate } from './certificate.js';
import { SECRET, start } from './started.js';

const NOW = Date.UTC(2026, 0, 1);

t.test('each bad file is named with what is wrong with it', async (t) => {
  const { cert, key } = makeCertificate();
  const locked = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  });
  const dir = t.testdir({
    'good.pem': cert,
    'good.key': key,
    'other.key': makeCertificate().key,
    'old.pem': makeCertificate({ until: 2021 }).cert,
    'junk.pem': 'junk',
    'locked.key': locked.toString(),
    folder: {},
  });
  const problem = (certFile: string, keyFile: string): string => {
    const read = readTls({ certFile: join(dir, certFile), keyFile: join(dir, keyFile) }, NOW);
    return 'problem' in read ? read.problem : 'none';
  };
  t.equal(problem('good.pem', 'good.key'), 'none');
  for (const [certFile, keyFile, said] of [
    ['gone.pem', 'good.key', /gone\.pem cannot be read: there is no such file/],
    ['good.pem', 'gone.key', /gone\.key cannot be read/],
    ['folder', 'good.key', /folder cannot be read: it is a folder/],
    ['junk.pem', 'good.key', /junk\.pem has no readable certificate/],
    ['good.pem', 'junk.pem', /junk\.pem has no readable private key/],
    ['good.key', 'good.pem', /swapped/],
    ['good.pem', 'good.pem', /good\.pem has a certificate, not a key/],
    ['good.pem', 'other.key', /other\.key is not the key of the certificate in .*good\.pem/],
    ['good.pem', 'locked.key', /locked\.key is protected by a passphrase/],
    ['old.pem', 'good.key', /old\.pem: the certificate was valid until/],
  ] as const)
    t.match(problem(certFile, keyFile), said, `${certFile} with ${keyFile}`);
});

t.test('wss and https with a certificate, nothing in clear', async (t) => {
  const tls = makeCertificate();
  const { server } = await start(t, { tls });
  t.match(server.url, /^wss:\/\/127\.0\.0\.1:/);
  const socket = new WebSocket(server.url, SUBPROTOCOL, { ca: tls.cert });
  await once(socket, 'open');
  const greeted = once(socket, 'message');
  socket.send(JSON.stringify({ type: 'hello', token: await mintToken(SECRET, 'ann'), device: 'phone' }));
  const [data] = (await within(greeted, 'the welcome')) as [Buffer];
  t.match(JSON.parse(data.toString()), { type: 'welcome' });
  const status = new Promise<number>((resolve) =>
    get({ host: '127.0.0.1', port: server.port, path: '/healthz', ca: tls.cert, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }),
  );
  t.equal(await within(status, 'health over https'), 200);
  const clear = new WebSocket(`ws://127.0.0.1:${server.port}`, SUBPROTOCOL);
  await within(once(clear, 'error'), 'the end of a connection in clear');
  const old = connect({ host: '127.0.0.1', port: server.port, ca: tls.cert, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' });
  await within(once(old, 'error'), 'the end of an old TLS');
  const closed = once(socket, 'close');
  socket.close();
  await closed;
});
