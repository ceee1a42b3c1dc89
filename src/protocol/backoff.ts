/** How long to wait before the next attempt: exponential, capped, half of it drawn. */
import { LIMITS, WAITS, type Waits } from './limits.js';
import type { Millis } from './machine.js';
import type { Rng } from './rng.js';

export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
  readonly attemptsMax: number;
}

/** How a device comes back to its server. */
export function reconnectBackoff({ reconnectMs, reconnectMsMax }: Waits): Backoff {
  return { firstMs: reconnectMs, maxMs: reconnectMsMax, attemptsMax: LIMITS.reconnectAttemptsMax };
}

/** How a device without a socket asks by HTTP: as long as it shows the call, which has a bound of its own. */
export function refetchBackoff({ refetchMs, refetchMsMax }: Waits): Backoff {
  return { firstMs: refetchMs, maxMs: refetchMsMax, attemptsMax: Infinity };
}

export const RECONNECT: Backoff = reconnectBackoff(WAITS);

/**
 * The wait before attempt number `attempt` (0 is the first), in milliseconds, or null when there were enough. Half of
 * the wait is fixed and half is drawn, so that clients that lost the same server do not come back in step.
 */
export function delayBefore(attempt: number, rng: Rng, backoff: Backoff = RECONNECT): Millis | null {
  if (attempt >= backoff.attemptsMax) return null;
  const ceiling = Math.min(backoff.maxMs, backoff.firstMs * 2 ** attempt);
  return ceiling / 2 + (rng.next() * ceiling) / 2;
}
