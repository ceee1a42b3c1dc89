/** Debian's Janus on loopback, with the configuration in examples/targets/janus. Media flows inside a network namespace only. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { freePort, isInstalled, type Program, startProgram, TARGETS } from './program.js';

const JANUS = '/usr/bin/janus';
const FOLDER = join(TARGETS, 'janus');
const WEBSOCKETS = 'janus.transport.websockets.jcfg';
const READY = /WebSockets thread started/;

export interface Janus extends Program {
  readonly url: string;
}

/** Starts Janus with a port of its own; it ends with the test. Null after the test was skipped because there is no Janus. */
export async function startJanus(t: Test): Promise<Janus | null> {
  if (!isInstalled(t, JANUS, 'janus')) return null;
  const port = await freePort();
  const folder = t.testdir();
  cpSync(FOLDER, folder, { recursive: true });
  const settings = readFileSync(join(folder, WEBSOCKETS), 'utf8');
  writeFileSync(join(folder, WEBSOCKETS), settings.replace('ws_port = 8188', `ws_port = ${port}`));
  const args = ['--configs-folder', folder, '--config', join(folder, 'janus.jcfg')];
  const program = await startProgram(JANUS, { args, cwd: folder, ready: READY });
  t.teardown(() => program.stop());
  return { ...program, url: `ws://127.0.0.1:${port}` };
}
