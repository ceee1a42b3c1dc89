/** The wait for an absent target: checks with growing pauses, up to a limit. Pure; the time is passed in. */
import type { Millis } from '../../../protocol/machine.js';

const FIRST_MS = 100;
const LONGEST_MS = 2_000;

export interface Patience {
  readonly sinceMs: Millis;
  readonly untilMs: Millis;
  /** Number of checks so far. */
  readonly looks: number;
}

export function patienceFrom(now: Millis, waitMs: Millis): Patience {
  return { sinceMs: now, untilMs: now + waitMs, looks: 0 };
}

/** The pause until the next check, and the remaining wait; null if it is over. The last check is at the very end. */
export function nextLook(patience: Patience, now: Millis): { readonly afterMs: Millis; readonly patience: Patience } | null {
  if (now >= patience.untilMs) return null;
  const pauseMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** patience.looks);
  return { afterMs: Math.min(pauseMs, patience.untilMs - now), patience: { ...patience, looks: patience.looks + 1 } };
}
