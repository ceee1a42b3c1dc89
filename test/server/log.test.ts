/** The log: each line finds its call, device and connection, and no secret gets in, whatever clients do. */
import t from 'tap';
import { mintToken } from '../../src/server/admission.js';
import { connectRaw, logIn } from '../raw-client.js';
import { connectCall, SECRET, start } from './started.js';

t.test('lines correlate by call, device, connection and command', async (t) => {
  const { server, lines, line } = await start(t);
  const [ann, ben] = await connectCall(server.url, 'the-call', 'ann', 'ben');
  ben.command('cancel', 'the-call');
  await ben.next('result', ({ ok }) => !ok);
  const opened = lines.filter(({ message }) => message === 'session opened');
  const connOf = (device: string): unknown => opened.find(({ fields }) => fields['device'] === device)?.fields['conn'];
  t.match(connOf('ann/phone'), /^conn-\d+$/);
  t.not(connOf('ann/phone'), connOf('ben/phone'));
  t.match(
    lines.filter(({ message }) => message.startsWith('call ')).map(({ fields }) => fields),
    [
      { callId: 'the-call', device: 'ann/phone', conn: connOf('ann/phone'), command: 'command-1', move: 'invite' },
      { callId: 'the-call', device: 'ben/phone', conn: connOf('ben/phone'), command: 'command-1', move: 'ring' },
      { callId: 'the-call', device: 'ben/phone', conn: connOf('ben/phone'), command: 'command-2', move: 'accept' },
    ],
  );
  const refused = lines.find(({ message }) => message === 'command refused');
  t.match(refused?.fields, { callId: 'the-call', device: 'ben/phone', conn: connOf('ben/phone'), command: 'command-3' });
  ann.close();
  t.match((await line(({ message }) => message === 'connection ended')).fields, { device: 'ann/phone', code: 1000 });
});

t.test('no token, description, candidate or query gets into the log, on any level', async (t) => {
  const { server, lines, web } = await start(t, { origins: ['https://app.example'] });
  const secrets = {
    sdp: 'v=0\r\no=- 4711 IN IP4 10.1.2.3\r\na=ice-pwd:password-of-ice\r\n',
    candidate: 'candidate:1 1 udp 2130706431 10.1.2.3 54321 typ host',
    token: await mintToken(SECRET, 'ann'),
    foreign: await mintToken(`${SECRET} of another`, 'ann'),
    malformed: 'token-that-is-none',
    query: 'secret-in-the-query',
    header: 'secret-in-a-header',
  };
  const [ann, ben] = await connectCall(server.url, 'quiet', 'ann', 'ben');
  ann.signal('quiet', secrets.sdp);
  await ben.next('signal');
  ann.send({ type: 'signal', seq: 3, call: 'quiet', kind: 'candidate', data: { candidate: secrets.candidate, sdpMid: '0' } });
  await ben.next('signal');
  const eve = await logIn(server.url, SECRET, 'eve');
  eve.signal('quiet', secrets.sdp);
  for (const hello of [
    { type: 'hello', token: secrets.foreign, device: 'phone' },
    { type: 'hello', token: secrets.malformed, device: 'phone' },
    { type: 'hello', token: secrets.token, device: `${secrets.malformed}/${secrets.token}`.slice(0, 60) },
    { type: 'hello', token: { [secrets.token]: 1 }, device: 'phone' },
    { type: 'hello', token: secrets.token, device: 'phone', resume: { session: secrets.sdp, ack: 0 } },
    { [secrets.token]: secrets.sdp },
  ]) {
    const client = await connectRaw(`${server.url}/?token=${secrets.query}`);
    client.send(hello);
    await client.closed;
  }
  for (const path of [`/v1/calls/quiet?token=${secrets.query}`, `/${secrets.query}`, `/metrics?${secrets.query}`])
    await (
      await fetch(`${web}${path}`, { headers: { authorization: `Bearer ${secrets.token}`, cookie: secrets.header } })
    ).text();
  await t.rejects(connectRaw(`${server.url}/?token=${secrets.query}`, { protocol: secrets.header }));
  ben.command('hangup', 'quiet');
  await ann.next('event', ({ record }) => record.phase === 'ended');
  t.ok(lines.length > 20, `${lines.length} lines were written`);
  const everything = JSON.stringify(lines);
  for (const [name, secret] of Object.entries(secrets)) {
    const parts = secret.split(/\r\n|(?<=\.)/).filter((part) => part.length > 8 && part !== 'v=0');
    for (const part of parts) t.notOk(everything.includes(JSON.stringify(part).slice(1, -1)), `${name}: ${part.slice(0, 12)}...`);
  }
  t.notMatch(everything, /eyJ|ice-pwd|10\.1\.2\.3/);
});
