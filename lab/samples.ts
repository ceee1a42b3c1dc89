/** The samples in `reports/`: the original bug before (`--defect drop-answer`) and after, the two compared, and pictures of both. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXIT } from '../src/cli/exit.js';
import { decodeTrace } from '../src/trace/jsonl.js';

const FOLDER = 'reports';
const SEED = 'samples';
const ATTEMPTS_MAX = 8;
const LATE_MS_MAX = 20;
const SCENARIO = 'scenarios/accept.yaml';
const BROWSERS = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Makes the samples again, in the root of the project. Pictures need Chromium (CHROMIUM names it); without one the old ones stay. */
export async function samplesCommand(): Promise<number> {
  const before = calmRun('before', EXIT.failed, '--defect', 'drop-answer');
  // The terminal names files with the folder of this machine.
  writeFileSync(join(FOLDER, 'before.txt'), before.replaceAll(`${process.cwd()}/`, ''));
  calmRun('after', EXIT.held);
  const files = ['--html', join(FOLDER, 'compare.html'), '--markdown', join(FOLDER, 'compare.md')];
  callProbe(EXIT.held, ['compare', join(FOLDER, 'before'), join(FOLDER, 'after'), ...files]);
  await pictures();
  // The README shows a part of what the terminal printed.
  return node(['scripts/docs.mjs']).status ?? EXIT.broken;
}

/** Runs the scenario until the machine was not busy meanwhile: a sample shows the target, not the load of the machine. */
function calmRun(name: string, code: number, ...flags: readonly string[]): string {
  const out = join(FOLDER, name);
  const reporters = ['console', `html=${out}.html`].flatMap((spec) => ['--reporter', spec]);
  for (let attempt = 1; ; attempt++) {
    rmSync(out, { recursive: true, force: true });
    const text = callProbe(code, ['run', SCENARIO, '--seed', SEED, '--out', out, ...reporters, ...flags]);
    if (attempt === ATTEMPTS_MAX || lateMs(join(out, 'traces', 'accept-1.trace.jsonl')) < LATE_MS_MAX) return text;
  }
}

/** The longest delay of the probe's own event loop, in milliseconds. */
function lateMs(trace: string): number {
  const { events } = decodeTrace(readFileSync(trace, 'utf8'));
  return Math.max(0, ...events.map((event) => (event.type === 'lag' ? event.lateMs : 0)));
}

/** Runs the built command to its end and gives what it printed. Throws when it ends with another exit code than this. */
function callProbe(code: number, args: readonly string[]): string {
  const ended = node(['dist/bin/call-probe.js', ...args]);
  if (ended.status === code) return ended.stdout;
  process.stdout.write(ended.stdout);
  throw new Error(`call-probe ${args.join(' ')} ended with ${ended.status}, not with ${code}: the samples are not complete`);
}

function node(args: readonly string[]): { readonly status: number | null; readonly stdout: string } {
  const env = { ...process.env, NO_COLOR: '1', COLUMNS: '100', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
  return spawnSync(process.execPath, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function pictures(): Promise<void> {
  const executablePath = BROWSERS.find((path) => path !== undefined && path !== '' && existsSync(path));
  if (executablePath === undefined) {
    process.stderr.write('no Chromium was found (CHROMIUM names one): the pictures in reports/ stay as they are\n');
    return;
  }
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    for (const { name, height } of [
      { name: 'before', height: 1000 },
      { name: 'compare', height: 1480 },
    ]) {
      const page = await browser.newPage({ viewport: { width: 1280, height }, colorScheme: 'light' });
      await page.goto(pathToFileURL(resolve(FOLDER, `${name}.html`)).href);
      await page.waitForSelector('svg');
      await page.screenshot({ path: join(FOLDER, `${name}.png`) });
    }
  } finally {
    await browser.close();
  }
}
