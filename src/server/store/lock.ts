/** Reserves a folder for one server: a file in it names the process, and is valid while that process lives. */
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from './store.js';

export const LOCK_FILE = 'server.lock';

interface Owner {
  readonly pid: number;
  /** When the process started, in the system's ticks; null if unknown. Process ids are reused. */
  readonly startedAt: string | null;
}

/**
 * Locks the folder and returns how to release it. Throws a StoreError if another live server has it, and the system's error if the
 * folder cannot be written. The lock of a killed server is ignored.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, LOCK_FILE);
  const mine = JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) } satisfies Owner);
  // Written aside and then linked, so that the file appears complete or not at all.
  const draft = join(folder, `.${LOCK_FILE}-${randomBytes(6).toString('hex')}`);
  writeFileSync(draft, mine, { flag: 'wx' });
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (isLinked(draft, path)) return () => unlock(path, mine);
      removeStale(path);
    }
    throw new StoreError(`${path} is being locked by other servers; start this one again when they are up`);
  } finally {
    rmSync(draft, { force: true });
  }
}

function isLinked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Removes the lock of a process that is gone; throws a StoreError if the process lives, or if that is unknown. */
function removeStale(path: string): void {
  const text = readIfThere(path);
  if (text === null) return;
  const owner = ownerIn(text);
  if (owner === null)
    throw new StoreError(`${path} is damaged, so that it is unknown whether a server uses this folder; delete it if none does`);
  if (isAlive(owner))
    throw new StoreError(
      `${path}: the store is in use by process ${owner.pid}; stop that server, or give this one another folder with --store`,
    );
  const aside = `${path}-${randomBytes(6).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  // Between reading and renaming, another server may have put its own lock there: it is put back.
  const taken = readFileSync(aside, 'utf8');
  if (taken !== text) isLinked(aside, path);
  rmSync(aside, { force: true });
}

function unlock(path: string, mine: string): void {
  if (readIfThere(path) === mine) rmSync(path, { force: true });
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function ownerIn(text: string): Owner | null {
  const found = /^\{"pid":(\d{1,10}),"startedAt":(?:null|"(\d{1,20})")\}$/.exec(text);
  return found === null ? null : { pid: Number(found[1]), startedAt: found[2] ?? null };
}

function isAlive({ pid, startedAt }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
  }
  const now = statOf(pid);
  if (now === null) return true;
  return now.state !== 'Z' && (startedAt === null || startedAt === now.startedAt);
}

function startOf(pid: number): string | null {
  return statOf(pid)?.startedAt ?? null;
}

/** State and start of a process from Linux's /proc (proc_pid_stat(5), fields 3 and 22); null elsewhere. */
function statOf(pid: number): { readonly state: string; readonly startedAt: string } | null {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The second field, the name, may hold anything; it ends with the last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startedAt: fields[19] ?? '' };
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
