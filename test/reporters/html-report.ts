/** HTML reports for tests, and the Chromium that opens them. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { HtmlContext } from '../../src/reporters/html/model.js';
import { TRACE_ELEMENT } from '../../src/reporters/html/page-data.js';
import { renderHtml } from '../../src/reporters/html.js';
import type { Diagnosis, RunReport } from '../../src/scenarios/run/result.js';
import type { TraceEvent } from '../../src/trace/event.js';
import { lineOf } from '../../src/trace/line.js';
import { brokenScenario, check, healthyReport, reportOf, skippedScenario } from '../report-builder.js';
import { callTrace } from './call-trace.js';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why tests in a browser can't run here, or false. */
export const NO_BROWSER = existsSync(CHROMIUM) ? false : `no Chromium at ${CHROMIUM}: install it, or name another in CHROMIUM`;

/** Started with everything off that would talk to a network. */
export function startBrowser(): Promise<Browser> {
  const quiet = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', ...quiet] });
}

/** A page, and everything in it that should not have happened. */
export interface OpenPage {
  readonly page: Page;
  readonly complaints: readonly string[];
}

/** Opens the HTML as a file, with a watch on errors, requests and violations of its policy. */
export async function openReport(
  browser: Browser,
  folder: string,
  html: string,
  { fragment = '', ...options }: BrowserContextOptions & { readonly fragment?: string } = {},
): Promise<OpenPage> {
  const file = join(folder, 'report.html');
  writeFileSync(file, html);
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const own = pathToFileURL(file).href;
  page.on('console', (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(own) && request.url() !== 'data:,') complaints.push(`request: ${request.url()}`);
  });
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI));`,
  );
  await page.goto(`${own}${fragment}`);
  return { page, complaints };
}

/** The trace in which the caller never receives the answer, and the message that was lost in it. */
export const LOST = callTrace(true);
export const LOST_N =
  LOST.findLast(
    ({ type, node, ...event }) => type === 'wire' && node === 'server' && 'kind' in event && event.kind === 'event.connected',
  )?.n ?? 0;

export const CAUSE: Diagnosis = {
  code: 'dropped-in-transit',
  hop: 'alice/phone.signaling',
  call: 'c1',
  title: 'A device does not receive a change',
  proof: [],
  lookAt: 'the log of the server',
  confidence: 0.9,
  summary: 'event.connected left the server and never reached alice/phone',
  evidence: [LOST_N],
  lines: LOST.filter(({ n }) => n === LOST_N).map(lineOf),
  ruledOutBy: 'a read of that frame at alice/phone',
};

/** Two scenarios that passed, one that failed in the repetitions 3, 9 and 14 of 20, and one that was skipped. */
export function mixedReport(): RunReport {
  const { scenarios } = healthyReport();
  const broken = brokenScenario({ diagnoses: [CAUSE], tags: ['core', 'away'] });
  const checks = broken.checks.map((one) => (one.evidence.length === 0 ? one : check({ ...one, evidence: [LOST_N] })));
  return reportOf([...scenarios, { ...broken, checks }, skippedScenario()], { defects: ['forget-offline'] });
}

/** Traces by the paths that `mixedReport` names. */
export function tracesOf(path: string): readonly TraceEvent[] {
  return /away\.(3|9|14)\./.test(path) ? LOST : callTrace();
}

export function mixedHtml(context: Partial<HtmlContext> = {}): string {
  return renderHtml(mixedReport(), { traceOf: tracesOf, ...context });
}

/** The opposite of `packed`. */
export function unpacked(text: string): unknown {
  return JSON.parse(inflateRawSync(Buffer.from(text, 'base64')).toString('utf8'));
}

/** The traces of a report as text. */
export function packedTexts(html: string): string[] {
  const parts = html.matchAll(new RegExp(`<script type="text/plain" id="${TRACE_ELEMENT}\\d+">([A-Za-z0-9+/=]*)</script>`, 'g'));
  return [...parts].map(([, text = '']) => JSON.stringify(unpacked(text)));
}
