/** Two users call each other, and nobody breaks the tie. */
import type { ServerDefect } from './defect.js';

export const glareRefused: ServerDefect = {
  side: 'server',
  name: 'glare-refused',
  doc: 'The server tells the second of two users who call each other that his line is busy, in place of connecting them.',
  seenIn: 'element-hq/element-web #2199',
  wrap: (policy) => ({ ...policy, crosses: () => false }),
};
