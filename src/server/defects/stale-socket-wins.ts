/** The first connection of a device counts until it is closed, even if it is dead. */
import type { ServerDefect } from './defect.js';

export const staleSocketWins: ServerDefect = {
  side: 'server',
  name: 'stale-socket-wins',
  doc: 'The server keeps writing to the older connection of a device that has a newer one: the frames never arrive.',
  seenIn: 'ringcentral/ringcentral-softphone-ts #65',
  wrap: (policy) => ({ ...policy, fences: false, writesToNewest: false }),
};
