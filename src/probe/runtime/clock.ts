/** The only reader of real time. */
import type { Clock } from './ports.js';

/** CLOCK_MONOTONIC in milliseconds: the same clock in every process of this machine. */
export const systemClock: Clock = {
  now: () => Number(process.hrtime.bigint()) / 1e6,
  wall: () => Date.now(),
};
