/** The clocks of one device: they run with the probe's own until a fault sets or skews them. */
import type { Millis } from '../../protocol/machine.js';
import type { Clock } from './ports.js';

export interface DeviceClock {
  /** The monotonic clock of the device, ms. */
  now(): Millis;
  /** The wall clock of the device, milliseconds since the epoch. */
  wall(): Millis;
  /** How long the probe has to wait until the monotonic clock of the device reads `at`. */
  realMsUntil(at: Millis): Millis;
  /** Moves the wall clock by this much. */
  jump(ms: Millis): void;
  /** Both clocks run faster by this many parts per million, in addition to the current skew. */
  skew(ppm: number): void;
}

export function createDeviceClock(real: Clock): DeviceClock {
  let anchor = real.now();
  let reads = anchor;
  let ppm = 0;
  let jumpedMs = 0;
  const now = (): Millis => reads + (real.now() - anchor) * (1 + ppm / 1e6);
  return {
    now,
    wall: () => real.wall() + (now() - real.now()) + jumpedMs,
    realMsUntil: (at) => (at - now()) / (1 + ppm / 1e6),
    jump(ms) {
      jumpedMs += ms;
    },
    skew(more) {
      // Its current value stays; only its speed changes.
      const reading = now();
      anchor = real.now();
      reads = reading;
      ppm += more;
    },
  };
}
