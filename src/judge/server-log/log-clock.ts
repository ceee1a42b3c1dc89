/** How far the clock of a server's log is ahead of that of a trace, by what both of them saw. */
import type { Millis } from '../../protocol/machine.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { isSent, type LogEntry } from './log-entry.js';

type Wire = EventOf<'wire'>;

export interface ClockOffset {
  /** What to take from a time of the log to get one of the trace. */
  readonly ahead: Millis;
  /** Half of the range in which it lies. */
  readonly uncertainMs: Millis;
}

/** Times of a log have no fractions. */
const ROUNDED_MS = 1;

/**
 * Every line about a command was written after the device wrote the command; every line about a frame that a device read
 * was written before it read it. Together they leave a range. Where they contradict each other, as when a clock was set
 * in between, the middle of what most of them say is taken.
 */
export function clockOffset(
  log: readonly LogEntry[],
  trace: readonly TraceEvent[],
  commandOf: (entry: LogEntry) => Wire | undefined,
  readFor: (entry: LogEntry) => Wire | undefined,
): ClockOffset {
  const highs: number[] = [];
  const lows: number[] = [];
  for (const entry of log) {
    const sent = commandOf(entry);
    const read = isSent(entry) ? readFor(entry) : undefined;
    if (sent !== undefined) highs.push(entry.time + ROUNDED_MS - sent.wall);
    if (read !== undefined) lows.push(entry.time - read.wall);
  }
  const high = highs.reduce((least, one) => Math.min(least, one), Infinity);
  const low = lows.reduce((most, one) => Math.max(most, one), -Infinity);
  if (Number.isFinite(high) && Number.isFinite(low) && low <= high)
    return { ahead: (low + high) / 2, uncertainMs: (high - low) / 2 };
  const all = [...highs, ...lows].sort((a, b) => a - b);
  const first = log[0];
  const median = all[Math.floor(all.length / 2)] ?? (first === undefined ? 0 : first.time - (trace[0]?.wall ?? first.time));
  return { ahead: median, uncertainMs: all.length === 0 ? Infinity : ((all.at(-1) ?? 0) - (all[0] ?? 0)) / 2 };
}
