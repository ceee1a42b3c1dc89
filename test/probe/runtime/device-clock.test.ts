/** The clocks of a device: right until a fault sets or skews them, and right again when it is healed. */
import t from 'tap';
import { createDeviceClock } from '../../../src/probe/runtime/device-clock.js';

function clockAt(start: number) {
  let now = start;
  const clock = createDeviceClock({ now: () => now, wall: () => 1_000_000 + now });
  const pass = (ms: number): void => {
    now += ms;
  };
  return { clock, pass };
}

t.test('without a fault it is the clock of the probe', async (t) => {
  const { clock, pass } = clockAt(500);
  t.equal(clock.now(), 500);
  t.equal(clock.wall(), 1_000_500);
  pass(40);
  t.equal(clock.now(), 540);
  t.equal(clock.realMsUntil(600), 60);
});

t.test('a jump sets the wall clock and leaves the monotonic one', async (t) => {
  const { clock, pass } = clockAt(500);
  clock.jump(-90_000);
  pass(10);
  t.equal(clock.now(), 510);
  t.equal(clock.wall(), 1_000_510 - 90_000);
  clock.jump(90_000);
  t.equal(clock.wall(), 1_000_510);
});

t.test('a skew changes how fast both go on, from where they are', async (t) => {
  const { clock, pass } = clockAt(500);
  pass(1_000);
  clock.skew(100_000);
  t.equal(clock.now(), 1_500, 'it does not jump');
  pass(1_000);
  t.equal(Math.round(clock.now()), 2_600, 'a tenth faster');
  t.equal(Math.round(clock.wall()), 1_002_600);
  t.equal(Math.round(clock.realMsUntil(2_600 + 1_100)), 1_000, 'timers fire when the device thinks that it is time');
  clock.skew(-100_000);
  pass(1_000);
  t.equal(Math.round(clock.now()), 3_600, 'as fast as the probe again, and as far ahead as it had got');
});
