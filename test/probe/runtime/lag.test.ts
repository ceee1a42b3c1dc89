/** The probe notices that its own event loop stood still, and only then. */
import t from 'tap';
import { watchLag } from '../../../src/probe/runtime/lag.js';

t.test('a loop that stood still is told once, with for how long', async (t) => {
  let now = 1_000;
  let look: () => void = () => undefined;
  const told: number[] = [];
  // The clock jumps when the watch looks at it for the third time; real timers only make it look.
  let looks = 0;
  const done = new Promise<void>((resolve) => {
    look = resolve;
  });
  const lag = watchLag(
    {
      now: () => {
        looks += 1;
        if (looks > 1) now += looks === 4 ? 310 : 10;
        if (looks === 7) look();
        return now;
      },
      wall: () => 0,
    },
    (lateMs) => told.push(lateMs),
  );
  await done;
  lag.stop();
  t.strictSame(told, [300]);
  t.strictSame([lag.worstMs, lag.lostMs], [300, 300]);
});

t.test('what stood still right before the end is told by stop', async (t) => {
  let now = 0;
  const told: number[] = [];
  const lag = watchLag({ now: () => now, wall: () => 0 }, (lateMs) => told.push(lateMs));
  now = 80;
  lag.stop();
  t.strictSame(told, [70]);
  t.strictSame([lag.worstMs, lag.lostMs], [70, 70]);
});
