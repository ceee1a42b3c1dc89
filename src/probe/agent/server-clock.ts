/** What a device knows of the server's clock: the best of its samples. */
import type { Millis } from '../../protocol/machine.js';

export interface ClockSample {
  /** Server time minus own time, in milliseconds. */
  readonly offsetMs: Millis;
  readonly rttMs: Millis;
}

/** The sample of the shorter round trip, the later at a tie: its error is at most half of that (RFC 5905 section 10 reasons so). */
export function betterSample(best: ClockSample | null, serverTime: Millis, sentAt: Millis, now: Millis): ClockSample {
  const rttMs = now - sentAt;
  return best !== null && best.rttMs < rttMs ? best : { offsetMs: serverTime - (sentAt + now) / 2, rttMs };
}
