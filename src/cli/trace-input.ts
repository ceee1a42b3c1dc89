/** Saved traces as arguments of commands: files or folders. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './exit.js';

/** A report of more traces would not be readable. */
const FILES_MAX = 10_000;

/** The trace files at these paths without duplicates; folders recursively. Throws a UsageError that names the path. */
export function traceFilesAt(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined)
      throw new UsageError(`${path}: no such file or folder; name a trace (*.trace.jsonl) or a folder of traces`);
    if (!stat.isDirectory()) return [path];
    const below = (readdirSync(path, { recursive: true, withFileTypes: true }) as Dirent[])
      .filter((entry) => entry.isFile() && entry.name.endsWith('.trace.jsonl'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    if (below.length === 0) throw new UsageError(`${path}: no *.trace.jsonl in this folder; name the --out folder of the run`);
    return below;
  });
  const once = [...new Set(files)];
  if (once.length > FILES_MAX) throw new UsageError(`${once.length} traces exceed the limit of ${FILES_MAX}: name fewer`);
  return once;
}
