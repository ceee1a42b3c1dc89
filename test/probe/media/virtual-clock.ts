/** A clock for lines and relays that stands still until a test moves it. */
import type { LineClock } from '../../../src/probe/media/packet-queue.js';

export interface VirtualClock extends LineClock {
  /** Moves the clock to `to`, firing what is due on the way. */
  run(to: number): void;
  /** Timers that wait now, and the most that ever waited. */
  armed(): number;
  armedMax(): number;
}

/** A clock at 0. */
export function virtualClock(): VirtualClock {
  let now = 0;
  let timers: { at: number; wake: () => void }[] = [];
  let armedMax = 0;
  return {
    now: () => now,
    after(ms, wake) {
      const timer = { at: now + ms, wake };
      timers.push(timer);
      armedMax = Math.max(armedMax, timers.length);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    run(to) {
      for (;;) {
        const due = timers.sort((a, b) => a.at - b.at)[0];
        if (due === undefined || due.at > to) break;
        timers.shift();
        now = Math.max(now, due.at);
        due.wake();
      }
      now = Math.max(now, to);
    },
    armed: () => timers.length,
    armedMax: () => armedMax,
  };
}
