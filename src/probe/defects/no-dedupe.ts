/** A duplicate counts twice. */

import { sideOf } from '../../protocol/call.js';
import { handingUpAll } from '../../protocol/unhardened.js';
import type { ClientDefect } from './defect.js';

export const noDedupe: ClientDefect = {
  side: 'client',
  name: 'no-dedupe',
  doc: 'The client of the caller applies an answer as often as it arrives: it is notified again and its media starts again.',
  seenIn: 'drachtio/drachtio-srf #87',
  wrap: (policy) => ({
    ...policy,
    takes: (current, incoming, device) => {
      const isAgain = incoming.version === current?.version && incoming.phase === 'connected';
      return (isAgain && sideOf(incoming, device) === 'caller') || policy.takes(current, incoming, device);
    },
  }),
  decide: (decisions) => ({ ...decisions, machine: (waits) => handingUpAll(decisions.machine(waits)) }),
};
