/** Clients that do what they may not, all at once, while a call of two others goes on undisturbed. */
import { EventEmitter, once } from 'node:events';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../src/protocol/frames.js';
import { LIMITS } from '../../src/protocol/limits.js';
import { CLOSE } from '../../src/protocol/reasons.js';
import { mintToken } from '../../src/server/admission.js';
import { connectRaw, logIn, type RawClient, within } from '../raw-client.js';
import { connectCall, SECRET, type Started, start } from './started.js';

/** Larger than the kernel's buffers, so that what is not read has to wait in the server. */
const ROOM = { bytesBurstMax: 2 ** 26, userBytesBurstMax: 2 ** 26, sendQueueBytesMax: 2 ** 18 };

/** Between two rounds of a talk, in milliseconds: a round is two frames on each connection, half of what the limits allow. */
const ROUND_MS = (2 * 2 * 1_000) / LIMITS.framesPerSecondMax;

/** Signals go both ways through a call until `done`, and once more after it; resolves to how many did. */
async function talkUntil(done: Promise<unknown>, call: string, ann: RawClient, ben: RawClient): Promise<number> {
  let isDone = false;
  const stop = (): void => {
    isDone = true;
  };
  done.then(stop, stop);
  const pace = new EventEmitter();
  const timer = setInterval(() => pace.emit('beat'), ROUND_MS);
  let count = 0;
  try {
    for (let isLast = false; !isLast; ) {
      await once(pace, 'beat');
      isLast = isDone;
      count += 1;
      const sdp = `round ${count}`;
      const is = (frame: { data: object }): boolean => 'sdp' in frame.data && frame.data.sdp === sdp;
      ann.signal(call, sdp);
      await ben.next('signal', is);
      ben.signal(call, sdp);
      await ann.next('signal', is);
    }
  } finally {
    clearInterval(timer);
  }
  return count;
}

async function withoutToken(t: Test, { server, web }: Started): Promise<void> {
  const client = await connectRaw(server.url);
  client.send({ type: 'command', seq: 1, id: 'a', op: 'hangup', call: 'undisturbed' });
  t.equal((await client.closed).code, CLOSE.unauthorized.code, 'a command without a token');
  const empty = await connectRaw(server.url);
  empty.send({ type: 'hello', token: '', device: 'phone' });
  t.equal((await empty.closed).code, CLOSE.badFrame.code, 'an empty token');
  t.equal((await fetch(`${web}/v1/calls/undisturbed`)).status, 401, 'a look without a token');
}

async function stranger(t: Test, { server, web }: Started): Promise<void> {
  const client = await logIn(server.url, SECRET, 'eve');
  for (const op of ['ring', 'accept', 'reject', 'cancel', 'hangup']) {
    client.command(op, 'undisturbed');
    t.match(await client.next('result'), { ok: false, refused: 'not-a-participant', record: null }, `${op} of a stranger`);
  }
  client.command('invite', 'undisturbed', 'cay');
  t.match(await client.next('result'), { refused: 'call-id-taken', record: null }, 'an id that is taken');
  client.signal('undisturbed', 'from a stranger');
  client.command('invite', 'of-her-own', 'ann');
  const { record } = await client.next('event', (frame) => frame.record.phase === 'ended');
  t.equal(record.reason, 'busy', 'who calls one of the two finds her busy');
  const headers = { authorization: `Bearer ${await mintToken(SECRET, 'eve')}` };
  t.equal((await fetch(`${web}/v1/calls/undisturbed`, { headers })).status, 404, 'a look of a stranger');
}

async function tooBig(t: Test, { server }: Started): Promise<void> {
  const client = await logIn(server.url, SECRET, 'big');
  client.send('x'.repeat(2 * 1024 * 1024));
  t.equal((await client.closed).code, CLOSE.tooBig.code, 'a frame of 2 MB');
}

async function tooFast(t: Test, { server }: Started): Promise<void> {
  const client = await logIn(server.url, SECRET, 'mallory');
  for (let count = 0; count < 10_000; count++) client.send('{"type":"ping","at":1}');
  const { code } = await client.closed;
  t.equal(code, CLOSE.rateLimited.code, '10,000 frames at once');
  t.match(client.received.at(-1), { type: 'error', message: /this connection sent more than 200 frames a second/ });
  const pongs = client.received.filter(({ type }) => type === 'pong').length;
  t.ok(pongs < 5_000, `${pongs} of them were answered`);
}

