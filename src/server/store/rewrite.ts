/**
 * Reads the file of a store, verifies it, and writes its contents to a new file. Every start does this: the new file has no holes,
 * and no damage in unused pages that the next entries would use.
 */
import { type Database, open } from 'lmdb';
import { readHeader } from './header.js';
import { FORMAT, META_KEY, type Meta, resum, SEAL_KEY, type Seal, seal, unseal } from './sealed.js';

/** Why a file cannot be used, as a text that follows its name. A `newer` file is intact, but too new for this version. */
export interface Problem {
  readonly kind: 'damaged' | 'newer';
  readonly text: string;
}

/** Opens a file of a store. A commit has been flushed to the disk when it returns: by default `lmdb` flushes later. */
export function openFile(path: string, options: { readonly readOnly?: boolean } = {}): Database<Buffer, string> {
  return open<Buffer, string>({ path, encoding: 'binary', overlappingSync: false, maxDbs: 1, maxReaders: 8, ...options });
}

/**
 * Writes the entries of `source` to the new file `target`, or those of an empty store without a source. Resolves to null when it is
 * on the disk, otherwise to the problem of the source. LMDB trusts its file: a damaged one may end the process, so call this in a
 * separate process.
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
    return damaged(`LMDB cannot read it: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await file.close();
  }
}

/** Checks the entries against each other and against the transaction that wrote them last. */
function contentsOf(found: ReadonlyMap<string, string>, txn: number): Contents | Problem {
  const entries = new Map(found);
  const own = (key: string): unknown => {
    const text = entries.get(key);
    entries.delete(key);
    return text === undefined ? undefined : (unseal(key, text)?.value ?? null);
  };
  const meta = own(META_KEY);
  const sealed = own(SEAL_KEY);
  if (meta === undefined) return damaged(`it has ${entries.size} entries, but no entry with their format`);
  if (!isNumbers<Meta>(meta, ['format', 'createdAt'])) return damaged('the entry with its format was altered');
  if (meta.format > FORMAT)
    return { kind: 'newer', text: `it has format ${meta.format}; this version supports formats up to ${FORMAT}` };
  if (!isNumbers<Seal>(sealed, ['commit', 'entries', 'sum']))
    return damaged('the seal over its entries is missing or was altered');
  let sum = 0;
  for (const [key, text] of entries) {
    const entry = unseal(key, text);
    if (entry === null) return damaged(`its entry ${JSON.stringify(key)} was altered`);
    sum = resum(sum, 0, entry.checksum);
  }
  if (entries.size !== sealed.entries) return damaged(`it has ${entries.size} entries, but ${sealed.entries} were written`);
  if (sum !== sealed.sum) return damaged('its entries are not those of the last commit');
  if (txn !== sealed.commit) return damaged(`it is assembled from two states: commit ${sealed.commit} in transaction ${txn}`);
  return { meta, entries };
}

function isNumbers<T>(value: unknown, keys: readonly (keyof T & string)[]): value is T {
  if (typeof value !== 'object' || value === null) return false;
  return keys.every((key) => typeof (value as Record<string, unknown>)[key] === 'number');
}
