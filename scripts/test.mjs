/**
 * Builds what is stale, runs the test files side by side and holds their coverage against the bar: what `npm test` does.
 * Files are plain Node processes. The runner of tap would load hooks into each of them and into whatever they start,
 * which takes longer than most of the tests.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Report } from 'c8';
import { coverageOf, missed } from './coverage.mjs';
import { isStale } from './freshness.mjs';
import { Progress } from './progress.mjs';
import { runTestFile } from './test-file.mjs';

/** More than there are cores: most files wait for processes that they started, or for time to pass. */
const JOBS = 4;
/** Longest time of one file, in seconds: far more than on a busy machine. */
const LIMIT_S = 480;
/** Where the files are that take long. They start first, so that none is left to run alone at the end. */
const LONG = ['scenarios', 'diagnosis', 'cli', 'targets', 'server', 'adapters', 'sim'];
/** V8's counts by process, and the summary of them all. */
const COUNTS = '.tap/coverage';
const REPORT = '.tap/report';

const only = process.argv.slice(2);

if (isStale()) {
  console.log('building, since dist is older than its sources');
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, 'build.mjs')], { stdio: 'inherit' });
  if (status !== 0) {
    console.log('the build failed, so no test ran\n0 passed, 1 failed');
    process.exit(1);
  }
}

for (const folder of [COUNTS, REPORT]) rmSync(folder, { recursive: true, force: true });
mkdirSync(COUNTS, { recursive: true });
const progress = new Progress((line) => console.log(line));
// A part of the tests can't cover the whole: the bar is for all of them.
const isWhole = only.length === 0;
await runAll(isWhole ? longestFirst(testFiles()) : only, isWhole);
const { passed, failed, skipped } = progress.counts();
const isCovered = !isWhole || (await tellCoverage());
if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 || !isCovered ? 1 : 0);

function testFiles() {
  return readdirSync('dist/test', { recursive: true })
    .map((name) => `dist/test/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.test.js'))
    .sort();
}

function longestFirst(files) {
  const rank = (file) => (LONG.indexOf(file.split('/')[2]) + LONG.length + 1) % (LONG.length + 1);
  return files.toSorted((a, b) => rank(a) - rank(b));
}

async function runAll(files, isMeasured) {
  const measure = `--import=${pathToFileURL(join(import.meta.dirname, 'measure.mjs')).href}`;
  const { MEASURE: _, ...env } = process.env;
  const measured = { ...env, MEASURE: measure, MEASURE_INTO: join(process.cwd(), COUNTS) };
  const waiting = [...files];
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const options = ['--enable-source-maps', ...(isMeasured ? [measure] : [])];
      progress.file(file, await runTestFile(file, options, isMeasured ? measured : env, LIMIT_S));
    }
  };
  await Promise.all(Array.from({ length: JOBS }, work));
}

/** Prints the coverage by group; false when one is below its bar. */
async function tellCoverage() {
  const report = new Report({
    reporter: ['json-summary'],
    reportsDirectory: REPORT,
    tempDirectory: COUNTS,
    excludeNodeModules: true,
  });
  await report.run();
  const groups = await coverageOf(join(REPORT, 'coverage-summary.json'));
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
