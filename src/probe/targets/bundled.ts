/** The bundled server as a target: a child process on a free loopback port, with its own side of the trace. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { mintToken } from '../../server/admission.js';
import type { FromServer, ToServer } from '../../server/child-protocol.js';
import { type Target, TargetError, type TargetReset } from './target.js';

const START_MS = 10_000;
const ANSWER_MS = 5_000;
const STOP_MS = 2_000;
const STDERR_CHARS_MAX = 2_000;

/** Starts a bundled server with the named defects. Rejects with a TargetError when it does not come up. */
export async function startBundled(defects: readonly string[]): Promise<Target> {
  const secret = randomBytes(32).toString('hex');
  const entry = fileURLToPath(new URL('../../server/child.js', import.meta.url));
  // No execArgv: an inspector port of the parent must not be taken over.
  const child = fork(entry, [], {
    execArgv: [],
    env: { ...process.env, CALL_PROBE_SECRET: secret },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const broken = new AbortController();
  let fault: string | null = null;
  let stderr = '';
  let isStopping = false;
  let trace: TargetReset['trace'] = () => undefined;
  const waiting: { type: FromServer['type']; resolve: (message: FromServer) => void; reject: (error: Error) => void }[] = [];

  const fail = (message: string): void => {
    fault ??= message;
    broken.abort(message);
    for (const { reject } of waiting.splice(0)) reject(new TargetError(message));
  };
  child.on('message', (message: FromServer) => {
    if (message.type === 'trace') return trace(message.events);
    if (message.type === 'failed') return fail(`the bundled server did not start: ${message.message}`);
    const index = waiting.findIndex(({ type }) => type === message.type);
    if (index >= 0) waiting.splice(index, 1)[0]?.resolve(message);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARS_MAX);
  });
  // `close` and not `exit`: what the process said before its end comes first.
  child.on('close', (code, signal) => {
    if (isStopping) return;
    const tail = stderr.trim() === '' ? '' : ` (${stderr.trim()})`;
    fail(
      `the bundled server (process ${child.pid}) ${signal === null ? `exited with ${code}` : `was killed by ${signal}`}${tail}`,
    );
  });
  child.on('error', (error) => fail(`the bundled server could not be started: ${error.message}`));

  const answer = async (type: FromServer['type'], ms: number): Promise<FromServer> => {
    if (fault !== null) throw new TargetError(fault);
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<FromServer>((resolve, reject) => {
        waiting.push({ type, resolve, reject });
        timer = setTimeout(() => reject(new TargetError(`the bundled server did not answer "${type}" within ${ms} ms`)), ms);
      });
    } finally {
      clearTimeout(timer);
    }
  };
  const say = (message: ToServer): void => {
    if (child.connected) child.send(message, () => undefined);
  };

  const stop = async (): Promise<void> => {
    isStopping = true;
    await stopChild(child, () => say({ type: 'stop' }));
  };

  const ready = await answer('ready', START_MS).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const url = ready.type === 'ready' ? ready.url : '';
  return {
    name: 'bundled',
    url,
    capabilities: new Set(['server-trace', 'server-waits'] as const),
    async reset(options) {
      trace = () => undefined;
      const done = answer('reset-done', ANSWER_MS);
      say({ type: 'reset', waits: options.waits, seed: options.seed, defects });
      await done;
      trace = options.trace;
    },
    token: (user) => mintToken(secret, user),
    async settle() {
      const done = answer('census', ANSWER_MS);
      say({ type: 'census' });
      await done;
    },
    fault: () => fault,
    broken: broken.signal,
    stop,
  };
}

async function stopChild(child: ChildProcess, ask: () => void): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  ask();
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(timer);
}
