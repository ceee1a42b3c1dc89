/** The first connection of a device counts until it is closed, however dead it is. */
import type { ServerDefect } from './defect.js';

export const staleSocketWins: ServerDefect = {
  side: 'server',
  name: 'stale-socket-wins',
  doc: 'The server goes on writing to the older connection of a device that has a newer one: what it says arrives nowhere.',
  seenIn: 'ringcentral/ringcentral-softphone-ts #65',
  wrap: (policy) => ({ ...policy, fences: false, writesToNewest: false }),
};
