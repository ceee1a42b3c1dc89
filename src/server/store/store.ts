/** Where the server keeps what must survive it. */
import type { StoredEntry, StoredValue } from '../hub/io.js';

export interface Store {
  /** Everything kept, in no stated order. */
  load(): Iterable<StoredEntry>;
  /**
   * Keeps a batch, all or nothing, in order; null takes a key out. When it returns, the batch survives the end of the
   * process. Throws when it can't: then nothing of the batch may be told to anybody.
   */
  commit(entries: readonly { readonly key: string; readonly value: StoredValue | null }[]): void;
  close(): Promise<void>;
}
