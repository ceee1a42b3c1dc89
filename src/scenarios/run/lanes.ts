/** Runs waiting work with limited concurrency, in order. */

/**
 * Runs `work` for every item, at most `lanes` at the same time; starts no new item once `signal` is aborted. If work rejects,
 * running work ends and nothing else starts; then it rejects with the first error.
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
