/** `call-probe serve --store`: what is kept across two servers, and what a person is told when it can't be. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { DEVELOPMENT_SECRET } from '../../../src/server/admission.js';
import { DATA_FILE } from '../../../src/server/store/lmdb.js';
import { LOCK_FILE } from '../../../src/server/store/lock.js';
import { logIn, within } from '../../raw-client.js';

const COMMAND = fileURLToPath(new URL('../../../bin/call-probe.js', import.meta.url));
const PATIENCE_MS = 30_000;

interface Served {
  readonly url: string;
  readonly kill: (signal: NodeJS.Signals) => Promise<readonly [code: number | null, stderr: string]>;
}

/** Starts a server; rejects with its exit code and what it said when it does not come up. */
async function serve(t: Test, store: string): Promise<Served> {
  const child = spawn(process.execPath, [COMMAND, 'serve', '--port', '0', '--store', store, '--log-format', 'json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let told = '';
  child.stderr.on('data', (data: Buffer) => {
    told += data.toString('utf8');
  });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const url = await within(
    new Promise<string>((resolve, reject) => {
      child.stdout.on('data', (data: Buffer) => resolve(/ws:\S+/.exec(data.toString('utf8'))?.[0] ?? ''));
      void exited.then((code) => reject(new Error(`exit code ${code}: ${told}`)));
    }),
    'the server',
    PATIENCE_MS,
  );
  return {
    url,
    kill: async (signal) => {
      child.kill(signal);
      return [await within(exited, 'the end of the server', PATIENCE_MS), told];
    },
  };
}

t.test('a call survives a server that is ended, and one that is killed', async (t) => {
  const folder = t.testdir({});
  const first = await serve(t, folder);
  const [ann, ben] = await Promise.all(['ann', 'ben'].map((user) => logIn(first.url, DEVELOPMENT_SECRET, user)));
  ann?.command('invite', 'the-call', 'ben');
  await ben?.next('event', ({ record }) => record.phase === 'inviting');
  ben?.command('accept', 'the-call');
  await ann?.next('event', ({ record }) => record.phase === 'connected');
  const [, log] = await first.kill('SIGKILL');
  t.match(log, /restored from the store/);

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const server = await serve(t, folder);
    const again = await logIn(server.url, DEVELOPMENT_SECRET, 'ann');
    const welcome = again.received.find((frame) => frame.type === 'welcome');
    t.match(welcome, { calls: [{ id: 'the-call', phase: 'connected' }] }, `before ${signal}: told of the call`);
    if (signal === 'SIGKILL')
      await t.rejects(serve(t, folder), /exit code 2: .*server\.lock: the store is in use by process \d+; stop that server/);
    const [code] = await server.kill(signal);
    t.equal(code, signal === 'SIGTERM' ? 0 : null);
  }
});

t.test('a store that can not be used is told in words, with exit code 2', async (t) => {
  const folder = t.testdir({ [DATA_FILE]: 'not a store' });
  await t.rejects(
    serve(t, folder),
    /exit code 2: [^\n]*calls\.mdb cannot be used: it is truncated: 11 bytes[^\n]*not changed[^\n]*\n$/,
  );
  t.equal(readFileSync(join(folder, DATA_FILE), 'utf8'), 'not a store');
  writeFileSync(join(folder, 'file'), '');
  await t.rejects(serve(t, join(folder, 'file')), /exit code 2: [^\n]*it is a file, not a folder/);
  t.throws(() => readFileSync(join(folder, LOCK_FILE)), 'no lock is left');
});
