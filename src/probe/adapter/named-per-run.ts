/** Whether repetitions can run at one target in parallel. */
import type { Adapter } from './port.js';

/** Whether this user has another name in each repetition: by the adapter, or because the target assigns the names. */
export function isNamedPerRun(user: string, adapter: Adapter, credentials: Readonly<Record<string, string>>): boolean {
  const nameIn = (run: string): string => adapter.identify(user, { run, credentials });
  return adapter.traits.givesIds || nameIn('r1') !== nameIn('r2');
}
