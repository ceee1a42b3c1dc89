/** How long an HTML report of many calls takes to make, how large it is, and how long Chromium takes to show it. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { renderHtml } from '../src/reporters/html.js';
import { loadScenarios } from '../src/scenarios/language/load.js';
import type { RunReport } from '../src/scenarios/run/result.js';
import { runScenarios } from '../src/scenarios/run/run.js';
import { decodeTrace } from '../src/trace/jsonl.js';
import { NO_BROWSER, startBrowser } from '../test/reporters/html-report.js';
import { type Bench, median, type Row, timed } from './bench.js';

const SIZES = [100, 1_000, 10_000];
const OPENINGS = 5;

export const htmlReportBench: Bench = {
  name: 'html: real calls in one report, a tenth of them failed',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'call-probe-html-'));
    try {
      const { report, traceOf } = await realCalls(folder);
      const rows: Row[] = [['calls', 'made in', 'size', 'first ladder after']];
      for (const size of SIZES) {
        const many = multiplied(report, size);
        let html = '';
        const madeMs = timed(() => {
          html = renderHtml(many, { traceOf });
        });
        const file = join(folder, `${size}.html`);
        writeFileSync(file, html);
        rows.push([
          `${size}`,
          `${(madeMs / 1000).toFixed(1)} s`,
          `${(statSync(file).size / 2 ** 20).toFixed(1)} MB`,
          await openedIn(file),
        ]);
      }
      return rows;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** One call that goes well and one that fails, over real sockets. */
async function realCalls(
  folder: string,
): Promise<{ report: RunReport; traceOf: (path: string) => ReturnType<typeof decodeTrace>['events'] }> {
  const { scenarios } = loadScenarios(['scenarios/accept.yaml', 'scenarios/decline.yaml']);
  const report = await runScenarios(scenarios, {
    version: '0',
    target: 'bundled',
    defects: ['drop-answer'],
    seed: 'bench',
    workers: 1,
    repeat: 1,
    retries: 0,
    bail: false,
    out: folder,
    signal: new AbortController().signal,
    listener: {},
    replayFlags: '',
  });
  return { report, traceOf: (path) => decodeTrace(readFileSync(path, 'utf8')).events };
}

/** `calls` repetitions of the two, in scenarios of ten of which one failed. */
function multiplied(report: RunReport, calls: number): RunReport {
  const failed = report.scenarios.find(({ status }) => status === 'failed');
  const passed = report.scenarios.find(({ status }) => status === 'passed');
  if (failed === undefined || passed === undefined) throw new Error('the bench needs one call that fails and one that does not');
  const [bad, good] = [failed.repetitions[0], passed.repetitions[0]];
  if (bad === undefined || good === undefined) throw new Error('the bench needs a repetition of each');
  const scenarios = Array.from({ length: calls / 10 }, (_, index) => ({
    ...failed,
    name: `${failed.name} ${index}`,
    repetitions: Array.from({ length: 10 }, (_, at) => ({
      ...(at === 0 ? bad : good),
      repetition: at + 1,
      diagnoses: at === 0 ? bad.diagnoses : [],
    })),
  }));
  return {
    ...report,
    scenarios,
    summary: { ...report.summary, scenarios: scenarios.length, failed: scenarios.length, passed: 0 },
  };
}

/** From the beginning of the navigation until a ladder is drawn; the median of several. */
async function openedIn(file: string): Promise<string> {
  if (NO_BROWSER !== false) return NO_BROWSER;
  const browser = await startBrowser();
  try {
    const figures: number[] = [];
    for (let opening = 0; opening < OPENINGS; opening++) {
      const page = await browser.newPage();
      await page.goto(pathToFileURL(file).href, { waitUntil: 'commit' });
      await page.locator('.ladder .item').first().waitFor();
      figures.push(await page.evaluate<number>('performance.now()'));
      await page.close();
    }
    return `${Math.round(median(figures))} ms`;
  } finally {
    await browser.close();
  }
}
