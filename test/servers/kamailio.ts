/** Debian's Kamailio on loopback, registrar and proxy for SIP over WebSocket, with the configuration in examples/targets/kamailio. */
import { join } from 'node:path';
import type { Test } from 'tap';
import { freePort, isInstalled, type Program, startProgram, TARGETS } from './program.js';

const KAMAILIO = '/usr/sbin/kamailio';
const READY = /ready for clients/;

export interface Kamailio extends Program {
  readonly url: string;
}

/** With `auth` it asks for a password, which is "secret". It ends with the test; null after the test was skipped. */
export async function startKamailio(t: Test, { auth = false } = {}): Promise<Kamailio | null> {
  if (!isInstalled(t, KAMAILIO, 'kamailio kamailio-websocket-modules')) return null;
  const port = await freePort();
  const folder = t.testdir();
  const defines = [`PORT=${port}`, ...(auth ? ['WITH_AUTH'] : [])].flatMap((define) => ['-A', define]);
  const args = [...defines, '-f', join(TARGETS, 'kamailio', 'kamailio.cfg'), '-DD', '-E', '-Y', folder];
  const program = await startProgram(KAMAILIO, { args, cwd: folder, ready: READY });
  t.teardown(() => program.stop());
  return { ...program, url: `ws://127.0.0.1:${port}` };
}
