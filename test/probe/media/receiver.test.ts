import t from 'tap';
import { createReceiver, type Receiver } from '../../../src/probe/media/receiver.js';
import type { RtpPacket } from '../../../src/probe/media/rtp.js';

const packet = (sequence: number, over: Partial<RtpPacket> = {}): RtpPacket => ({
  payloadType: 111,
  marker: false,
  sequence: sequence % 65_536,
  timestamp: (sequence * 960) % 2 ** 32,
  ssrc: 1,
  sentAtUs: null,
  contributingSources: 0,
  payload: new Uint8Array(3),
  ...over,
});
/** Packets with these numbers, one every 20 ms from 0. */
const feed = (sequences: readonly number[]): Receiver => {
  const receiver = createReceiver();
  for (const [index, sequence] of sequences.entries()) receiver.receive(packet(sequence), index * 20);
  return receiver;
};
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

t.test('a clean stream has nothing to report', async (t) => {
  t.match(feed(range(10, 60)).figures(), { packetsReceived: 50, packetsLost: 0, duplicates: 0, reordered: 0, jitterMs: 0 });
});

t.test('before the first packet there is no delay', async (t) => {
  t.match(createReceiver().figures(), { packetsReceived: 0, packetsLost: 0, delayMsP50: null, delayMsMax: null });
});

t.test('gaps are loss, until the missing packet comes late', async (t) => {
  t.match(feed([1, 2, 5, 6]).figures(), { packetsReceived: 4, packetsLost: 2, reordered: 0 });
  t.match(feed([1, 2, 5, 6, 3]).figures(), { packetsReceived: 5, packetsLost: 1, reordered: 1 });
  t.match(feed([1, 2, 5, 6, 3, 4]).figures(), { packetsReceived: 6, packetsLost: 0, reordered: 2 });
});

t.test('numbers go on after 65535', async (t) => {
  t.match(feed(range(65_530, 65_545)).figures(), { packetsReceived: 15, packetsLost: 0, duplicates: 0, reordered: 0 });
  t.match(feed([65_534, 65_535, 2, 3]).figures(), { packetsReceived: 4, packetsLost: 2, reordered: 0 }, 'a gap across it');
  t.match(feed([65_534, 0, 65_535, 1]).figures(), { packetsLost: 0, reordered: 1 }, 'reordered across it');
  t.match(feed(range(0, 65_536 * 2 + 10)).figures(), { packetsLost: 0, duplicates: 0 }, 'twice around');
});

t.test('a first packet that was overtaken is not lost', async (t) => {
  t.match(feed([1, 0, 2]).figures(), { packetsReceived: 3, packetsLost: 0, reordered: 1 });
  t.match(feed([0, 65_535, 1]).figures(), { packetsReceived: 3, packetsLost: 0, reordered: 1 }, 'across the wrap');
});

t.test('duplicates are counted and cannot hide loss', async (t) => {
  t.match(feed([1, 2, 2, 2, 5]).figures(), { packetsReceived: 5, duplicates: 2, packetsLost: 2, reordered: 0 });
  t.match(feed([1, 2, 3, 1]).figures(), { duplicates: 1, packetsLost: 0, reordered: 0 }, 'late duplicate');
});

t.test('a jump is a restart once it is confirmed (RFC 3550 A.1)', async (t) => {
  t.match(feed([1, 2, 30_000, 3]).figures(), { packetsReceived: 3, packetsLost: 0 }, 'one stray packet is none of ours');
  t.match(feed([1, 2, 30_000, 30_001, 30_002]).figures(), { packetsReceived: 4, packetsLost: 0 }, 'two in a row begin anew');
  t.match(feed([1, 3, 30_000, 30_001, 30_003]).figures(), { packetsLost: 2 }, 'loss before and after it adds up');
});

t.test('another source begins anew and keeps the totals', async (t) => {
  const receiver = feed([1, 3]);
  receiver.receive(packet(500, { ssrc: 2 }), 100);
  receiver.receive(packet(502, { ssrc: 2 }), 120);
  t.match(receiver.figures(), { packetsReceived: 4, packetsLost: 2 });
});

t.test('jitter is that of RFC 3550 section 6.4.1', async (t) => {
  const receiver = createReceiver();
  // Transit differences of 0, 16, 16 and 0 ms: J = 0, 1, 1 + 15/16, then less 1/16 of itself.
  const arrivals = [0, 20, 56, 60, 80];
  const expected = [0, 0, 1, 1.9375, 1.81640625];
  arrivals.forEach((at, index) => {
    receiver.receive(packet(index), at);
    t.ok(Math.abs(receiver.figures().jitterMs - (expected[index] ?? Number.NaN)) < 1e-9, `after packet ${index}`);
  });
});

t.test('the wrap of the timestamp is no jitter', async (t) => {
  const receiver = createReceiver();
  receiver.receive(packet(1, { timestamp: 2 ** 32 - 480 }), 0);
  receiver.receive(packet(2, { timestamp: 480 }), 20);
  t.equal(receiver.figures().jitterMs, 0);
});

t.test('one-way delay: median within 2 %, maximum exact, clocks of other machines ignored', async (t) => {
  const receiver = createReceiver();
  const delays = [3, 4, 5, 40, 3.5];
  delays.forEach((delayMs, index) => {
    const at = 1_000_000 + index * 20;
    receiver.receive(packet(index, { sentAtUs: Math.round((at - delayMs) * 1000) }), at);
  });
  receiver.receive(packet(5, { sentAtUs: 0 }), 1_000_100);
  const { delayMsP50, delayMsMax } = receiver.figures();
  t.ok(Math.abs((delayMsP50 ?? 0) - 4) <= 0.08, `median ${delayMsP50}`);
  t.ok(Math.abs((delayMsMax ?? 0) - 40) < 0.001, `maximum ${delayMsMax}`);
});

t.test('it flows from the fifth packet, stalls after 1 s of silence, and resumes', async (t) => {
  const receiver = createReceiver();
  const changes = range(0, 6).map((sequence) => receiver.receive(packet(sequence), sequence * 20));
  t.same(changes, [null, null, null, null, { kind: 'flowing', at: 80 }, null]);
  t.equal(receiver.tick(1_099), null, 'the last packet came at 100');
  t.same(receiver.tick(1_130), { kind: 'stalled', at: 1_100 }, 'told when it happened, not when it was seen');
  t.equal(receiver.tick(1_200), null, 'once');
  t.same(receiver.receive(packet(60), 1_300), { kind: 'resumed', at: 1_300 });
});

t.test('a stream that never flowed does not stall', async (t) => {
  const receiver = feed([1, 2, 3, 4]);
  t.equal(receiver.tick(60_000), null);
});
