/** A real server's program as a child process of a test: started with a configuration of its own, ready by its own word, ended by its pid. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { within } from '../raw-client.js';

/** How long a server may take to be ready, and to end, in milliseconds: far more than on a busy machine. */
const READY_MS = 30_000;
const STOP_MS = 5_000;
const LOG_CHARS_MAX = 200_000;

export interface Program {
  readonly pid: number;
  /** What it wrote so far, both streams as they came. */
  log(): string;
  /** Resolves once it wrote something that fits, or rejects when it ends without. */
  wrote(pattern: RegExp): Promise<void>;
  /** Sends a signal to the process and its children. */
  signal(signal: NodeJS.Signals): void;
  /** Ends it, with its children, and resolves once it is gone. */
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly args: readonly string[];
  readonly cwd?: string;
  /** What it writes when clients can come. */
  readonly ready: RegExp;
}

/** The folder of the configurations that users start such a server with; tests use the very same. */
export const TARGETS = fileURLToPath(new URL('../../../examples/targets/', import.meta.url));

/** Starts a program in a process group of its own. Rejects, with what it wrote, when it does not get ready. */
export async function startProgram(path: string, { args, cwd, ready }: ProgramOptions): Promise<Program> {
  const child = spawn(path, args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${path} could not be started: ${String((await once(child, 'error'))[0])}`);
  let log = '';
  const lookers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-LOG_CHARS_MAX);
      for (const look of [...lookers]) look();
    });
  }
  const closed = once(child, 'close');
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(-pid, name);
    } catch {
      // The group is gone already, which is what a signal at the end asks for.
    }
  };
  const killAtExit = (): void => signal('SIGKILL');
  process.once('exit', killAtExit);
  const wrote = (pattern: RegExp): Promise<void> =>
    within(
      new Promise<void>((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(log)) return;
          lookers.delete(look);
          resolve();
        };
        lookers.add(look);
        look();
        closed.then(() => reject(new Error(`${path} ended without ${pattern}:\n${log}`)), reject);
      }),
      `${pattern} of ${path}`,
      READY_MS,
    );
  const stop = async (): Promise<void> => {
    signal('SIGCONT');
    signal('SIGTERM');
    const timer = setTimeout(() => signal('SIGKILL'), STOP_MS);
    await closed;
    clearTimeout(timer);
    process.off('exit', killAtExit);
  };
  try {
    await wrote(ready);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid, log: () => log, wrote, signal, stop };
}

/** Whether a program is there and may be run; else the test is skipped, with what to install. */
export function isInstalled(t: Test, path: string, debianPackage: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    t.plan(0, `${path} is not installed: apt-get install ${debianPackage}`);
    return false;
  }
}

/** A TCP port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port of loopback was free');
  return address.port;
}
