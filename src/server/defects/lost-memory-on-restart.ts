/** Calls live in memory alone. */
import type { ServerDefect } from './defect.js';

export const lostMemoryOnRestart: ServerDefect = {
  side: 'server',
  name: 'lost-memory-on-restart',
  doc: 'The server loses its calls at a restart: actions on them are refused with unknown-call.',
  seenIn: 'drachtio/drachtio-server #89',
  wrap: (policy) => ({ ...policy, restores: false }),
};
