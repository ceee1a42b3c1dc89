/** The server's process stands still. */
import type { FaultKind } from '../fault.js';

export const pauseServer: FaultKind = {
  name: 'pause-server',
  doc: 'The process of the server is stopped (SIGSTOP) and goes on (SIGCONT) when `for` is over, which is 1 s when left out: a long garbage collection, a machine that swaps.',
  layer: 'server',
  needs: 'pause-server',
  absence: 'until-healed',
  parameters: [],
  example: 'fault: { server: pause, for: 800ms, on: bob sends accept }',
};
