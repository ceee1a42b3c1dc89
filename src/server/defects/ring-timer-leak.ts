/** The ring timer keeps running after the answer. */
import type { ServerDefect } from './defect.js';

export const ringTimerLeak: ServerDefect = {
  side: 'server',
  name: 'ring-timer-leak',
  doc: 'The server does not stop the ring timer at the answer: the call ends as missed while both are connected.',
  seenIn: 'matrix-org/matrix-ios-sdk #1710',
  wrap: (policy) => ({
    ...policy,
    stopsRingTimer: false,
    timeUp: (record) => (record.phase === 'connected' ? 'no-answer' : policy.timeUp(record)),
    move: (record, move, by, now) =>
      policy.move(move === 'no-answer' && record.phase === 'connected' ? { ...record, phase: 'ringing' } : record, move, by, now),
  }),
};
