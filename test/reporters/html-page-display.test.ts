import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import t from 'tap';
import { renderHtml } from '../../src/reporters/html.js';
import { brokenScenario, repetition, reportOf } from '../report-builder.js';
import { LOST_N, mixedHtml, mixedReport, NO_BROWSER, openReport, startBrowser, tracesOf } from './html-report.js';

const skip = NO_BROWSER;
let browser: Browser;
t.before(async () => {
  if (skip === false) browser = await startBrowser();
});
t.teardown(() => browser?.close());

const panel = (page: Page) => page.locator('aside.panel');
const drawn = (page: Page): Promise<void> => page.locator('.ladder svg .item').first().waitFor();

t.test('dark and light: as the system says, until the reader decides, and it stays so', { skip }, async (t) => {
  const { page, complaints } = await openReport(browser, t.testdir(), mixedHtml(), { colorScheme: 'dark' });
  const ground = (): Promise<string> => page.evaluate<string>(`getComputedStyle(document.body).backgroundColor`);
  const dark = await ground();
  await page.emulateMedia({ colorScheme: 'light' });
  await page.locator('html[data-theme="light"]').waitFor();
  const light = await ground();
  t.not(dark, light);
  await page.getByRole('button', { name: 'Theme: auto' }).click();
  t.equal(await ground(), dark);
  await page.reload();
  t.equal(await ground(), dark, 'remembered');
  await page.getByRole('button', { name: 'Theme: dark' }).click();
  t.equal(await ground(), light);
  t.strictSame(complaints, []);
});

t.test('on paper: no controls, light, all details open, and the other failures', { skip }, async (t) => {
  const other = brokenScenario({ name: 'another failure', repetitions: [repetition({ status: 'failed', repetition: 3 })] });
  const report = reportOf([...mixedReport().scenarios, other]);
  const { page } = await openReport(browser, t.testdir(), renderHtml(report, { traceOf: tracesOf }), { colorScheme: 'dark' });
  await drawn(page);
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
  t.notOk(await page.locator('nav').isVisible());
  t.notOk(await page.getByRole('button', { name: 'Next failure' }).isVisible());
  t.ok(await page.locator('.printed', { hasText: 'another failure' }).isVisible());
  t.equal(await page.locator('main details:not([open])').count(), 0);
  t.equal(await page.evaluate(`getComputedStyle(document.body).backgroundColor`), 'rgb(255, 255, 255)');
  t.equal(await page.evaluate(`getComputedStyle(document.body).color`), 'rgb(27, 34, 48)');
});

t.test('a narrow window scrolls the drawing, never the page', { skip }, async (t) => {
  for (const width of [1440, 700, 360]) {
    const { page } = await openReport(browser, t.testdir(), mixedHtml(), {
      viewport: { width, height: 800 },
      fragment: `#s=2&r=3&n=${LOST_N}`,
    });
    await panel(page).waitFor();
    t.ok(await page.evaluate<boolean>(`document.documentElement.scrollWidth <= innerWidth`), `${width} pixels`);
  }
});

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

t.test('accessible by the rules of axe, in both themes, with everything open', { skip }, async (t) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await openReport(browser, t.testdir(), mixedHtml({ redaction: 'off', notes: ['a note'] }), {
      colorScheme,
      bypassCSP: true,
      fragment: `#s=2&r=3&n=${LOST_N}`,
    });
    await panel(page).waitFor();
    await page.locator('summary', { hasText: 'as a list' }).click();
    const violations = async (): Promise<string[]> => {
      await page.evaluate(AXE);
      return page.evaluate<string[]>(
        `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, help, nodes }) => id + ': ' + help + ' ' + nodes.slice(0, 3).map(({ html, failureSummary }) => html + ' ' + failureSummary).join(' | ')))`,
      );
    };
    t.strictSame(await violations(), [], colorScheme);
    await page.keyboard.press('?');
    t.strictSame(await violations(), [], `${colorScheme}, help`);
  }
});
