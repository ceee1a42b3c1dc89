import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';
import t from 'tap';
import { compareSides } from '../../../src/reporters/compare/comparison.js';
import { comparisonHtml } from '../../../src/reporters/compare/html.js';
import { NO_BROWSER, openReport, startBrowser } from '../html-report.js';
import { after, before, EVIL, hostileSide, pairCall, runOf, side } from './sides.js';

const skip = NO_BROWSER;
let browser: Browser;
t.before(async () => {
  if (skip === false) browser = await startBrowser();
});
t.teardown(() => browser?.close());

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const page = (): string => comparisonHtml(compareSides(before(), after(), 0.2)!, '0.1.0');

t.test('both ladders side by side on a wide screen, one below the other on a narrow one', { skip }, async (t) => {
  for (const [width, isBeside] of [
    [1280, true],
    [700, false],
  ] as const) {
    const opened = await openReport(browser, t.testdir(), page(), { viewport: { width, height: 900 } });
    const boxes = await Promise.all((await opened.page.locator('figure svg').all()).map((svg) => svg.boundingBox()));
    t.equal(boxes.length, 2);
    t.equal(Math.abs((boxes[0]?.y ?? 0) - (boxes[1]?.y ?? 0)) < 2, isBeside, `${width} pixels`);
    const overflow = await opened.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    t.ok(overflow <= 0, `nothing sticks out at ${width} pixels`);
    t.strictSame(opened.complaints, []);
  }
});

t.test('links lead to the scenario, the text of the ladders opens without a script', { skip }, async (t) => {
  const { page: shown, complaints } = await openReport(browser, t.testdir(), page(), { javaScriptEnabled: false });
  await shown.locator('table a').first().click();
  t.match(shown.url(), /#s1$/);
  await shown.locator('summary').click();
  t.match(await shown.locator('pre').innerText(), /✗╌*connected/);
  t.strictSame(complaints, []);
});

t.test('hostile text neither runs nor loads anything', { skip }, async (t) => {
  const good = side([runOf(pairCall(), { name: EVIL })], { label: EVIL });
  const html = comparisonHtml(compareSides(hostileSide(), good, 0.2)!, EVIL);
  const { page: shown, complaints } = await openReport(browser, t.testdir(), html);
  t.equal(await shown.locator('script, img').count(), 0);
  t.match(await shown.locator('h2').innerText(), '<script>alert(1)</script>');
  t.strictSame(complaints, []);
});

t.test('accessible by the rules of axe, in both themes', { skip }, async (t) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page: shown } = await openReport(browser, t.testdir(), page(), { colorScheme, bypassCSP: true });
    await shown.locator('summary').click();
    await shown.evaluate(AXE);
    const violations = await shown.evaluate<string[]>(
      `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, help, nodes }) => id + ': ' + help + ' ' + nodes.slice(0, 3).map(({ html, failureSummary }) => html + ' ' + failureSummary).join(' | ')))`,
    );
    t.strictSame(violations, [], colorScheme);
  }
});
