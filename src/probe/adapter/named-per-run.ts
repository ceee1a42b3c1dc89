/** Whether repetitions can be at one target at the same time. */
import type { Adapter } from './port.js';

/** Whether the target knows this user by another name in each repetition: by what the adapter says, or since it gives the names itself. */
export function isNamedPerRun(user: string, adapter: Adapter, credentials: Readonly<Record<string, string>>): boolean {
  const nameIn = (run: string): string => adapter.identify(user, { run, credentials });
  return adapter.traits.givesIds || nameIn('r1') !== nameIn('r2');
}
