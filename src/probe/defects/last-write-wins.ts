/** The last message to arrive wins. */

import { handingUpAll } from '../../protocol/unhardened.js';
import type { ClientDefect } from './defect.js';

export const lastWriteWins: ClientDefect = {
  side: 'client',
  name: 'last-write-wins',
  doc: 'The client applies messages in order of arrival: a ringing that arrives after the answer hides the answer.',
  seenIn: 'team-telnyx/webrtc #643',
  wrap: (policy) => ({ ...policy, takes: (current, incoming) => incoming.version !== current?.version }),
  decide: (decisions) => ({ ...decisions, machine: (waits) => handingUpAll(decisions.machine(waits)) }),
};
