/** Measures how late this process is: delays of its own event loop must not be charged to the target. */
import type { Millis } from '../../protocol/machine.js';
import type { Clock } from './ports.js';

/** Interval of the check, in milliseconds. */
const LOOK_MS = 10;
/** Delays below this are normal for timers, and not reported. */
const TOLD_MS = 10;

export interface LagWatch {
  /** The longest delay of the event loop so far, and the sum of all reported ones, in milliseconds. */
  readonly worstMs: Millis;
  readonly lostMs: Millis;
  stop(): void;
}

/** Watches the event loop of this process; `late` is called after each delay, with its length. */
export function watchLag(clock: Clock, late: (lateMs: Millis) => void): LagWatch {
  let due = clock.now() + LOOK_MS;
  let worstMs = 0;
  let lostMs = 0;
  const look = (): void => {
    const now = clock.now();
    const lateMs = now - due;
    due = now + LOOK_MS;
    if (lateMs < TOLD_MS) return;
    worstMs = Math.max(worstMs, lateMs);
    lostMs += lateMs;
    late(lateMs);
  };
  const timer = setInterval(look, LOOK_MS);
  return {
    get worstMs() {
      return worstMs;
    },
    get lostMs() {
      return lostMs;
    },
    stop() {
      // A delay right before the end is reported last.
      look();
      clearInterval(timer);
    },
  };
}
