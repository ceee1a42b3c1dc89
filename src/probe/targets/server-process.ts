/** One process of the bundled server: loads, listens, answers over IPC, and ends. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type FromServer, type ServerStart, STORE_FAILED, type ToServer } from '../../server/child-protocol.js';
import type { ServerTraceEvent } from '../../server/listen.js';
import { TargetError } from './target.js';

/** Long enough for a busy machine: a late start proves nothing about the server. */
const START_MS = 30_000;
const ANSWER_MS = 5_000;
const STOP_MS = 2_000;
const STDERR_CHARS_MAX = 2_000;

export interface ServerProcess {
  readonly pid: number;
  /** Opens the store and listens; to be called once. Rejects with a TargetError. */
  listen(start: ServerStart): Promise<{ readonly url: string; readonly port: number }>;
  /** Sends a message and waits for an answer of a type, bounded in time. Rejects with a TargetError. */
  ask(message: ToServer, answer: FromServer['type']): Promise<void>;
  /** Pauses or resumes the process. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Ends the process and resolves once it is gone and all of its messages have arrived; kills it if it takes too long. */
  end(how: 'stop' | 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

export interface ServerProcessOptions {
  /** Added to the environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly trace: (events: readonly ServerTraceEvent[]) => void;
  /** Called once if the process ends unexpectedly; `byItself` if its own error ended it. */
  readonly fault: (message: string, byItself: boolean) => void;
  /** Ends a process that is still loading, after an interruption. */
  readonly signal?: AbortSignal | undefined;
}

/** Signals of a process's own errors: an abort, a bad access, a bad instruction. Others come from outside. */
const OWN_SIGNALS: readonly string[] = ['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGSYS'];

/** Whether a process ended because of its own error. Status 0 is the response to a request such as SIGTERM. */
function isOwnEnd(code: number | null, signal: NodeJS.Signals | null): boolean {
  return signal === null ? code !== 0 && code !== STORE_FAILED : OWN_SIGNALS.includes(signal);
}

/** Starts a process and resolves when it has loaded. Rejects with a TargetError if it does not start. */
export async function loadServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const entry = fileURLToPath(new URL('../../server/child.js', import.meta.url));
  // No execArgv: the child must not inherit an inspector port.
  const child = fork(entry, [], {
    execArgv: [],
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Signals of the terminal go to whole process groups: this process decides about its child.
    detached: true,
  });
  let fault: string | null = null;
  let stderr = '';
  let isEnding = false;
  const waiting = new Set<{ readonly type: FromServer['type']; settle(answer: FromServer | TargetError): void }>();

  const fail = (message: string, byItself = false): void => {
    if (fault === null && !isEnding) options.fault(message, byItself);
    fault ??= message;
    for (const { settle } of [...waiting]) settle(new TargetError(message));
  };
  child.on('message', (message: FromServer) => {
    if (message.type === 'trace') return options.trace(message.events);
    if (message.type === 'failed') return fail(`the bundled server did not start: ${message.message}`);
    for (const one of waiting) if (one.type === message.type) return one.settle(message);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARS_MAX);
  });
  // `close` and not `exit`: the process's last messages come first.
  const closed = new Promise<void>((resolve) => {
    child.once('close', (code, signal) => {
      const how = signal === null ? `exited with ${code}` : `was killed by ${signal}`;
      const tail = stderr.trim() === '' ? '' : ` (${stderr.trim()})`;
      fail(`the bundled server (process ${child.pid}) ${how}${tail}`, isOwnEnd(code, signal));
      resolve();
    });
  });
  child.on('error', (error) => fail(`the bundled server could not be started: ${error.message}`));

  const answer = (type: FromServer['type'], ms: number): Promise<FromServer> =>
    new Promise((resolve, reject) => {
      if (fault !== null) return reject(new TargetError(fault));
      const timer = setTimeout(
        () => one.settle(new TargetError(`the bundled server did not answer "${type}" within ${ms} ms`)),
        ms,
      );
      const one = {
        type,
        settle: (message: FromServer | TargetError) => {
          clearTimeout(timer);
          waiting.delete(one);
          if (message instanceof TargetError) reject(message);
          else resolve(message);
        },
      };
      waiting.add(one);
    });
  const say = (message: ToServer): void => {
    if (child.connected) child.send(message, () => undefined);
  };
  const end = async (how: 'stop' | 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    isEnding = true;
    if (child.pid === undefined) return;
    // A stopped process would not receive the request.
    child.kill('SIGCONT');
    if (how === 'stop') say({ type: 'stop' });
    else child.kill(how);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await closed;
    clearTimeout(timer);
  };

  const giveUp = (): void => fail('the bundled server is no longer needed');
  if (options.signal?.aborted) giveUp();
  options.signal?.addEventListener('abort', giveUp);
  const pid = await answer('loaded', START_MS)
    .finally(() => options.signal?.removeEventListener('abort', giveUp))
    .then(
      () => child.pid ?? 0,
      async (error: unknown) => {
        await end('SIGKILL');
        throw error;
      },
    );
  return {
    pid,
    async listen(start) {
      const answered = answer('ready', START_MS);
      say({ type: 'start', ...start });
      const ready = await answered;
      if (ready.type !== 'ready') throw new TargetError('the bundled server did not report its address');
      return ready;
    },
    async ask(message, type) {
      const answered = answer(type, ANSWER_MS);
      say(message);
      await answered;
    },
    signal: (signal) => void child.kill(signal),
    end,
  };
}
