/** The call ends on this device, and nothing is sent. */
import type { ClientDefect } from './defect.js';

export const hangUpUnsent: ClientDefect = {
  side: 'client',
  name: 'hang-up-unsent',
  doc: 'The client sends nothing when its user hangs up: the other side stays in the call.',
  seenIn: 'peers/peerjs #1089',
  decide: (decisions) => ({ ...decisions, emits: (op) => op !== 'hangup' && decisions.emits(op) }),
};
