/** The flags that say how a foreign target is reached and spoken to, and who logs in there. */
import { loadAdapter } from '../adapters/load.js';
import type { ForeignSettings } from '../probe/targets/foreign.js';

export interface ForeignFlags {
  readonly adapter: string;
}

/** What the flags say of a foreign target; null for one that speaks callsync.v1. Rejects with an AdapterError or a UsageError. */
export async function foreignSettings(flags: ForeignFlags): Promise<ForeignSettings | null> {
  const adapter = await loadAdapter(flags.adapter);
  return adapter === null ? null : { adapter, socket: {}, credentials: new Map() };
}
