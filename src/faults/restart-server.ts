/** The server's process ends in the middle of everything, and another one takes its place. */
import { RESTART_SERVER } from '../trace/absence.js';
import type { FaultKind } from './fault.js';

export const restartServer: FaultKind = {
  name: RESTART_SERVER,
  doc: 'The process of the server ends and another one starts on the same port with the same store; the step is done when it listens, devices come back by themselves.',
  layer: 'server',
  needs: 'restart-server',
  parameters: [
    {
      name: 'with',
      doc: 'SIGKILL, which leaves no time for anything, or SIGTERM, which asks it to close',
      type: { type: 'word', words: ['SIGKILL', 'SIGTERM'] },
      default: 'SIGKILL',
    },
  ],
  example: 'fault: { server: restart, with: SIGKILL }',
};

/** The signals that a scenario may end a server with, the default first. */
export const RESTART_SIGNALS = ['SIGKILL', 'SIGTERM'] as const;
export type RestartSignal = (typeof RESTART_SIGNALS)[number];

/** One restart of a scenario. */
export interface RestartServer {
  readonly fault: typeof RESTART_SERVER;
  readonly signal: RestartSignal;
}
