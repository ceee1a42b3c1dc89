/** Storage for what must survive the server's process. */
import type { StoredEntry, StoredValue } from '../hub/stored.js';

/** The value for a key; null removes the key. */
export interface StoreChange {
  readonly key: string;
  readonly value: StoredValue | null;
}

export interface Store {
  /** All entries, in no particular order. */
  load(): Iterable<StoredEntry>;
  /**
   * Commits a batch, all or nothing, in order; null removes a key. When it returns, the batch survives the end of the process. If it
   * throws, nothing of the batch may be sent, and the store accepts nothing more.
   */
  commit(entries: readonly StoreChange[]): void;
  /** Removes all entries at once. Throws as `commit` does. */
  clear(): void;
  /** Releases the store for another server. Committed entries are kept; may be called again. */
  close(): Promise<void>;
}

/** A store cannot be used. The message has the problem, the place and what to do next; the store was not changed. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
