/** Cleaning up by device and not by socket. */
import type { ServerDefect } from './defect.js';

export const lateDisconnect: ServerDefect = {
  side: 'server',
  name: 'late-disconnect',
  doc: 'The server considers a device gone when its older connection ends, although the newer one is open: it is no longer notified.',
  seenIn: 'bigbluebutton/bigbluebutton #2617',
  wrap: (policy) => ({ ...policy, fences: false, tellsSocketsApart: false }),
};
