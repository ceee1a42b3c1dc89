/** Traces that earlier runs left in files: found by path or folder, read without trust, bounded in size and number. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beginOf, type TraceEvent } from '../trace/event.js';
import { decodeTrace } from '../trace/jsonl.js';
import { UsageError } from './exit.js';

export const SAVED_TRACES = {
  /** More than that is no report that anybody reads. */
  filesMax: 10_000,
  /** One trace must fit into a string of the engine, and its events into memory. */
  bytesMax: 256 * 2 ** 20,
} as const;

export interface SavedTrace {
  /** Empty when nothing of it can be used. */
  readonly events: readonly TraceEvent[];
  /** What is wrong with it, in a sentence, or null. */
  readonly problem: string | null;
}

/** The trace files at these paths, each once, folders with everything below them. Throws a UsageError that names the path. */
export function traceFiles(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined)
      throw new UsageError(`${path}: there is no such file or folder; give traces (*.trace.jsonl) or folders of them`);
    if (!stat.isDirectory()) return [path];
    const below = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.trace.jsonl'));
    if (below.length === 0) throw new UsageError(`${path}: no *.trace.jsonl in it; name the folder that --out named`);
    return below.sort().map((name) => join(path, name));
  });
  const once = [...new Set(files)];
  if (once.length > SAVED_TRACES.filesMax)
    throw new UsageError(`${once.length} traces, at most ${SAVED_TRACES.filesMax}: name a part of them`);
  return once;
}

/** Reads one trace. Never throws: what can't be read is a problem with its reason. */
export function readSavedTrace(path: string): SavedTrace {
  const nothing = (problem: string): SavedTrace => ({ events: [], problem });
  try {
    const { size } = statSync(path);
    if (size > SAVED_TRACES.bytesMax) return nothing(`it has ${size} bytes, at most ${SAVED_TRACES.bytesMax} are read`);
    const { events, problems } = decodeTrace(readFileSync(path, 'utf8'));
    const [first] = problems;
    const problem = first === undefined ? null : `${first.line === 0 ? '' : `line ${first.line}: `}${first.message}`;
    return beginOf(events) === null ? nothing(problem ?? 'it does not start with the beginning of a run') : { events, problem };
  } catch (error) {
    return nothing(error instanceof Error ? error.message : String(error));
  }
}
