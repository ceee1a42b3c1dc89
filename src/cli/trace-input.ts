/** Traces that earlier runs left, as commands are given them: by path or by folder. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './exit.js';

/** More than that is no report that anybody reads. */
const FILES_MAX = 10_000;

/** The trace files at these paths, each once; folders with all below them. Throws a UsageError that names the path. */
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
  if (once.length > FILES_MAX)
    throw new UsageError(`${once.length} traces are more than the ${FILES_MAX} that are read at once: name a part of them`);
  return once;
}
