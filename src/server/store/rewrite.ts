/**
 * Reads the file of a store, proves that it is whole, and writes what it holds into a new one. Every start does this: what
 * goes on is free of holes, and of any damage in pages that hold nothing now but would be used for the next entries.
 */
import { type Database, open } from 'lmdb';
import { readHeader } from './header.js';
import { FORMAT, META_KEY, type Meta, resum, SEAL_KEY, type Seal, seal, unseal } from './sealed.js';

/** Why a file can't be used, in words that follow its name. `newer` ones are sound, but not for this version. */
export interface Problem {
  readonly kind: 'damaged' | 'newer';
  readonly text: string;
}

/** Opens a file of a store. A commit has been flushed to the disk when it returns: `lmdb` does it later unless told not to. */
export function openFile(path: string, options: { readonly readOnly?: boolean } = {}): Database<Buffer, string> {
  return open<Buffer, string>({ path, encoding: 'binary', overlappingSync: false, maxDbs: 1, maxReaders: 8, ...options });
}

/**
 * Writes the entries of `source` to the new file `target`, or just what an empty store has when there is no source.
 * Resolves to null when it is done and on the disk, else to what is wrong with the source. LMDB trusts its file: on a
 * damaged one it may end the process, so whoever has something to lose calls this in another one.
 */
export async function rewrite(source: string | null, target: string, nowMs: number): Promise<Problem | null> {
  const read =
    source === null ? { meta: { format: FORMAT, createdAt: nowMs }, entries: new Map<string, string>() } : await readAll(source);
  if ('kind' in read) return read;
  const file = openFile(target);
  file.transactionSync(() => {
    let sum = 0;
    const put = (key: string, text: string): unknown => file.putSync(key, Buffer.from(text));
    for (const [key, text] of read.entries) {
      put(key, text);
      sum = resum(sum, 0, unseal(key, text)?.checksum ?? 0);
    }
    put(META_KEY, seal(META_KEY, read.meta).text);
    put(SEAL_KEY, seal(SEAL_KEY, { commit: 1, entries: read.entries.size, sum }).text);
  });
  await file.close();
  return null;
}

interface Contents {
  readonly meta: Meta;
  /** Key to sealed text, without the file's own entries. */
  readonly entries: Map<string, string>;
}

const damaged = (text: string): Problem => ({ kind: 'damaged', text });

async function readAll(path: string): Promise<Contents | Problem> {
  const header = readHeader(path);
  if (!header.ok) return damaged(header.problem);
  const file = openFile(path, { readOnly: true });
  try {
    const found = new Map<string, string>();
    for (const { key, value } of file.getRange()) {
      if (found.has(key)) return damaged(`it has ${JSON.stringify(key)} twice`);
      found.set(key, value.toString('utf8'));
    }
    return contentsOf(found, header.txn);
  } catch (error) {
    return damaged(`LMDB can't read it: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await file.close();
  }
}

/** Checks entries as they were read against each other and against the transaction that wrote them last. */
function contentsOf(found: ReadonlyMap<string, string>, txn: number): Contents | Problem {
  const entries = new Map(found);
  const own = (key: string): unknown => {
    const text = entries.get(key);
    entries.delete(key);
    return text === undefined ? undefined : (unseal(key, text)?.value ?? null);
  };
  const meta = own(META_KEY);
  const sealed = own(SEAL_KEY);
  if (meta === undefined) return damaged(`it has ${entries.size} entries, but none says what format they are in`);
  if (!isNumbers<Meta>(meta, ['format', 'createdAt'])) return damaged('the entry with its format was altered');
  if (meta.format > FORMAT)
    return { kind: 'newer', text: `it has format ${meta.format}; this version knows formats up to ${FORMAT}` };
  if (!isNumbers<Seal>(sealed, ['commit', 'entries', 'sum']))
    return damaged('the seal over its entries is missing or was altered');
  let sum = 0;
  for (const [key, text] of entries) {
    const entry = unseal(key, text);
    if (entry === null) return damaged(`its entry ${JSON.stringify(key)} was altered`);
    sum = resum(sum, 0, entry.checksum);
  }
  if (entries.size !== sealed.entries) return damaged(`it has ${entries.size} entries, but ${sealed.entries} were written`);
  if (sum !== sealed.sum) return damaged('its entries are not the ones that were last written');
  if (txn !== sealed.commit) return damaged(`it is put together from two states: commit ${sealed.commit} in transaction ${txn}`);
  return { meta, entries };
}

function isNumbers<T>(value: unknown, keys: readonly (keyof T & string)[]): value is T {
  if (typeof value !== 'object' || value === null) return false;
  return keys.every((key) => typeof (value as Record<string, unknown>)[key] === 'number');
}
