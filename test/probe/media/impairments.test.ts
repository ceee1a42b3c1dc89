/** Impairments at work in the relay: delays and order on virtual time, and what changes while packets are on their way. */
import t, { type Test } from 'tap';
import type { ImpairmentFault } from '../../../src/faults/media/impairment.js';
import { createImpairments } from '../../../src/probe/media/impairments.js';
import { QUEUE_PACKETS_MAX } from '../../../src/probe/media/packet-queue.js';
import { faultOf, impairment, medianOf } from '../../faults/media/stage-run.js';
import { HOST, pair, relayFor } from './relay-ends.js';
import { virtualClock } from './virtual-clock.js';

/** A line of alice's phone on virtual time; packets are numbers. */
function lineOn() {
  const clock = virtualClock();
  const impairments = createImpairments(clock);
  const out: [at: number, number: number][] = [];
  const bytesOut: Uint8Array[] = [];
  const rebinds: boolean[] = [];
  const line = impairments.line(
    'alice/phone',
    'upstream',
    (bytes) => {
      out.push([clock.now(), (bytes[0] ?? 0) + 256 * (bytes[1] ?? 0)]);
      bytesOut.push(bytes);
    },
    (each) => rebinds.push(each),
  );
  const flow = { since: 0 };
  const push = (number: number): Uint8Array => {
    const bytes = Uint8Array.of(number % 256, number >> 8);
    line.push(bytes, clock.now(), flow);
    return bytes;
  };
  const impair = (...faults: readonly ImpairmentFault[]) =>
    impairments.impair('alice/phone', faults.length === 0 ? null : impairment(...faults));
  return { clock, impairments, line, out, bytesOut, rebinds, push, impair };
}

const numbersOf = (out: readonly (readonly [number, number])[]): number[] => out.map(([, number]) => number);

t.test('without faults, and after healing, the very bytes pass at once', async (t) => {
  const { clock, push, impair, out, bytesOut } = lineOn();
  const first = push(1);
  t.same(out, [[0, 1]]);
  t.equal(bytesOut[0], first, 'not a copy');
  impair(faultOf('corrupt', { corrupt: 1 }), faultOf('latency', { latency: 50 }));
  push(2);
  clock.run(60);
  t.not(bytesOut[1]?.join(), '2,0');
  impair();
  const last = push(3);
  t.equal(bytesOut[2], last);
  t.equal(clock.armed(), 0);
});

t.test('what a healed fault held goes on at once, none lost and in its order', async (t) => {
  const { clock, push, impair, out } = lineOn();
  impair(faultOf('latency', { latency: 200 }), faultOf('rate', { rate: 100_000 }));
  for (let number = 0; number < 20; number++) {
    clock.run(number * 20);
    push(number);
  }
  const before = out.length;
  t.ok(before > 0 && before < 15);
  const counters = impair();
  push(20);
  t.same(
    numbersOf(out),
    Array.from({ length: 21 }, (_, number) => number),
  );
  t.equal(counters.faults.find(({ fault }) => fault === 'latency')?.counters.delayed, 20, 'what was done is told at the end');
  clock.run(10_000);
  t.equal(out.length, 21, 'nothing comes twice');
});

t.test('packets wait on while a fault beside them heals', async (t) => {
  const { clock, push, impair, out } = lineOn();
  const late = faultOf('latency', { latency: 100 });
  impair(late, faultOf('loss', { loss: 0 }));
  push(1);
  impair(late);
  push(2);
  clock.run(99);
  t.same(out, []);
  clock.run(100);
  t.same(out, [
    [100, 1],
    [100, 2],
  ]);
});

t.test('the delay through a relay is what was asked for', async (t) => {
  const clock = virtualClock();
  const relay = relayFor(t, { clock });
  const { a, b, toB } = await pair(t, relay);
  const delays: number[] = [];
  let sentAt = 0;
  b.socket.on('message', () => delays.push(clock.now() - sentAt));
  relay.impair('alice/phone', impairment(faultOf('latency', { latency: 80, jitter: 10 }, 'upstream')));
  relay.impair('bob/phone', impairment(faultOf('latency', { latency: 40 }, 'downstream')));
  for (let packet = 0; packet < 200; packet++) {
    sentAt = clock.now();
    a.socket.send(`${packet}`, toB, HOST);
    await within(relay, packet + 1);
    for (let ms = 1; relay.flows()[0]?.counters.packetsOut !== packet + 1; ms++) clock.run(sentAt + ms);
    await b.received(packet + 1);
  }
  // 80 of the sender, 40 of the receiver and the relay's own 3.
  t.ok(Math.abs(medianOf(delays) - 123) <= 2, `${medianOf(delays)} ms`);
  t.notOk(Math.abs(medianOf(delays) - 120) <= 2, 'a twin without the base delay is caught');
  const counters = relay.impairmentCounters('bob/phone');
  t.match(counters, { faults: [{ fault: 'latency', direction: 'downstream', counters: { passed: 200, delayed: 200 } }] });

  /** The packet has come to the relay: it is counted by the sender's fault. */
  async function within(through: typeof relay, count: number): Promise<void> {
    while ((through.impairmentCounters('alice/phone').faults[0]?.counters.passed ?? 0) < count)
      await new Promise((resolve) => setImmediate(resolve));
  }
});

