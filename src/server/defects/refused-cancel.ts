/** A state machine that knows cancel only before the ringing. */
import type { ServerDefect } from './defect.js';

export const refusedCancel: ServerDefect = {
  side: 'server',
  name: 'refused-cancel',
  doc: 'The server refuses to cancel a call that is already ringing: the caller has given up and the callee keeps ringing.',
  seenIn: 'meetecho/janus-gateway #1856',
  wrap: (policy) => ({
    ...policy,
    move: (record, move, by, now) =>
      move === 'cancel' && record.phase === 'ringing'
        ? { record, changed: false, refused: 'not-your-move' }
        : policy.move(record, move, by, now),
  }),
};
