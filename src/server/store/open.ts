/** Opens the store of a setting: the value of `--store` or CALL_PROBE_STORE. */
import { memoryStore } from './memory.js';
import type { Store } from './store.js';

/**
 * Opens the store named by `setting`: `memory`, or a folder. `nowMs` is the wall clock. Rejects with a StoreError if the
 * folder cannot be used. LMDB is loaded only for a folder.
 */
export async function openStore(setting: string, nowMs: number): Promise<Store> {
  if (setting === 'memory') return memoryStore();
  const { openLmdbStore } = await import('./lmdb.js');
  return openLmdbStore(setting, nowMs);
}
