/** Work that mostly waits, done some at a time in the order given, and begun again where a server was late to start. */
import { TargetError } from '../probe/targets/target.js';

/** Does `work` for every item, at most `lanes` at the same time; takes up no new item once `signal` is aborted. */
export async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const lane = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined && !signal.aborted; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(lanes, items.length)) }, lane));
}

/** How often work is begun again when its target did not come up, as on a machine that is busy with other things. */
const STARTS_MAX = 3;

/** Does `work`, and again when its target did not come up. Rejects with the TargetError of the last time. */
export async function withPatience<T>(work: () => Promise<T>): Promise<T> {
  for (let starts = 1; ; starts++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TargetError) || starts === STARTS_MAX) throw error;
    }
  }
}
