/** Which store a setting names: what `--store` and CALL_PROBE_STORE take. */
import { memoryStore } from './memory.js';
import type { Store } from './store.js';

/**
 * Opens the store named by `setting`: `memory`, or a folder. `nowMs` is the wall clock. Rejects with a StoreError when the
 * folder can't be used. LMDB is loaded only for a folder.
 */
export async function openStore(setting: string, nowMs: number): Promise<Store> {
  if (setting === 'memory') return memoryStore();
  const { openLmdbStore } = await import('./lmdb.js');
  return openLmdbStore(setting, nowMs);
}