t.test('the sender upstream and the receiver downstream, nobody else', async (t) => {
  const relay = relayFor(t, { clock: virtualClock(), ruleFor: () => (_bytes, now) => [now] });
  const { a, b, toA, toB } = await pair(t, relay);
  relay.impair('alice/phone', impairment(faultOf('loss', { loss: 1 }, 'downstream')));
  relay.impair('carol/phone', impairment(faultOf('loss', { loss: 1 })));
  for (let packet = 0; packet < 5; packet++) a.socket.send(`${packet}`, toB, HOST);
  b.socket.send('lost', toA, HOST);
  await b.received(5);
  const dropped = (): number | undefined => relay.impairmentCounters('alice/phone').faults[0]?.counters.dropped;
  while (dropped() === 0) await new Promise((resolve) => setImmediate(resolve));
  t.equal(dropped(), 1);
  t.same(relay.impair('alice/phone', null).faults[0]?.counters.dropped, 1);
  b.socket.send('passes', toA, HOST);
  await a.received(1);
  t.equal(a.got[0]?.bytes.toString(), 'passes');
  t.same(
    relay.impairmentCounters('carol/phone').faults.map(({ counters }) => counters.dropped),
    [0, 0],
    'it never bit',
  );
});

t.test('a rebinding: another source port, the old one silent, and the old one again', async (t) => {
  const relay = relayFor(t);
  const { a, b, toA, toB } = await pair(t, relay);
  a.socket.send('one', toB, HOST);
  await b.received(1);
  relay.impair('alice/phone', impairment(faultOf('nat-rebind', {}, 'upstream')));
  a.socket.send('two', toB, HOST);
  await b.received(2);
  const fresh = b.got[1]?.from ?? 0;
  t.equal(b.got[0]?.from, toA);
  t.not(fresh, toA);
  b.socket.send('to the old port', toA, HOST);
  b.socket.send('to the new port', fresh, HOST);
  await a.received(1);
  t.equal(a.got[0]?.bytes.toString(), 'to the new port');
  a.socket.send('three', toB, HOST);
  await b.received(3);
  t.equal(b.got[2]?.from, fresh, 'it is rebound once');
  t.match(relay.impair('alice/phone', null), { faults: [{ counters: { rebound: 1 } }] });
  a.socket.send('four', toB, HOST);
  await b.received(4);
  t.equal(b.got[3]?.from, toA);
  b.socket.send('to the old port again', toA, HOST);
  await a.received(2);
  t.equal(a.got[1]?.bytes.toString(), 'to the old port again');
});

t.test('a call that begins later is impaired, too, and is not rebound', async (t: Test) => {
  const relay = relayFor(t);
  relay.impair(
    'alice/phone',
    impairment(faultOf('nat-rebind', {}, 'upstream'), faultOf('duplicate', { duplicate: 1 }, 'upstream')),
  );
  const { a, b, toA, toB } = await pair(t, relay);
  a.socket.send('twice', toB, HOST);
  await b.received(2);
  t.ok(b.got.every(({ from, bytes }) => from === toA && bytes.toString() === 'twice'));
  t.match(relay.impairmentCounters('alice/phone').faults, [
    { fault: 'duplicate', counters: { duplicated: 1 } },
    { fault: 'nat-rebind', counters: { rebound: 0 } },
  ]);
});

t.test('more than the queue holds is lost, and counted', async (t) => {
  const { impairments, push, impair, line, clock, out } = lineOn();
  impair(faultOf('latency', { latency: 1_000 }));
  for (let number = 0; number < QUEUE_PACKETS_MAX + 7; number++) push(number);
  t.equal(impairments.counters('alice/phone').overflowed, 7);
  line.close();
  clock.run(5_000);
  t.same(out, [], 'nothing is delivered after the end');
  t.equal(clock.armed(), 0);
  t.equal(impair().overflowed, 7);
  t.same(impairments.counters('alice/phone'), { faults: [], overflowed: 0 });
});