/** A callee who answers and then never reads again: what the caller sends has to wait in the server. */
async function neverReads(t: Test, { server, line }: Started): Promise<void> {
  const deaf = new WebSocket(server.url, SUBPROTOCOL);
  deaf.on('error', () => undefined);
  await once(deaf, 'open');
  const say = (frame: object): void => deaf.send(JSON.stringify(frame));
  const greeted = once(deaf, 'message');
  say({ type: 'hello', token: await mintToken(SECRET, 'deaf'), device: 'phone' });
  await greeted;
  const zoe = await logIn(server.url, SECRET, 'zoe');
  zoe.command('invite', 'one-sided', 'deaf');
  await zoe.next('result');
  say({ type: 'command', seq: 1, id: 'x', op: 'accept', call: 'one-sided' });
  await zoe.next('event', ({ record }) => record.phase === 'connected');
  const gone = once(deaf, 'close');
  deaf.pause();
  for (let count = 0; count < 400; count++) zoe.signal('one-sided', 'x'.repeat(LIMITS.sdpCharsMax));
  const { level, fields } = await line(({ fields }) => fields['close'] === 'slowConsumer');
  t.equal(level, 'warn');
  t.match(fields, { code: CLOSE.slowConsumer.code, why: /bytes are unread/ }, 'one that never reads');
  await line(({ message, fields }) => message === 'connection ended' && fields['device'] === 'deaf/phone');
  deaf.resume();
  await within(gone, 'the end of its connection');
  t.ok(zoe.isOpen(), 'the other side of its call stays');
}

t.test('everything at once, and a call goes on', async (t) => {
  const started = await start(t, { limits: ROOM, trace: null });
  const { server, web } = started;
  const [ann, ben] = await connectCall(server.url, 'undisturbed', 'ann', 'ben');
  const misdeeds = Promise.all([withoutToken, stranger, tooBig, tooFast, neverReads].map((misdeed) => misdeed(t, started)));
  const rounds = await talkUntil(misdeeds, 'undisturbed', ann, ben);
  await misdeeds;
  t.ok(rounds > 1, `${rounds} signals went each way meanwhile`);
  t.ok(ann.isOpen() && ben.isOpen(), 'the two kept their connections');
  const headers = { authorization: `Bearer ${await mintToken(SECRET, 'ann')}` };
  const record = await (await fetch(`${web}/v1/calls/undisturbed`, { headers })).json();
  t.match(record, { phase: 'connected', version: 3 }, 'and their call, as it was');
  ann.command('hangup', 'undisturbed');
  await ben.next('event', (frame) => frame.record.id === 'undisturbed' && frame.record.phase === 'ended');
});

t.test('a user is counted over all connections, and a new connection does not start him anew', async (t) => {
  const { server } = await start(t, { limits: { userFramesBurstMax: 300, userFramesPerSecondMax: 0.001 } });
  const phone = await logIn(server.url, SECRET, 'mallory');
  const laptop = await logIn(server.url, SECRET, 'mallory', 'laptop');
  for (let count = 0; count < 200; count++) for (const client of [phone, laptop]) client.send({ type: 'ping', at: 1 });
  const first = await Promise.race([phone.closed, laptop.closed]);
  t.equal(first.code, CLOSE.rateLimited.code);
  const again = await logIn(server.url, SECRET, 'mallory', 'tablet');
  again.send({ type: 'ping', at: 1 });
  t.equal((await again.closed).code, CLOSE.rateLimited.code, 'nothing is left for the next one');
  t.match(again.received.at(-1), { message: /this user sent more/ });
  const ann = await logIn(server.url, SECRET, 'ann');
  ann.send({ type: 'ping', at: 1 });
  await ann.next('pong');
});

t.test('too many bytes, and pings of the WebSocket layer, count too', async (t) => {
  const { server } = await start(t, {
    limits: { bytesBurstMax: 100_000, bytesPerSecondMax: 1, framesBurstMax: 100, framesPerSecondMax: 1 },
  });
  const wordy = await logIn(server.url, SECRET, 'wordy');
  for (let count = 0; count < 5; count++) wordy.signal('none', 'x'.repeat(30_000));
  t.equal((await wordy.closed).code, CLOSE.rateLimited.code);
  t.match(wordy.received.at(-1), { message: /bytes a second/ });
  const pinger = new WebSocket(server.url, SUBPROTOCOL);
  await once(pinger, 'open');
  const closed = once(pinger, 'close');
  for (let count = 0; count < 200; count++) pinger.ping('x');
  const [code] = (await within(closed, 'the end of the one that pings')) as [number];
  t.equal(code, CLOSE.rateLimited.code);
});

t.test('a client that does not take its close is cut', async (t) => {
  const { server, line } = await start(t, { limits: { closeMs: 100 } });
  const socket = new WebSocket(server.url, SUBPROTOCOL);
  socket.on('error', () => undefined);
  await once(socket, 'open');
  const gone = once(socket, 'close');
  socket.pause();
  socket.send('nonsense');
  await line(({ message }) => message === 'connection ended');
  t.equal(server.census().connections, 0);
  socket.resume();
  await within(gone, 'the end of the connection');
});
