import t from 'tap';
import {
  constantDelay,
  createDelayLine,
  type LineClock,
  type PacketRule,
  QUEUE_PACKETS_MAX,
} from '../../../src/probe/media/delay-line.js';

/** A line on virtual time. `run` moves the clock to `to`, firing what is due on the way. */
function lineOn(rule: PacketRule) {
  let now = 0;
  let timers: { at: number; wake: () => void }[] = [];
  let timersMax = 0;
  const clock: LineClock = {
    now: () => now,
    after(ms, wake) {
      const timer = { at: now + ms, wake };
      timers.push(timer);
      timersMax = Math.max(timersMax, timers.length);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
  };
  const out: [number, number][] = [];
  const line = createDelayLine(rule, clock, (bytes) => out.push([now, bytes[0] ?? -1]));
  const run = (to: number): void => {
    for (;;) {
      const due = timers.sort((a, b) => a.at - b.at)[0];
      if (due === undefined || due.at > to) break;
      timers.shift();
      now = Math.max(now, due.at);
      due.wake();
    }
    now = to;
  };
  return { line, out, run, timersMax: () => timersMax, armed: () => timers.length };
}

t.test('a constant delay keeps the order, with one timer for all', async (t) => {
  const { line, out, run, timersMax } = lineOn(constantDelay(3));
  line.push(Uint8Array.of(1));
  line.push(Uint8Array.of(2));
  run(2);
  line.push(Uint8Array.of(3));
  t.same(out, []);
  run(10);
  t.same(out, [
    [3, 1],
    [3, 2],
    [5, 3],
  ]);
  t.equal(timersMax(), 1);
  t.match(line.counters(), { packetsIn: 3, packetsOut: 3, bytesIn: 3, bytesOut: 3, dropped: 0, overflowed: 0 });
});

t.test('a rule may drop, duplicate and reorder', async (t) => {
  const instants: Record<number, number[]> = { 1: [9], 2: [], 3: [4, 6], 4: [4] };
  const { line, out, run } = lineOn((bytes) => instants[bytes[0] ?? 0] ?? []);
  for (const each of [1, 2, 3, 4]) line.push(Uint8Array.of(each));
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
  const { line, out, run } = lineOn(constantDelay(3));
  for (let i = 0; i < QUEUE_PACKETS_MAX + 5; i++) line.push(Uint8Array.of(0));
  run(3);
  t.equal(out.length, QUEUE_PACKETS_MAX);
  t.equal(line.counters().overflowed, 5);
});

t.test('nothing is delivered after the end, and no timer is left', async (t) => {
  const { line, out, run, armed } = lineOn(constantDelay(3));
  line.push(Uint8Array.of(1));
  line.close();
  line.push(Uint8Array.of(2));
  t.equal(armed(), 0);
  run(10);
  t.same(out, []);
});
