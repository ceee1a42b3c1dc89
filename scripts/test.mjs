/** Builds what is stale, runs the tests under tap and holds their coverage against the bar: what `npm test` does. */
import { spawn, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { coverageOf, missed } from './coverage.mjs';
import { isStale } from './freshness.mjs';
import { Progress } from './progress.mjs';

const SUMMARY = '.tap/report/coverage-summary.json';
const only = process.argv.slice(2);

if (isStale()) {
  console.log('building, since dist is older than its sources');
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, 'build.mjs')], { stdio: 'inherit' });
  if (status !== 0) {
    console.log('the build failed, so no test ran\n0 passed, 1 failed');
    process.exit(1);
  }
}

rmSync(SUMMARY, { force: true });
const progress = new Progress((line) => console.log(line));
const status = await runTap(only);
const { passed, failed, skipped } = progress.counts(status);
// A part of the tests can't cover the whole: the bar is for all of them.
const isCovered = only.length > 0 || (await tellCoverage());
if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || status !== 0 || !isCovered ? 1 : 0);

/** Runs tap over these files, all when there are none, and resolves to its exit code. */
async function runTap(files) {
  const tap = createRequire(import.meta.url).resolve('tap/package.json');
  const run = join(dirname(tap), 'dist', 'esm', 'run.mjs');
  const child = spawn(process.execPath, [run, 'run', '--reporter=tap', ...files], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  for await (const line of createInterface({ input: child.stdout })) progress.read(line);
  return ended;
}

/** Prints the coverage by group; false when one is below its bar. */
async function tellCoverage() {
  const groups = await coverageOf(SUMMARY);
  const below = groups.filter(missed);
  console.log(`\n${'lines covered'.padEnd(34)}${'is'.padStart(7)}${'bar'.padStart(7)}`);
  for (const { name, pct, bar } of groups)
    console.log(`${name.padEnd(34)}${`${pct.toFixed(1)}%`.padStart(7)}${`${bar}%`.padStart(7)}`);
  for (const { name, bar, files } of below) {
    console.log(`\n${name} is below its bar of ${bar} %; its files with the most lines that no test runs:`);
    for (const { file, open, total } of files.slice(0, 10)) console.log(`  ${String(open).padStart(4)} of ${total}  ${file}`);
  }
  console.log('');
  return below.length === 0;
}
