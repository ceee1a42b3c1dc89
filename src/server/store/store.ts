/** Where the server keeps what must survive it. */
import type { StoredEntry, StoredValue } from '../hub/stored.js';

/** What to keep under a key; null takes the key out. */
export interface StoreChange {
  readonly key: string;
  readonly value: StoredValue | null;
}

export interface Store {
  /** Everything kept, in no stated order. */
  load(): Iterable<StoredEntry>;
  /**
   * Keeps a batch, all or nothing, in order; null takes a key out. When it returns, the batch survives the end of the
   * process. Throws when it can't: then nothing of the batch may be told to anybody, and the store keeps nothing more.
   */
  commit(entries: readonly StoreChange[]): void;
  /** Takes out everything at once. Throws as `commit` does. */
  clear(): void;
  /** Lets another server have it. What was committed is kept; may be called again. */
  close(): Promise<void>;
}

/** A store can't be used. The message says what is wrong, where, and what to do next; the store was not touched. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
