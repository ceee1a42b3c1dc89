/** Two users call each other, and the server does not break the tie. */
import type { ServerDefect } from './defect.js';

export const glareRefused: ServerDefect = {
  side: 'server',
  name: 'glare-refused',
  doc: 'If two users call each other, the server answers the second with busy instead of connecting them.',
  seenIn: 'element-hq/element-web #2199',
  wrap: (policy) => ({ ...policy, crosses: () => false }),
};
