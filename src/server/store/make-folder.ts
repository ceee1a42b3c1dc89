/** Creates a folder with its parents, and always returns. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Creates a folder and its missing parents; an existing folder is kept. Throws the system's error. Node's own recursive `mkdir`
 * never returns if a folder exists and no other can be created in it, as below `/proc` or a broken link: it takes the ENOENT for a
 * missing parent, finds the parent, and tries again without end.
 */
export function makeFolder(folder: string, mode = 0o777): void {
  const missing: string[] = [];
  for (let at = resolve(folder); !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
  for (const one of missing) makeOne(one, mode);
  // Nothing was missing, but it may be a file.
  if (!isFolder(folder)) mkdirSync(folder, { mode });
}

/** Two processes may create the same folder at the same time. */
function makeOne(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if (!isFolder(folder)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
