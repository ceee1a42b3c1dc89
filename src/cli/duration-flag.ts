/** Durations on the command line. */
import { parseDuration } from '../scenarios/language/duration.js';
import { UsageError } from './exit.js';

/** The duration of a flag in milliseconds. Throws a UsageError that names the flag. */
export function durationFlag(flag: string, text: string): number {
  const read = parseDuration(text);
  if (read.ok) return read.value;
  throw new UsageError(
    `${flag} ${JSON.stringify(text.slice(0, 80))}: ${read.message}${read.hint === null ? '' : `; ${read.hint}`}`,
  );
}
