/** The real PeerJS server as a process of its own: broken JSON ends it, and a test must outlive that. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { within } from '../raw-client.js';

export interface PeerJs {
  /** `ws://127.0.0.1:PORT/peerjs` */
  readonly url: string;
  readonly child: ChildProcess;
}

/** Starts a server on a free port of loopback; it ends with the test. */
export async function startPeerJs(t: Test): Promise<PeerJs> {
  const entry = fileURLToPath(new URL('./peerjs-main.js', import.meta.url));
  const child = fork(entry, [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const [port] = (await within(once(child, 'message'), 'the PeerJS server')) as [number];
  return { url: `ws://127.0.0.1:${port}/peerjs`, child };
}
