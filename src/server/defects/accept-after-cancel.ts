/** A cancelled call can still be answered. */
import type { ServerDefect } from './defect.js';

export const acceptAfterCancel: ServerDefect = {
  side: 'server',
  name: 'accept-after-cancel',
  doc: 'The server lets an accept revive a cancelled call: the callee is connected to a caller who has left.',
  seenIn: 'versatica/JsSIP #836',
  wrap: (policy) => ({
    ...policy,
    move: (record, move, by, now) => {
      const isTooLate = move === 'accept' && record.reason === 'cancelled' && by?.user === record.callee.user;
      if (!isTooLate) return policy.move(record, move, by, now);
      return policy.move({ ...record, phase: 'ringing', endedAt: null, reason: null, endedBy: null }, move, by, now);
    },
  }),
};
