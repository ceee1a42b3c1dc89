/** A bound on what has bounds of its own: should one of them ever fail, a run goes on all the same, and says so. */
import type { Millis } from '../../protocol/machine.js';

/** What `work` resolves to, or `late()` when that takes longer than `ms`. */
export async function withOvertime<T>(work: Promise<T>, ms: Millis, late: () => T): Promise<T> {
  let timer: NodeJS.Timeout | null = null;
  const over = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late()), ms);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}
