/** How late this process is: what its event loop could not do in time it may have charged to whom it watches. */
import type { Millis } from '../../protocol/machine.js';
import type { Clock } from './ports.js';

/** Between two looks at the clock, in milliseconds. */
const LOOK_MS = 10;
/** A look that is late by less than this is what timers do, and is not told. */
const TOLD_MS = 10;

export interface LagWatch {
  /** The longest that the event loop stood still so far, and all of it that was told, in milliseconds. */
  readonly worstMs: Millis;
  readonly lostMs: Millis;
  stop(): void;
}

/** Watches the event loop of this process from now on; `late` is called after each time that it stood still, with for how long. */
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
      // What stood still right before the end is the last that is told.
      look();
      clearInterval(timer);
    },
  };
}
