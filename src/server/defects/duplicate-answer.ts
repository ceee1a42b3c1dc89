/** A repeated answer counts twice. */
import type { ServerDefect } from './defect.js';

export const duplicateAnswer: ServerDefect = {
  side: 'server',
  name: 'duplicate-answer',
  doc: 'The server treats a repeated accept as another answer: the call is connected a second time and its timer restarts.',
  seenIn: 'team-telnyx/webrtc #614',
  wrap: (policy) => ({
    ...policy,
    remembersResults: false,
    move: (record, move, by, now) => {
      const isAgain = move === 'accept' && record.phase === 'connected' && record.callee.device === by?.device;
      return policy.move(isAgain ? { ...record, phase: 'ringing' } : record, move, by, now);
    },
  }),
};
