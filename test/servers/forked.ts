/** A real server in a process of its own that tells its port: what ends it must not end the test. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { within } from '../raw-client.js';

export interface Forked {
  /** On loopback. */
  readonly port: number;
  readonly child: ChildProcess;
}

/** Starts a program of this folder, which sends its port when it listens, on a free port when none is given; it ends with the test. */
export async function startForked(
  t: Pick<Test, 'teardown'>,
  program: string,
  at = 0,
  args: readonly string[] = [],
): Promise<Forked> {
  const entry = fileURLToPath(new URL(`./${program}.js`, import.meta.url));
  const child = fork(entry, [String(at), ...args], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const [port] = (await within(once(child, 'message'), program)) as [number];
  return { port, child };
}
