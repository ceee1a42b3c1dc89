/** Calls live in memory alone. */
import type { ServerDefect } from './defect.js';

export const lostMemoryOnRestart: ServerDefect = {
  side: 'server',
  name: 'lost-memory-on-restart',
  doc: 'The server knows nothing of its calls after a restart: whoever acts on one is told that there is no such call.',
  seenIn: 'drachtio/drachtio-server #89',
  wrap: (policy) => ({ ...policy, restores: false }),
};
