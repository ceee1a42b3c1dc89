/** The built command as a process: what it prints, line by line, and how it ends. */
import { type ChildProcessByStdio, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import type { RunReport } from '../../src/index.js';
import { measured } from '../measured.js';
import { within } from '../raw-client.js';

const COMMAND = fileURLToPath(new URL('../../bin/call-probe.js', import.meta.url));
const LAB = fileURLToPath(new URL('../../lab/index.js', import.meta.url));
const ONE_PROCESS = fileURLToPath(new URL('./one-process.js', import.meta.url));
/** How long a command may take before a test fails, in milliseconds: far more than on a busy machine. */
const PATIENCE_MS = 120_000;

export interface CommandOptions {
  readonly cwd: string;
  /** Whether it is the command line of the test lab in place of `call-probe`. */
  readonly isLab?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of node itself. */
  readonly execArgv?: readonly string[];
  /** Whether the lines that it runs count for coverage: for one test of each command. */
  readonly isMeasured?: boolean;
  /** In a process group of its own, as a shell starts it: signals can be sent to all of it, as a terminal does. */
  readonly isGroup?: boolean;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly ended: Promise<Ended>;
  /** Resolves with the match once standard output or standard error holds it. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
}

/** The environment without what steers the command. */
function inherited(): NodeJS.ProcessEnv {
  const steering = /^(CALL_PROBE_|FORCE_COLOR|COLUMNS|NODE_OPTIONS)/;
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !steering.test(name)));
  return { ...kept, NO_COLOR: '1' };
}

/** Starts the command. Nothing of the environment that steers it is inherited. */
export function startCommand(
  args: readonly string[],
  { cwd, isLab = false, env = {}, execArgv = [], isMeasured = false, isGroup = false }: CommandOptions,
): Command {
  const child = spawn(process.execPath, [...execArgv, isLab ? LAB : COMMAND, ...args], {
    cwd,
    env: { ...(isMeasured ? measured(inherited()) : inherited()), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: isGroup,
  });
  const text = { stdout: '', stderr: '' };
  const lookers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
      for (const look of [...lookers]) look();
    });
  }
  const close = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, ...text }));
  const words = `${isLab ? 'lab' : 'call-probe'} ${args.join(' ')}`;
  return {
    child,
    ended: within(close, `the end of ${words}`, PATIENCE_MS).finally(() => child.kill('SIGKILL')),
    printed(pattern) {
      const found = new Promise<RegExpExecArray>((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(text.stdout) ?? pattern.exec(text.stderr);
          if (match === null) return;
          lookers.delete(look);
          resolve(match);
        };
        lookers.add(look);
        look();
        close.then(() => reject(new Error(`${words} ended without ${pattern}: ${text.stdout}${text.stderr}`)), reject);
      });
      return within(found, `${pattern} of ${words}`, PATIENCE_MS);
    },
  };
}

/** Runs the command to its end. */
export function runCommand(args: readonly string[], options: CommandOptions): Promise<Ended> {
  return startCommand(args, options).ended;
}

export interface CommandLine {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs these command lines to their ends in one process, one after another: for the many that end before anything runs.
 * Its lines count for coverage.
 */
export async function runInOne(lines: readonly CommandLine[], { cwd }: CommandOptions): Promise<readonly Ended[]> {
  const child = fork(ONE_PROCESS, [], {
    execArgv: [],
    cwd,
    env: measured(inherited()),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const closed = once(child, 'close');
  const answer = new Promise<readonly Ended[]>((resolve, reject) => {
    child.once('message', (ends) => resolve(ends as readonly Ended[]));
    closed.then(
      ([code, signal]) => reject(new Error(`the process of ${lines.length} commands ended with ${code ?? signal}`)),
      reject,
    );
  });
  child.send(lines);
  try {
    return await within(answer, `the end of ${lines.length} commands`, PATIENCE_MS);
  } finally {
    await within(closed, 'the end of their process', PATIENCE_MS).finally(() => child.kill('SIGKILL'));
  }
}

/** A scenario of a moment. */
export const QUICK = `name: a quick call
tags: [quick]
media: none
checks: { timer-skew: { max: 20s }, latency: { accept-to-connected: { max: 20s } } }
agents: { alice: {}, bob: {} }
steps:
  - alice: call bob
  - expect: { both: ringing, within: 20s }
  - bob: accept
  - expect: { both: connected, within: 20s }
`;
/** One that waits to be cut short. */
export const LONG = `${QUICK.replace('a quick call', 'a long call').replace('[quick]', '[long]')}  - wait: 10m\ntimeout: 15m\n`;

/** A folder with these files, and `at` for commands that run in it. */
export function folder(t: Test, files: Record<string, string> = {}): { dir: string; at: CommandOptions } {
  const dir = t.testdir(files);
  return { dir, at: { cwd: dir } };
}

/** Asserts the exit code and what is said, and that no stack trace is part of it. */
export function ends(
  t: Test,
  name: string,
  { code, stdout, stderr }: Ended,
  expected: number,
  ...patterns: readonly RegExp[]
): void {
  t.equal(code, expected, `${name}: exits with ${expected}${code === expected ? '' : `\n${stdout}${stderr}`}`);
  for (const pattern of patterns) t.match(stdout + stderr, pattern, name);
  t.notMatch(stdout + stderr, /^\s+at .+:\d+:\d+\)?$/m, `${name}: no stack trace`);
}

/** The JSON report in a file of this folder. */
export function reportIn(dir: string, file: string): RunReport {
  return JSON.parse(readFileSync(join(dir, file), 'utf8')) as RunReport;
}
