import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t from 'tap';
import { endpoint, HOST, lineOf, pair, portToward, relayFor } from './relay-ends.js';

t.test('packets between two peers arrive byte for byte and in order, by one leg', async (t) => {
  const relay = relayFor(t);
  const { a, b, toA, toB } = await pair(t, relay);
  t.not(toB, b.port);
  t.not(toA, a.port);
  const packets = Array.from({ length: 200 }, (_, index) => Buffer.from([index, 255 - index, ...Buffer.alloc(index)]));
  for (const bytes of packets) a.socket.send(bytes, toB, HOST);
  b.socket.send('back', toA, HOST);
  await Promise.all([b.received(packets.length), a.received(1)]);
  t.same(
    b.got.map(({ bytes }) => bytes.toString('hex')),
    packets.map((bytes) => bytes.toString('hex')),
  );
  t.ok(
    b.got.every(({ from }) => from === toA),
    'B sees the very port that it was told for A',
  );
  t.ok(a.got.every(({ from }) => from === toB));
  const bytes = packets.reduce((sum, packet) => sum + packet.length, 0);
  t.same(relay.flows(), [flow('alice/phone', 'bob/phone', packets.length, bytes), flow('bob/phone', 'alice/phone', 1, 4)]);
});

const flow = (from: string, to: string, packets: number, bytes: number) => ({
  from,
  to,
  counters: { packetsIn: packets, bytesIn: bytes, packetsOut: packets, bytesOut: bytes, dropped: 0, overflowed: 0 },
});

t.test('a peer may hear of the other before it has a port of its own', async (t) => {
  const relay = relayFor(t);
  const [a, b] = [await endpoint(t), await endpoint(t)];
  const [peerA, peerB] = [relay.join('a/1'), relay.join('b/1')];
  peerA.localCandidate(lineOf(a.port));
  const toA = await portToward(peerB, lineOf(a.port));
  peerB.localCandidate(lineOf(b.port));
  const toB = await portToward(peerA, lineOf(b.port));
  b.socket.send('hi', toA, HOST);
  await a.received(1);
  t.equal(a.got[0]?.from, toB);
  t.equal(relay.flows().length, 2, 'one leg');
});

t.test('DTLS waits for the ICE of the peer it goes to, all else passes', async (t) => {
  const relay = relayFor(t);
  const { a, b, peerB, toB } = await pair(t, relay, false);
  const [hello, check] = [Buffer.from([22, 254, 255]), Buffer.from([0, 1, 0])];
  a.socket.send(hello, toB, HOST);
  a.socket.send(check, toB, HOST);
  await b.received(1);
  t.same(
    b.got.map(({ bytes }) => bytes),
    [check],
  );
  peerB.iceUp();
  await b.received(2);
  a.socket.send(hello, toB, HOST);
  await b.received(3);
  t.same(
    b.got.map(({ bytes }) => bytes),
    [check, hello, hello],
  );
});

t.test('rules are given per direction and by name', async (t) => {
  const asked: string[] = [];
  const relay = relayFor(t, {
    ruleFor: (from, to) => {
      asked.push(`${from} -> ${to}`);
      return (bytes, now) => (from.startsWith('alice') && bytes[0] === 0x64 ? [] : [now]);
    },
  });
  const { a, b, toA, toB } = await pair(t, relay);
  t.same(asked.sort(), ['alice/phone -> bob/phone', 'bob/phone -> alice/phone']);
  for (const text of ['drop', 'pass']) a.socket.send(text, toB, HOST);
  for (const text of ['drop', 'pass']) b.socket.send(text, toA, HOST);
  await Promise.all([b.received(1), a.received(2)]);
  t.same(
    b.got.map(({ bytes }) => bytes.toString()),
    ['pass'],
  );
  t.match(relay.flows(), [
    { counters: { packetsIn: 2, packetsOut: 1, dropped: 1 } },
    { counters: { packetsOut: 2, dropped: 0 } },
  ]);
});

t.test('a foreign endpoint gets a pair of its own', async (t) => {
  const relay = relayFor(t);
  const [a, foreign] = [await endpoint(t), await endpoint(t)];
  const peerA = relay.join('a/1');
  peerA.localCandidate(lineOf(a.port));
  const toForeign = await portToward(peerA, lineOf(foreign.port));
  a.socket.send('out', toForeign, HOST);
  await foreign.received(1);
  const seen = foreign.got[0]?.from ?? 0;
  t.not(seen, a.port, 'the foreign side sees the relay');
  foreign.socket.send('in', seen, HOST);
  await a.received(1);
  t.equal(a.got[0]?.from, toForeign);
  t.equal(await portToward(peerA, lineOf(foreign.port)), toForeign, 'the same candidate again is the same leg');
  t.match(relay.flows(), [{ to: `${HOST}:${foreign.port}` }, { from: `${HOST}:${foreign.port}` }]);
});

t.test('strangers are not let onto a leg', async (t) => {
  const relay = relayFor(t);
  const { a, b, toB } = await pair(t, relay);
  const stranger = await endpoint(t);
  stranger.socket.send('stray', toB, HOST);
  a.socket.send('mine', toB, HOST);
  await b.received(1);
  t.same(
    b.got.map(({ bytes }) => bytes.toString()),
    ['mine'],
  );
  t.match(relay.flows(), [{ counters: { packetsIn: 1 } }, {}]);
});

t.test('candidates that it cannot carry are refused with a reason', async (t) => {
  const relay = relayFor(t);
  const peer = relay.join('a/1');
  peer.localCandidate(lineOf(4_000));
  t.same(await peer.toward('nonsense'), { unusable: 'malformed' });
  t.same(await peer.toward(lineOf(9, HOST, 'TCP')), { unusable: 'TCP' });
  t.same(await peer.toward(lineOf(4_000)), { unusable: 'malformed' }, 'its own');
  t.equal(relay.flows().length, 0);
});

t.test('a leg ends with its last peer, and nothing is sent to one that left', async (t) => {
  const relay = relayFor(t);
  const { a, b, peerA, peerB, toA, toB } = await pair(t, relay);
  peerA.leave();
  b.socket.send('too late', toA, HOST);
  a.socket.send('last words', toB, HOST);
  await b.received(1);
  t.equal(relay.flows().length, 2);
  peerB.leave();
  t.equal(relay.flows().length, 0);
  const free = createSocket('udp4');
  free.bind(toB, HOST);
  await once(free, 'listening');
  free.close();
  t.equal(a.got.length, 0);
});
