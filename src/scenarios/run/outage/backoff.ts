/** The wait for an absent target: checks with growing pauses, up to a limit. Pure; the time is passed in. */
import type { Millis } from '../../../protocol/machine.js';

const FIRST_MS = 100;
const LONGEST_MS = 2_000;

export interface Backoff {
  readonly sinceMs: Millis;
  readonly untilMs: Millis;
  /** Number of checks so far. */
  readonly checks: number;
}

export function backoffFrom(now: Millis, waitMs: Millis): Backoff {
  return { sinceMs: now, untilMs: now + waitMs, checks: 0 };
}

/** The pause until the next check, and the remaining wait; null if it is over. The last check is at the very end. */
export function nextCheck(backoff: Backoff, now: Millis): { readonly afterMs: Millis; readonly backoff: Backoff } | null {
  if (now >= backoff.untilMs) return null;
  const pauseMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** backoff.checks);
  return { afterMs: Math.min(pauseMs, backoff.untilMs - now), backoff: { ...backoff, checks: backoff.checks + 1 } };
}
