import t from 'tap';
import { constantDelay, createDelayLine, type PacketRule } from '../../../src/probe/media/delay-line.js';
import { QUEUE_PACKETS_MAX } from '../../../src/probe/media/packet-queue.js';
import { virtualClock } from './virtual-clock.js';

/** A line on virtual time. */
function lineOn(rule: PacketRule) {
  const clock = virtualClock();
  const out: [number, number][] = [];
  const line = createDelayLine(rule, clock, (bytes) => out.push([clock.now(), bytes[0] ?? -1]));
  const push = (byte: number): void => line.push(Uint8Array.of(byte), clock.now());
  return { line, out, push, clock, run: clock.run };
}

t.test('a constant delay keeps the order, with one timer for all', async (t) => {
  const { line, out, push, run, clock } = lineOn(constantDelay(3));
  push(1);
  push(2);
  run(2);
  push(3);
  t.same(out, []);
  run(10);
  t.same(out, [
    [3, 1],
    [3, 2],
    [5, 3],
  ]);
  t.equal(clock.armedMax(), 1);
  t.match(line.counters(), { packetsIn: 3, packetsOut: 3, bytesIn: 3, bytesOut: 3, dropped: 0, overflowed: 0 });
});

t.test('a rule may drop, duplicate and reorder', async (t) => {
  const instants: Record<number, number[]> = { 1: [9], 2: [], 3: [4, 6], 4: [4] };
  const { line, out, push, run } = lineOn((bytes) => instants[bytes[0] ?? 0] ?? []);
  for (const each of [1, 2, 3, 4]) push(each);
  run(20);
  t.same(
    out,
    [
      [4, 3],
      [4, 4],
      [6, 3],
      [9, 1],
    ],
    'equal instants in the order of arrival',
  );
  t.match(line.counters(), { packetsIn: 4, packetsOut: 4, dropped: 1 });
});

t.test('the queue is bounded', async (t) => {
  const { line, out, push, run } = lineOn(constantDelay(3));
  for (let i = 0; i < QUEUE_PACKETS_MAX + 5; i++) push(0);
  run(3);
  t.equal(out.length, QUEUE_PACKETS_MAX);
  t.equal(line.counters().overflowed, 5);
});

t.test('nothing is delivered after the end, and no timer is left', async (t) => {
  const { line, out, push, run, clock } = lineOn(constantDelay(3));
  push(1);
  line.close();
  push(2);
  t.equal(clock.armed(), 0);
  run(10);
  t.same(out, []);
});
