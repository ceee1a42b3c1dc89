/** Traces from files and folders, read line by line without trust: bounded in files, bytes and events, whatever they hold. */
import { createReadStream, type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TraceEvent } from '../trace/event.js';
import { createDecoder, JSONL_LIMITS, type TraceProblem } from '../trace/jsonl.js';
import { UsageError } from './exit.js';

export const TRACE_INPUT = {
  filesMax: 10_000,
  /** Events of one trace that are kept: more than any one scenario makes. */
  eventsMax: 100_000,
  /** Text of one trace that is read, in bytes: what comes after is not looked at. */
  bytesMax: 96 * 2 ** 20,
} as const;

/** Frames of these kinds carry nothing that is looked at later: their text is not kept, which saves most of the memory. */
const WITHOUT_FRAME = /^(ack|ping|pong|receipt)$/;

export interface TraceInput {
  readonly file: string;
  readonly events: readonly TraceEvent[];
  readonly problems: readonly TraceProblem[];
  /** How much of it was not looked at, in a sentence, or null when all was. */
  readonly unread: string | null;
}

/** The traces at these paths, each once; folders with all below them. Throws a UsageError that names the path. */
export function traceFilesAt(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined)
      throw new UsageError(`${path}: there is no such file or folder; name a trace (*.trace.jsonl) or a folder of them`);
    if (!stat.isDirectory()) return [path];
    const below = (readdirSync(path, { recursive: true, withFileTypes: true }) as Dirent[])
      .filter((entry) => entry.isFile() && entry.name.endsWith('.trace.jsonl'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    if (below.length === 0)
      throw new UsageError(`${path}: no *.trace.jsonl in this folder; name the one that --out of the run named`);
    return below;
  });
  const once = [...new Set(files)];
  if (once.length > TRACE_INPUT.filesMax) {
    throw new UsageError(
      `${once.length} traces are more than the ${TRACE_INPUT.filesMax} that are read at once: name a part of them`,
    );
  }
  return once;
}

/**
 * Reads one trace. Throws a UsageError with the file, and the line where there is one, when nothing of it can be used: an
 * empty file, another format, another schema.
 */
export async function readTrace(
  file: string,
  limits: { eventsMax: number; bytesMax: number } = TRACE_INPUT,
): Promise<TraceInput> {
  const events: TraceEvent[] = [];
  let samples = 0;
  let dropped = 0;
  let bytes = 0;
  let isFull = false;
  const decoder = createDecoder((event) => {
    const isSample = event.type === 'timer' || (event.type === 'media' && event.stats !== null);
    if (isSample) samples++;
    // Samples are given up first: without them there is still a story.
    if (isSample && samples > limits.eventsMax / 4) dropped++;
    else if (events.length < limits.eventsMax)
      events.push(event.type === 'wire' && WITHOUT_FRAME.test(event.kind) ? withoutFrame(event) : event);
    else isFull = true;
  });
  let rest = '';
  let isFirst = true;
  let lines = 0;
  const stream = createReadStream(file, { encoding: 'utf8', highWaterMark: 256 * 1024 });
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      if (isFirst) {
        const flaw = foreignness(chunk);
        if (flaw !== null) throw new UsageError(`${file}: ${flaw}`);
        rest = chunk.charCodeAt(0) === 0xfeff ? chunk.slice(1) : chunk;
        isFirst = false;
      } else rest += chunk;
      bytes += chunk.length;
      let start = 0;
      for (let stop = rest.indexOf('\n'); stop !== -1; stop = rest.indexOf('\n', start)) {
        decoder.line(rest, start, stop, true);
        lines++;
        start = stop + 1;
      }
      rest = rest.slice(start);
      if (decoder.isForeign() || isFull || bytes > limits.bytesMax) break;
      // A line that is too long to be an event is not gathered to its end.
      if (rest.length > 4 * JSONL_LIMITS.lineCharsMax) {
        if (events.length === 0)
          throw new UsageError(
            `${file}:${lines + 1}: a line of more than ${JSONL_LIMITS.lineCharsMax} characters: this is no trace`,
          );
        break;
      }
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    stream.destroy();
  }
  const wasCut = isFull || bytes > limits.bytesMax;
  if (rest !== '' && !wasCut && !decoder.isForeign()) decoder.line(rest, 0, rest.length, false);
  const problems = decoder.finish();
  if (events.length === 0 || decoder.isForeign()) {
    const [first] = problems;
    const where = first === undefined || first.line === 0 ? '' : `:${first.line}`;
    throw new UsageError(
      `${file}${where}: ${lines === 0 && rest === '' ? 'the file is empty' : (first?.message ?? 'no event could be read')}; a trace is a file *.trace.jsonl of call-probe`,
    );
  }
  const unread = [
    ...(wasCut ? [`only the first ${events.length} events were read`] : []),
    ...(dropped > 0 ? [`${dropped} samples of timers and media were left out`] : []),
  ];
  return { file, events, problems, unread: unread.length === 0 ? null : unread.join('; ') };
}

function withoutFrame<E extends { readonly frame?: unknown }>(event: E): E {
  const { frame: _, ...slim } = event;
  return slim as E;
}

/** Why the beginning of a file can't be that of a trace, or null when it may be. */
function foreignness(head: string): string | null {
  if (head.includes('\0') || head.startsWith('\u001f\ufffd'))
    return 'this is a binary or compressed file, no trace; unpack it first';
  const text = head.trimStart();
  if (/^\{\s*"log"\s*:/.test(text))
    return 'this is a HAR file of a browser, which says nothing about WebSocket calls; a trace is a file *.trace.jsonl of call-probe';
  if (/^\{[^\n]*"schema"\s*:\s*"call-probe\/report@/.test(text) || /^\{\s*"schema"\s*:\s*"call-probe\/report@/.test(text)) {
    return 'this is a report, no trace; its scenarios name their traces under "trace"';
  }
  return null;
}
