/** Cleaning up by device and not by socket. */
import type { ServerDefect } from './defect.js';

export const lateDisconnect: ServerDefect = {
  side: 'server',
  name: 'late-disconnect',
  doc: 'The server takes a device for gone when its older connection ends, although the newer one is up: it is told nothing more.',
  seenIn: 'bigbluebutton/bigbluebutton #2617',
  wrap: (policy) => ({ ...policy, fences: false, tellsSocketsApart: false }),
};
