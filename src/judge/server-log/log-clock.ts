/** How far the clock of a server's log is ahead of that of a trace, by what both of them saw. */
import type { Millis } from '../../protocol/machine.js';

export interface ClockOffset {
  /** What to take from a time of the log to get one of the trace. */
  readonly ahead: Millis;
  /** Half of the range in which it lies. */
  readonly uncertainMs: Millis;
}

/**
 * Every line about a command was written after the device wrote the command: `highs`, by how much at most the log is ahead. Every
 * line about a frame that a device read was written before it read it: `lows`, by how much at least. Where they contradict each
 * other, as when a clock was set in between, the middle of what most of them say is taken; `otherwise` where there are none.
 */
export function clockOffset(highs: readonly Millis[], lows: readonly Millis[], otherwise: Millis): ClockOffset {
  const high = highs.reduce((least, one) => Math.min(least, one), Infinity);
  const low = lows.reduce((most, one) => Math.max(most, one), -Infinity);
  if (Number.isFinite(high) && Number.isFinite(low) && low <= high)
    return { ahead: (low + high) / 2, uncertainMs: (high - low) / 2 };
  const all = [...highs, ...lows].sort((a, b) => a - b);
  const median = all[Math.floor(all.length / 2)] ?? otherwise;
  return { ahead: median, uncertainMs: all.length === 0 ? Infinity : ((all.at(-1) ?? 0) - (all[0] ?? 0)) / 2 };
}
