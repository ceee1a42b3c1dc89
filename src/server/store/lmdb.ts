/** A store in one LMDB file: each commit is on the disk when it returns, completely or not at all. */
import { execFile } from 'node:child_process';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StoredEntry, StoredValue } from '../hub/stored.js';
import { readHeader } from './header.js';
import { lockFolder } from './lock.js';
import { makeFolder } from './make-folder.js';
import { openFile, type Problem, rewrite } from './rewrite.js';
import { META_KEY, resum, SEAL_KEY, seal, unseal } from './sealed.js';
import { type Store, type StoreChange, StoreError } from './store.js';

/** The file in a store's folder that holds everything. */
export const DATA_FILE = 'calls.mdb';

/** Free bytes on the disk that a start needs beyond a second copy of the store. */
const SPARE_BYTES = 2 ** 20;

/** How long reading and rewriting may take before the file counts as damaged: a loop in it would never end. */
const REWRITE_MS_MAX = 60_000;

/**
 * Opens the store of a folder, which is created if missing. `nowMs` is the wall clock, for the date of a new store. Rejects with a
 * StoreError if the folder cannot be written, is in use by another server, or has a store that is damaged or too new; the store is
 * then unchanged.
 */
export async function openLmdbStore(folder: string, nowMs: number): Promise<Store> {
  const unlock = taken(folder);
  try {
    const path = join(folder, DATA_FILE);
    await renew(path, nowMs);
    return storeIn(path, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

function taken(folder: string): () => void {
  try {
    makeFolder(folder, 0o700);
    return lockFolder(folder);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const why = existsSync(folder) && !statSync(folder).isDirectory() ? 'it is a file, not a folder' : messageOf(error);
    throw new StoreError(`the store cannot be kept in ${folder}: ${why}; give --store a folder that this user may write`);
  }
}

/** Replaces the file by one without holes and damage, if it is intact. */
async function renew(path: string, nowMs: number): Promise<void> {
  const fresh = `${path}.new`;
  // Left over from an interrupted start: it never counted.
  removeFile(fresh);
  wantSpace(path);
  try {
    const problem = existsSync(path) ? await renewed(path, fresh) : await rewrite(null, fresh, nowMs);
    if (problem !== null) throw refusal(path, problem);
    // The old file's table of readers does not apply to the new one, and its transaction numbers are higher.
    rmSync(`${path}-lock`, { force: true });
    renameSync(fresh, path);
    flushFolder(path);
  } finally {
    removeFile(fresh);
  }
}

/** On a full disk LMDB may end the writing process, which would look like a damaged file. */
function wantSpace(path: string): void {
  const wanted = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) + SPARE_BYTES;
  const { bavail, bsize } = statfsSync(join(path, '..'));
  const free = bavail * bsize;
  if (free < wanted)
    throw new StoreError(`${path} cannot be opened: its disk has ${free} bytes left, a start needs ${wanted}. Free some space.`);
}

async function renewed(source: string, target: string): Promise<Problem | null> {
  const header = readHeader(source);
  return header.ok ? rewriteApart(source, target) : { kind: 'damaged', text: header.problem };
}

function removeFile(path: string): void {
  for (const file of [path, `${path}-lock`]) rmSync(file, { force: true });
}

/** Makes a rename durable: it belongs to the folder, not to the file. Windows has no equivalent, and needs none. */
function flushFolder(path: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(join(path, '..'), 'r');
  fsyncSync(fd);
  closeSync(fd);
}

function refusal(path: string, { kind, text }: Problem): StoreError {
  const advice =
    kind === 'newer'
      ? 'start the newer version that wrote it, or give this one another folder with --store'
      : 'restore a copy, or move the folder away to start with an empty store: live calls are lost then';
  return new StoreError(`${path} cannot be used: ${text}. It was not changed; ${advice}.`);
}

/** Runs `rewrite` in another process, which a file that crashes LMDB may end. */
function rewriteApart(source: string, target: string): Promise<Problem | null> {
  const entry = fileURLToPath(new URL('./rewrite-child.js', import.meta.url));
  return new Promise((resolve, reject) => {
    // Without the options of this process: a debugger's port, for example, cannot be used twice.
    const env = { ...process.env, NODE_OPTIONS: '' };
    const options = { timeout: REWRITE_MS_MAX, killSignal: 'SIGKILL', env } as const;
    const child = execFile(process.execPath, [entry, source, target], options, (error, stdout, stderr) => {
      const answer = /^\{"problem":.*\}$/.test(stdout) ? (JSON.parse(stdout) as { problem: Problem | null }) : null;
      if (error === null && answer !== null) return resolve(answer.problem);
      if (child.signalCode === 'SIGKILL')
        return resolve({ kind: 'damaged', text: `reading it did not end within ${REWRITE_MS_MAX / 1000} s` });
      if (child.signalCode !== null)
        return resolve({ kind: 'damaged', text: `LMDB cannot read it: ${child.signalCode} ended the process that tried` });
      const said = stderr.split('\n').find((line) => /Error/.test(line)) ?? `exit code ${child.exitCode}`;
      reject(new StoreError(`${source} could not be checked: ${said.trim()}. It was not changed; is the disk full?`));
    });
  });
}

/** The store in a newly written file. */
function storeIn(path: string, unlock: () => void): Store {
  const file = openFile(path);
  const load = (): (StoredEntry & { readonly checksum: number })[] => {
    const found = [...file.getRange()].filter(({ key }) => key !== META_KEY && key !== SEAL_KEY);
    return found.map(({ key, value }) => {
      const entry = unseal(key, value.toString('utf8'));
      if (entry === null) throw new StoreError(`${path}: entry ${JSON.stringify(key)} was altered while the server ran`);
      return { key, value: entry.value as StoredValue, checksum: entry.checksum };
    });
  };
  const checksums = new Map(load().map(({ key, checksum }) => [key, checksum]));
  let commits = 1;
  let sum = [...checksums.values()].reduce((total, checksum) => resum(total, 0, checksum), 0);
  let isOver = false;

  /** Writes the differences and the new seal in one transaction. */
  const commit = (changes: readonly StoreChange[]): void => {
    if (isOver) throw new StoreError(`${path}: the store is closed, or failed before`);
    const last = new Map(changes.map(({ key, value }) => [key, value === null ? null : seal(key, value)]));
    const different = [...last].filter(([key, sealed]) => checksums.get(key) !== sealed?.checksum);
    if (different.length === 0) return;
    try {
      file.transactionSync(() => {
        for (const [key, sealed] of different) {
          sum = resum(sum, checksums.get(key) ?? 0, sealed?.checksum ?? 0);
          if (sealed === null) {
            checksums.delete(key);
            file.removeSync(key);
          } else {
            checksums.set(key, sealed.checksum);
            file.putSync(key, Buffer.from(sealed.text));
          }
        }
        commits += 1;
        file.putSync(SEAL_KEY, Buffer.from(seal(SEAL_KEY, { commit: commits, entries: checksums.size, sum }).text));
      });
    } catch (error) {
      // The state in memory is ahead of the file now.
      isOver = true;
      throw new StoreError(`${path} could not be written: ${messageOf(error)}; is the disk full?`, { cause: error });
    }
  };

  return {
    load,
    commit,
    clear: () => commit([...checksums.keys()].map((key) => ({ key, value: null }))),
    async close() {
      isOver = true;
      await file.close();
      unlock();
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
