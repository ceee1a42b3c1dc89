/**
 * Makes reports/ anew: the original bug as the reports show it, before (`--defect drop-answer`) and after, and the two held
 * against each other. Run it after a build. Pictures need Chromium (CHROMIUM names it); without one the old ones stay.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const FOLDER = 'reports';
const SEED = 'samples';
const ATTEMPTS_MAX = 8;
const LATE_MS_MAX = 20;
const SCENARIO = 'scenarios/accept.yaml';
const BROWSERS = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const before = calm('before', 1, '--defect', 'drop-answer');
// The terminal names files as they are called on this machine.
writeFileSync(join(FOLDER, 'before.txt'), before.replaceAll(`${process.cwd()}/`, ''));
calm('after', 0);
const [html, markdown] = ['compare.html', 'compare.md'].map((name) => join(FOLDER, name));
probe(0, ['compare', join(FOLDER, 'before'), join(FOLDER, 'after'), '--html', html, '--markdown', markdown]);
await pictures();

/** Runs the scenario until nothing else kept this machine busy meanwhile: a sample shows the target, not the probe's haste. */
function calm(name, code, ...flags) {
  const out = join(FOLDER, name);
  const reporters = ['console', `html=${out}.html`].flatMap((spec) => ['--reporter', spec]);
  for (let attempt = 1; ; attempt++) {
    rmSync(out, { recursive: true, force: true });
    const text = probe(code, ['run', SCENARIO, '--seed', SEED, '--out', out, ...reporters, ...flags]);
    if (attempt === ATTEMPTS_MAX || lateMs(join(out, 'traces', 'accept-1.trace.jsonl')) < LATE_MS_MAX) return text;
  }
}

/** How late the probe's own event loop was at worst, in milliseconds. */
function lateMs(trace) {
  const events = readFileSync(trace, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return Math.max(0, ...events.filter(({ type }) => type === 'lag').map((event) => event.lateMs));
}

/** Runs the command to its end and gives what it printed; anything but the exit code that belongs to a sample ends this. */
function probe(code, args) {
  const env = { ...process.env, NO_COLOR: '1', COLUMNS: '100', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
  const ended = spawnSync(process.execPath, ['dist/bin/call-probe.js', ...args], { encoding: 'utf8', env });
  process.stderr.write(ended.stderr);
  if (ended.status === code) return ended.stdout;
  process.stdout.write(ended.stdout);
  process.stderr.write(`call-probe ${args.join(' ')} ended with ${ended.status}, not with ${code}: no samples are made\n`);
  process.exit(1);
}

async function pictures() {
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
