/** Common parts of targets that run elsewhere: visible only from their clients, restarted and paused by the user's commands. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../runtime/clock.js';
import { runCommand, type TargetCommands } from './commands.js';
import type { TargetHealth } from './health-check.js';
import { type Capability, type Target, TargetError } from './target.js';

/** How long a server may take after a restart by a command, and how often it is checked. */
const RESTART_MS = 30_000;
const RETRY_MS = 100;

export interface ElsewhereOptions {
  readonly name: string;
  readonly url: string;
  readonly commands: TargetCommands;
  /** Makes a health check, without logging in. */
  readonly checkHealth: () => Promise<TargetHealth>;
  /** Logs in once and disconnects; returns null, or a sentence about the failure. */
  readonly logIn: () => Promise<string | null>;
}

/** A reachable target. The user's commands enable faults of the server's process. It has no tokens. */
export function targetElsewhere({ name, url, commands, checkHealth, logIn }: ElsewhereOptions): Target {
  const cannot = (what: string, flag: string): TargetError =>
    new TargetError(`${name} runs elsewhere and cannot be ${what} without ${flag}`);
  let isStopped = false;
  const capabilities = new Set<Capability>();
  if (commands.restart !== undefined) capabilities.add('restart-server');
  if (commands.pause !== undefined && commands.resume !== undefined) capabilities.add('pause-server');
  return {
    name,
    url,
    salt: randomBytes(4).toString('hex'),
    capabilities,
    reset: async () => undefined,
    token: async () => '',
    settle: async () => undefined,
    async restart(_signal, begun) {
      if (commands.restart === undefined) throw cannot('restarted', '--restart-command');
      const from = systemClock.now();
      begun(null);
      await runCommand('restart', commands.restart);
      await backAgain(name, logIn);
      return { pid: null, formerPid: null, downMs: systemClock.now() - from };
    },
    async pause(isPaused) {
      const command = isPaused ? commands.pause : commands.resume;
      if (command === undefined) throw cannot('paused', '--pause-command and --resume-command');
      await runCommand(isPaused ? 'pause' : 'resume', command);
      isStopped = isPaused;
    },
    slowHandler: async () => {
      throw new TargetError(`${name} runs elsewhere, and its handlers cannot be slowed`);
    },
    checkHealth,
    logIn,
    fault: () => null,
    async stop() {
      // A stopped run must not leave the user's server paused.
      if (isStopped && commands.resume !== undefined) await runCommand('resume', commands.resume);
    },
  };
}

/** Resolves when a log-in succeeds again. Rejects with a TargetError after too long. */
async function backAgain(name: string, logIn: ElsewhereOptions['logIn']): Promise<void> {
  const until = systemClock.now() + RESTART_MS;
  for (;;) {
    const failure = await logIn();
    if (failure === null) return;
    if (systemClock.now() > until) {
      throw new TargetError(`${name} did not come back within ${RESTART_MS / 1_000} s of its restart: ${failure}`);
    }
    await delay(RETRY_MS);
  }
}
