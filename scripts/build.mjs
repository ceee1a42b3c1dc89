/**
 * Compiles everything into dist/, checks the pure core without Node's types, bundles the page of the HTML
 * report, and makes the command executable. With
 * `--if-stale` it does nothing when dist/ is up to date: npx runs the script `prepare` of a checkout before its command.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, lstatSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isStale } from './freshness.mjs';
import { bundlePage } from './page.mjs';

if (process.argv.includes('--if-stale') && !isStale()) process.exit(0);

const startedAt = new Date();
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
rmSync('dist', { recursive: true, force: true });
const compiled = await Promise.all(
  ['tsconfig.json', 'tsconfig.core.json', 'tsconfig.page.json'].map(async (project) => {
    const [code] = await once(spawn(process.execPath, [tsc, '-p', project], { stdio: 'inherit' }), 'close');
    return code ?? 1;
  }),
);
const failed = compiled.find((code) => code !== 0);
if (failed !== undefined) process.exit(failed);
await bundlePage();
chmodSync('dist/bin/call-probe.js', 0o755);
linkCommand();
// Written last and dated to the beginning: what changed during the build counts as changed after it.
writeFileSync('dist/.built', '');
utimesSync('dist/.built', startedAt, startedAt);

/**
 * Lets `npx call-probe` find the command of this checkout with every npm: a package's own command is not linked by
 * `npm ci`, and some versions look for it there. A node_modules that is itself a link belongs to another checkout.
 */
function linkCommand() {
  if (process.platform === 'win32') return;
  if (!lstatSync('node_modules', { throwIfNoEntry: false })?.isDirectory()) return;
  const link = join('node_modules', '.bin', 'call-probe');
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', 'dist', 'bin', 'call-probe.js'), link);
}
