/** The server's process ends in the middle of everything, and another one replaces it. */
import type { FaultKind } from '../fault.js';

/** The signals that a scenario may end a server with, the default first. */
export const RESTART_SIGNALS = ['SIGKILL', 'SIGTERM'] as const;
export type RestartSignal = (typeof RESTART_SIGNALS)[number];

export const restartServer: FaultKind = {
  name: 'restart-server',
  doc: 'The process of the server ends and another one starts on the same port with the same store. A step without a moment is done when the new process listens. Devices reconnect by themselves.',
  layer: 'server',
  needs: 'restart-server',
  needsDurability: true,
  absence: 'until-registered',
  parameters: [
    {
      name: 'with',
      doc: 'SIGKILL, which ends it at once, or SIGTERM, which asks it to close',
      type: { type: 'word', words: RESTART_SIGNALS },
      default: 'SIGKILL',
    },
  ],
  example: 'fault: { server: restart, with: SIGKILL }',
};
