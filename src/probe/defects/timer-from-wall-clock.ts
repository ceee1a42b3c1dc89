/** The call timer is the wall clock of the device minus the time of the answer. */
import type { ClientDefect } from './defect.js';

export const timerFromWallClock: ClientDefect = {
  side: 'client',
  name: 'timer-from-wall-clock',
  doc: 'The client computes its call timer from its own wall clock; when the clock is set, the timers of the two sides differ.',
  seenIn: 'Satellite-im/Core-PWA #1030',
  decide: (decisions) => ({ ...decisions, elapsedMs: ({ startedAt, wall }) => wall - startedAt }),
};
