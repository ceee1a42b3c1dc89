/** Reads the JSON log of `call-probe serve` (pino) line by line, and validates it. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { isAboutCalls, type LogEntry } from '../judge/server-log/server-log.js';
import { UsageError } from './exit.js';

/** Maximum number of lines about calls; a log may cover months. */
const ENTRIES_MAX = 500_000;
const LINE_CHARS_MAX = 64 * 1024;

const HOW = 'use the log that `call-probe serve --log-format json --log-level debug` writes to standard error';

/** The lines about calls. Throws a UsageError that names the file if it is not such a log. */
export async function readServerLog(file: string): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  let number = 0;
  const stream = createReadStream(file, 'utf8');
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      number++;
      const entry = line.length > LINE_CHARS_MAX ? null : entryIn(line, number);
      if (entry === 'trace')
        throw new UsageError(`${file}:${number}: this is a trace, not a server log: name it with the other traces; ${HOW}`);
      if (entry !== null) entries.push(entry);
      if (entries.length >= ENTRIES_MAX) break;
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--server-log ${file}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    stream.destroy();
  }
  if (entries.length === 0) throw new UsageError(`--server-log ${file}: none of its ${number} lines concerns a call; ${HOW}`);
  return entries;
}

function entryIn(line: string, number: number): LogEntry | 'trace' | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // Other output on standard error may be between the lines of the log.
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const fields = value as Readonly<Record<string, unknown>>;
  if (fields['type'] === 'run' && 'schema' in fields) return 'trace';
  const message = fields['msg'];
  const time = typeof fields['time'] === 'string' ? Date.parse(fields['time']) : fields['time'];
  if (typeof message !== 'string' || typeof time !== 'number' || !Number.isFinite(time) || !isAboutCalls(message)) return null;
  const text = (name: string): string | null => {
    const one = fields[name];
    return typeof one === 'string' ? one : null;
  };
  const count = (name: string): number | null => {
    const one = fields[name];
    return typeof one === 'number' && Number.isSafeInteger(one) ? one : null;
  };
  const calls = Array.isArray(fields['calls']) ? fields['calls'].filter((one): one is string => typeof one === 'string') : [];
  return {
    ...{
      line: number,
      time,
      message,
      calls,
      call: text('callId'),
      device: text('device'),
      seq: count('seq'),
      version: count('version'),
    },
    ...{ reason: text('reason'), move: text('move'), command: text('command'), why: text('why') },
  };
}
