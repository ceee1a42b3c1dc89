/** The only reader of real time in the live probe. */
import type { Clock } from './ports.js';

/**
 * Node's high-resolution clock (CLOCK_MONOTONIC on Linux) in milliseconds with fractions, which all processes of one machine share:
 * an instant of a media process can be compared with one of its parent.
 */
export const systemClock: Clock = {
  now: () => Number(process.hrtime.bigint()) / 1e6,
  wall: () => Date.now(),
};
