/** One test file as a process of its own: the TAP that it wrote, and what is wrong with it beside the tests that failed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Parser } from 'tap-parser';

/**
 * Resolves to the lines of TAP, to whether they say that all is well, to how long it took in milliseconds, and to what
 * the lines can't tell, or null: an end by a signal, a plan that was not kept, a file that went on for longer than
 * `limitSeconds`.
 */
export async function runTestFile(file, nodeOptions, env, limitSeconds) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...nodeOptions, file], {
    // tap gives up by itself first, and tells what the test waits for.
    env: { ...env, TAP: '1', TAP_TIMEOUT: String(limitSeconds - 20) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), limitSeconds * 1000);
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  // What the file started and left behind may hold its standard output for ever.
  child.once('exit', () => setTimeout(() => child.stdout.destroy(), 5_000).unref());
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  const text = Buffer.concat(chunks).toString('utf8');
  const tookMs = performance.now() - startedAt;
  const read = resultsOf(text);
  const wrong = signal !== null ? how(signal, tookMs, limitSeconds) : problemOf(read, code);
  return { lines: text.split('\n'), isOk: read.ok && wrong === null, tookMs, wrong };
}

function resultsOf(text) {
  let results;
  const parser = new Parser({}, (found) => {
    results = found;
  });
  parser.end(text);
  return results;
}

function how(signal, tookMs, limitSeconds) {
  return signal === 'SIGKILL' && tookMs >= limitSeconds * 1000
    ? `it was not done within ${limitSeconds} s`
    : `${signal} ended it`;
}

function problemOf({ ok, count, bailout, plan, failures }, code) {
  if (bailout) return `it gave up: ${bailout === true ? 'without a word' : bailout}`;
  // tap itself takes a file without tests for one that is left out on purpose.
  if (count === 0 && (!plan.skipAll || plan.skipReason === 'no tests found')) return `no test ran, and it exited with ${code}`;
  const outside = failures.find(({ tapError }) => typeof tapError === 'string');
  if (outside !== undefined) return `its TAP is not whole: ${outside.tapError}`;
  return ok && code !== 0 ? `all tests passed, but it exited with ${code}` : null;
}
