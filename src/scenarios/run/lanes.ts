/** Work that mostly waits, done some at a time in the order given. */

/**
 * Does `work` for every item, at most `lanes` at the same time; takes up no new item once `signal` is aborted. Where work
 * rejects, what is under way comes to its end and nothing else is begun; then it rejects as the first of them did.
 */
export async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    while (next < items.length && !signal.aborted && failures.length === 0) {
      const item = items[next++] as T;
      await work(item).catch((error: unknown) => void failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(lanes, items.length)) }, lane));
  if (failures.length > 0) throw failures[0];
}
