/** The ring time-out passes and nothing happens. */
import type { ServerDefect } from './defect.js';

export const ringsForEver: ServerDefect = {
  side: 'server',
  name: 'rings-for-ever',
  doc: 'The server never ends an unanswered call: both sides ring until a user gives up.',
  seenIn: 'signalapp/Signal-Android #14189',
  wrap: (policy) => ({ ...policy, timeUp: (record) => (record.phase === 'ringing' ? null : policy.timeUp(record)) }),
};
