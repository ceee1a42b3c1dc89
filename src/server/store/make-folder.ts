/** Makes a folder with those above it, and always comes to an end. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and whatever is missing above it; one that is there already is left alone. Throws the system's error.
 * Node's own recursive `mkdir` never returns where a folder exists and can hold no other, as below `/proc` or a link
 * that leads nowhere: it takes the ENOENT for a missing parent, finds that, and tries again for ever.
 */
export function makeFolder(folder: string, mode = 0o777): void {
  const missing: string[] = [];
  for (let at = resolve(folder); !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
  for (const one of missing) makeOne(one, mode);
  // Nothing was missing, and it may yet be a file.
  if (!isFolder(folder)) mkdirSync(folder, { mode });
}

/** Two processes may make the same folder at the same time. */
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
