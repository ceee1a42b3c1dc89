/** Connections take long to open. */
import { numberOf } from '../fault.js';
import type { ConnectionFault } from './connection-fault.js';

export const slowHandshake: ConnectionFault = {
  name: 'slow-handshake',
  doc: 'Every connection that the device opens during the fault takes that much longer. It takes effect with the first one.',
  layer: 'connection',
  needs: null,
  absence: null,
  parameters: [
    { name: 'slow-handshake', doc: 'how much longer', type: { type: 'duration', msMin: 1, msMax: 60_000 }, default: null },
  ],
  example: 'fault: { link: alice.signaling, slow-handshake: 800ms, for: 5s }',
  script: (values) => ({
    acts: [{ do: 'slow-handshake', ms: numberOf(values, 'slow-handshake') }, { do: 'stay' }],
    undo: [{ do: 'slow-handshake', ms: 0 }],
  }),
};
