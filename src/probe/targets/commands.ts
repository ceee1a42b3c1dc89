/** The user's commands to restart, pause and resume a server that the probe did not start. */
import { spawn } from 'node:child_process';
import { TargetError } from './target.js';

/** Shell commands by purpose; absent ones are not available. */
export interface TargetCommands {
  readonly restart?: string;
  readonly pause?: string;
  readonly resume?: string;
}

const COMMAND_MS = 30_000;
const TOLD_CHARS_MAX = 500;

/** Runs a command by `sh -c` and resolves when it ended with 0. Otherwise rejects with a TargetError with its output. */
export function runCommand(what: string, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'ignore', 'pipe'], timeout: COMMAND_MS });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-TOLD_CHARS_MAX);
    });
    const fail = (why: string): void =>
      reject(new TargetError(`the command to ${what} the server ${why}${output.trim() === '' ? '' : `: ${output.trim()}`}`));
    child.once('error', (error) => fail(error.message));
    // `exit` and not `close`: a server that the command starts in the background keeps its end of the pipe.
    child.once('exit', (code, signal) => {
      child.stderr.destroy();
      if (code === 0) resolve();
      else if (signal !== null) fail(`did not end within ${COMMAND_MS / 1_000} s`);
      else fail(`ended with ${code}`);
    });
  });
}
