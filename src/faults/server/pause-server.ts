/** The server's process is paused. */
import type { FaultKind } from '../fault.js';

export const pauseServer: FaultKind = {
  name: 'pause-server',
  doc: 'The process of the server is stopped (SIGSTOP) and continues (SIGCONT) when `for` (default 1 s) is over: a long garbage collection, a machine that swaps.',
  layer: 'server',
  needs: 'pause-server',
  absence: 'until-healed',
  parameters: [],
  example: 'fault: { server: pause, for: 800ms, on: bob sends accept }',
};
