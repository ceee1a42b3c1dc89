/** A bound on work that has bounds of its own: if one of them fails, the run continues and reports it. */
import type { Millis } from '../../protocol/machine.js';

/** The result of `work`, or `late()` if it takes longer than `ms`. */
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
