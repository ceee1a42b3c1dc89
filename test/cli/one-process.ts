/** Many command lines in one process, one after another: started by `runInOne`, which sends them and gets their ends. */
import { main } from '../../src/cli/main.js';
import type { CommandLine, Ended } from './command.js';

const text = { stdout: '', stderr: '' };
for (const name of ['stdout', 'stderr'] as const) {
  // Each run listens for errors of them.
  process[name].setMaxListeners(0);
  process[name].write = (chunk: string | Uint8Array): boolean => {
    text[name] += String(chunk);
    return true;
  };
}

async function run({ args, env = {} }: CommandLine): Promise<Ended> {
  text.stdout = '';
  text.stderr = '';
  Object.assign(process.env, env);
  const code = await main([process.execPath, 'call-probe', ...args]);
  for (const name of Object.keys(env)) delete process.env[name];
  return { code, signal: null, ...text };
}

process.once('message', async (lines: readonly CommandLine[]) => {
  const ends: Ended[] = [];
  for (const line of lines) ends.push(await run(line));
  process.send?.(ends, () => process.disconnect());
});
