/** The timer of the ringing goes on after the answer. */
import type { ServerDefect } from './defect.js';

export const ringTimerLeak: ServerDefect = {
  side: 'server',
  name: 'ring-timer-leak',
  doc: 'The server forgets to stop the timer of the ringing at the answer: the call is ended as missed while both talk.',
  seenIn: 'matrix-org/matrix-ios-sdk #1710',
  wrap: (policy) => ({
    ...policy,
    stopsRingTimer: false,
    timeUp: (record) => (record.phase === 'connected' ? 'no-answer' : policy.timeUp(record)),
    move: (record, move, by, now) =>
      policy.move(move === 'no-answer' && record.phase === 'connected' ? { ...record, phase: 'ringing' } : record, move, by, now),
  }),
};
