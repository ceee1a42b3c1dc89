/** Checks whether a failed expectation held a little later, if the probe itself may have been too slow. */
import { OVERLOAD_MS } from '../../judge/checkers/overload.js';
import type { LagWatch } from '../../probe/runtime/lag.js';
import type { Clock } from '../../probe/runtime/ports.js';
import type { MarkEvent } from '../../trace/event.js';
import type { Watch } from './watch.js';

interface Witness {
  readonly watch: Watch;
  readonly lag: LagWatch;
  readonly options: { readonly clock: Clock };
}

/** Maximum extra wait for an expectation in milliseconds, however late the event loop was. */
const LATE_MS_MAX = 5_000;

/** How late an expectation came to hold; there is no extra wait if the event loop was on time. */
export async function lateness({ watch, lag, options }: Witness, isHeld: () => boolean): Promise<Pick<MarkEvent, 'lateMs'>> {
  if (lag.worstMs < OVERLOAD_MS) return {};
  const since = options.clock.now();
  const came = await watch.until(isHeld, Math.min(lag.lostMs, LATE_MS_MAX));
  return came ? { lateMs: options.clock.now() - since } : {};
}
