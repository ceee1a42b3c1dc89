/** The processes that the code under test forks, so that a test can kill one by what it is and see that none is left. */
import childProcess, { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import { within } from './raw-client.js';

export interface Forks {
  /** The latest one that runs this file (`server/child`, `media/child`) and has not ended. Throws when there is none. */
  running(entry: string): ChildProcess;
  /** How many of them ever ran. */
  count(entry: string): number;
  /** Resolves when all have ended. */
  ended(): Promise<void>;
}

/**
 * Watches every fork of this process from now on. To be called before the code under test is imported or run.
 */
export function watchForks(): Forks {
  const forks: { entry: string; child: ChildProcess }[] = [];
  const original = childProcess.fork;
  const watching = (...args: Parameters<typeof original>): ChildProcess => {
    const child = original(...args);
    forks.push({ entry: String(args[0]).replaceAll('\\', '/'), child });
    return child;
  };
  childProcess.fork = watching as typeof original;
  syncBuiltinESMExports();

  const isRunning = ({ child }: { child: ChildProcess }): boolean => child.exitCode === null && child.signalCode === null;
  const of = (entry: string) => forks.filter((fork) => fork.entry.endsWith(`${entry}.js`));
  return {
    running(entry) {
      const fork = of(entry).filter(isRunning).at(-1);
      if (fork === undefined) throw new Error(`no process runs ${entry}`);
      return fork.child;
    },
    count: (entry) => of(entry).length,
    async ended() {
      await within(Promise.all(forks.filter(isRunning).map(({ child }) => once(child, 'exit'))), 'the end of all processes');
    },
  };
}
