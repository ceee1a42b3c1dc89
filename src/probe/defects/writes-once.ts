/** What is written counts as delivered. */

import type { Wire } from '../../protocol/frames.js';
import { freshSession } from '../../protocol/session.js';
import { writingOnce } from '../../protocol/unhardened.js';
import type { ClientDefect } from './defect.js';

export const writesOnce: ClientDefect = {
  side: 'client',
  name: 'writes-once',
  doc: 'The client sends every frame once: an accept that is lost on its way to the server is lost for good.',
  seenIn: 'RocketChat/Rocket.Chat.ReactNative #7345',
  decide: (decisions) => ({
    ...decisions,
    machine: (waits) => writingOnce(decisions.machine(waits)),
    carryOver: () => freshSession<Wire>(),
  }),
};
