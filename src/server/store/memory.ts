/** A store that lasts as long as its process, for a server without a folder. */
import type { StoredValue } from '../hub/stored.js';
import type { Store } from './store.js';

/** An empty store in memory. It cannot fail, and still works after `close`, so that another hub can be restored from it. */
export function memoryStore(): Store {
  const kept = new Map<string, StoredValue>();
  return {
    load: () => [...kept].map(([key, value]) => ({ key, value })),
    commit(entries) {
      for (const { key, value } of entries) {
        if (value === null) kept.delete(key);
        else kept.set(key, value);
      }
    },
    clear: () => kept.clear(),
    close: async () => undefined,
  };
}
