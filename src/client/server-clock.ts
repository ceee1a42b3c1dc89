/** What a device knows of the server's clock: the best of its samples. */
import type { Millis } from '../protocol/machine.js';

export interface ClockSample {
  /** Server time minus own time, in milliseconds. */
  readonly offsetMs: Millis;
  readonly rttMs: Millis;
}

/**
 * The better of the best sample so far and a new one: that of the shorter round trip, the later at a tie. The error of a sample
 * is at most half of its round trip (RFC 5905 section 10 reasons so): two that differ by more than both halves tell that a clock
 * was set, or that another server answers, and the newer one counts. An answer from before its question is no sample.
 */
export function betterSample(best: ClockSample | null, serverTime: Millis, sentAt: Millis, now: Millis): ClockSample | null {
  const rttMs = now - sentAt;
  if (rttMs < 0) return best;
  const sample = { offsetMs: serverTime - (sentAt + now) / 2, rttMs };
  if (best === null || rttMs <= best.rttMs) return sample;
  return Math.abs(sample.offsetMs - best.offsetMs) > (sample.rttMs + best.rttMs) / 2 ? sample : best;
}
