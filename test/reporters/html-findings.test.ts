import type { Browser } from 'playwright-core';
import t from 'tap';
import { modelOf } from '../../src/reporters/html/model.js';
import { renderHtml } from '../../src/reporters/html.js';
import { healthyReport } from '../report-builder.js';
import { findingsReport } from './findings-report.js';
import { NO_BROWSER, openReport, startBrowser } from './html-report.js';

const skip = NO_BROWSER;
let browser: Browser;
t.before(async () => {
  if (skip === false) browser = await startBrowser();
});
t.teardown(() => browser?.close());

const context = { traceOf: () => null };

t.test('the page gets the findings in words, and each scenario their numbers', async (t) => {
  const { page } = modelOf(findingsReport(), context);
  t.equal(page.findingsSummary, '2 bugs, 1 failure without a cause, 1 declared limit');
  t.match(page.findings, [
    {
      title: /"cancel"/,
      where: 'not-forwarded at server, certain',
      lookAt: /^Look at: what/,
      shown: /cancel\.yaml and 2/,
      scenario: 2,
    },
    { where: 'lost-downlink at bob/phone, likely', alternatives: [/^Or reordered at/], scenario: 3 },
    { where: 'latency, no cause found', scenario: 4 },
  ]);
  t.strictSame(
    page.scenarios.map(({ findings }) => findings),
    [[1], [1], [1], [2], [3], [], []],
  );
  t.strictSame(modelOf(healthyReport(), context).page.findings, []);
});

t.test('findings stand above the scenarios; the page opens on the first, and their links lead on', { skip }, async (t) => {
  const html = renderHtml(findingsReport(), context);
  const { page, complaints } = await openReport(browser, t.testdir(), html);
  const section = page.getByRole('region', { name: 'Findings' });
  t.match(await section.locator('h2').innerText(), /Findings\s+2 bugs, 1 failure without a cause, 1 declared limit/);
  const first = section.locator('li').first();
  const text = await first.innerText();
  t.match(text, /1\s+The server does not pass "cancel" on to the callee\s+not-forwarded at server, certain/);
  t.match(text, /bob still rings\.\s+Look at: what the server does on "cancel" while a call rings\.\s+Shown by cancel\.yaml/);
  t.match(text, /call-probe run scenarios\/cancel\.yaml --seed 7/);
  t.match(await section.innerText(), /Declared limit: Nothing is acknowledged/);
  const [top, list] = await Promise.all([section.boundingBox(), page.locator('nav').boundingBox()]);
  t.ok((top?.y ?? 1) < (list?.y ?? 0), 'above the list');
  t.match(await page.locator('main h2').innerText(), /caller gives up/);
  t.match(await page.locator('main .meta').innerText(), /finding 1/);
  await section.locator('li').nth(1).getByRole('link', { name: 'Show it' }).click();
  await page.locator('main h2', { hasText: 'the callee was away' }).waitFor();
  t.match(await page.locator('.card[aria-current]').innerText(), /finding 2/);
  t.strictSame(complaints, []);
});

t.test('three are open, the others at a click, and all on paper', { skip }, async (t) => {
  const whole = findingsReport();
  const findings = Array.from({ length: 5 }, (_, index) => ({ ...whole.findings[0]!, title: `Bug ${index}` }));
  const { page } = await openReport(browser, t.testdir(), renderHtml({ ...whole, findings }, context));
  t.equal(await page.locator('.findings details[open]').count(), 3);
  await page.locator('.findings summary', { hasText: 'Bug 4' }).click();
  t.equal(await page.locator('.findings details[open]').count(), 4);
  await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
  t.equal(await page.locator('.findings details:not([open])').count(), 0);
});

t.test('without findings there is no section; limits alone are said', { skip }, async (t) => {
  const healthy = await openReport(browser, t.testdir(), renderHtml(healthyReport(), context));
  t.equal(await healthy.page.locator('.findings').count(), 0);
  const { limits } = findingsReport();
  const limited = await openReport(browser, t.testdir(), renderHtml({ ...healthyReport(), limits }, context));
  t.match(await limited.page.getByRole('region', { name: 'Declared limits' }).innerText(), /^Declared limit: Nothing/);
});
