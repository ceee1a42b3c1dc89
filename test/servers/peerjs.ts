/** The real PeerJS server: broken JSON ends its process. */
import type { ChildProcess } from 'node:child_process';
import type { Test } from 'tap';
import { startForked } from './forked.js';

export interface PeerJs {
  /** `ws://127.0.0.1:PORT/peerjs` */
  readonly url: string;
  readonly child: ChildProcess;
}

/** Starts a server on a port of loopback, a free one when none is given; it ends with the test. */
export async function startPeerJs(t: Pick<Test, 'teardown'>, at = 0): Promise<PeerJs> {
  const { port, child } = await startForked(t, 'peerjs-main', at);
  return { url: `ws://127.0.0.1:${port}/peerjs`, child };
}
