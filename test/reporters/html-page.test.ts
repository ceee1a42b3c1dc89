import type { Browser, Page } from 'playwright-core';
import t from 'tap';
import { renderHtml } from '../../src/reporters/html.js';
import type { TraceEvent } from '../../src/trace/event.js';
import { check, repetition, reportOf, scenario } from '../report-builder.js';
import { callTrace } from './call-trace.js';
import { CAUSE, LOST, LOST_N, mixedHtml, mixedReport, NO_BROWSER, openReport, startBrowser, tracesOf } from './html-report.js';

const skip = NO_BROWSER;
let browser: Browser;
t.before(async () => {
  if (skip === false) browser = await startBrowser();
});
t.teardown(() => browser?.close());

const fragment = (page: Page): string => new URL(page.url()).hash;
const cards = (page: Page) => page.locator('.cards li:not([hidden])');
const panel = (page: Page) => page.locator('aside.panel');
const drawn = (page: Page): Promise<void> => page.locator('.ladder svg .item').first().waitFor();
/** The item of the ladder that shows this text. */
const item = (page: Page, text: string | RegExp) => page.locator('.ladder .item', { hasText: text }).first();

t.test('opens on the first failure, asks nobody for anything and breaks no rule of its policy', { skip }, async (t) => {
  const { page, complaints } = await openReport(browser, t.testdir(), mixedHtml());
  await drawn(page);
  t.equal(await page.locator('h1').innerText(), 'Failed');
  t.match(await page.locator('main h2').innerText(), /the answer survives/);
  t.match(await page.locator('main .diagnosis').innerText(), /dropped-in-transit at alice\/phone\.signaling/);
  t.match(await page.locator('.divergence-line').innerText(), new RegExp(`First difference: n=${LOST_N}`));
  t.equal(await page.locator('.ladder .apart').count(), 1);
  t.equal(await page.locator('.ladder .cross').count(), 1);
  t.match(
    await page.locator('main table', { hasText: 'accept-to-connected' }).innerText(),
    /accept-to-connected\s+4\s+1\s.*never/s,
  );
  t.strictSame(complaints, []);
});

t.test('the filter narrows the list by text, verdict, tag and cause, and says how many are left', { skip }, async (t) => {
  const { page, complaints } = await openReport(browser, t.testdir(), mixedHtml());
  const count = page.locator('.count');
  t.equal(await count.innerText(), '4 scenarios');
  t.equal(await count.getAttribute('aria-live'), 'polite');
  await page.keyboard.press('/');
  await page.keyboard.type('declines');
  t.equal(await count.innerText(), '1 of 4 scenarios');
  t.match(await cards(page).innerText(), /callee declines/);
  await page.keyboard.press('Escape');
  t.equal(await cards(page).count(), 4);
  await page.getByRole('checkbox', { name: 'skipped' }).check();
  t.equal(await cards(page).count(), 1);
  await page.getByRole('checkbox', { name: 'failed' }).check();
  t.equal(await cards(page).count(), 2, 'one more verdict widens');
  await page.getByRole('checkbox', { name: 'failed' }).uncheck();
  await page.getByRole('checkbox', { name: 'skipped' }).uncheck();
  await page.getByLabel('Tag', { exact: true }).selectOption('away');
  t.equal(await cards(page).count(), 1);
  await page.getByLabel('Tag', { exact: true }).selectOption('all');
  await page.getByLabel('Cause', { exact: true }).selectOption('dropped-in-transit');
  t.equal(await cards(page).count(), 1);
  await page.getByLabel('Filter').fill('no such thing');
  t.ok(await page.locator('.none').isVisible());
  t.strictSame(complaints, []);
});

t.test('a click on a message shows it raw beside the ladder, and its links lead on', { skip }, async (t) => {
  const trace = callTrace(true).map(
    (event): TraceEvent => (event.type === 'wire' ? { ...event, frame: { type: 'event', sdp: 'v=0\r\no=- 1\r\n' } } : event),
  );
  const { page, complaints } = await openReport(browser, t.testdir(), renderHtml(mixedReport(), { traceOf: () => trace }));
  await drawn(page);
  t.notOk(await panel(page).isVisible());
  await page.locator('.ladder .f-lost.label').click();
  await panel(page).waitFor();
  const text = await panel(page).innerText();
  t.match(text, /event\.connected/);
  t.match(text, /never read at the other end/);
  t.match(text, /"sdp": "v=0\\r\\no=- 1\\r\\n"/, 'the frame as it was');
  t.match(text, /^v=0\no=- 1$/m, 'and its SDP as people read it');
  t.equal(fragment(page), `#s=2&r=3&n=${LOST_N}`);
  await panel(page).getByRole('button', { name: 'Close' }).click();
  t.notOk(await panel(page).isVisible());
  t.equal(fragment(page), '#s=2&r=3');

  await page.locator('.ladder .message', { hasText: 'accept' }).click();
  await panel(page).getByRole('link').first().click();
  await page.locator('.item.selected').waitFor();
  t.match(fragment(page), /&n=\d+$/);
  t.strictSame(complaints, []);
});

t.test('evidence leads to its event in the ladder', { skip }, async (t) => {
  const { page } = await openReport(browser, t.testdir(), mixedHtml());
  await drawn(page);
  await page.locator('.diagnosis .evidence a').first().click();
  await panel(page).waitFor();
  t.equal(fragment(page), `#s=2&r=3&n=${LOST_N}`);
  t.match(await page.locator('.item.selected').textContent(), /lost/);
  t.ok((await page.locator('.item.selected').boundingBox()) !== null);
  t.ok(await page.locator('.proof-mark').count(), 'and the ladder marks what checks and causes speak of');
});

t.test('a link to an event is restored when the page is loaded again', { skip }, async (t) => {
  const { page, complaints } = await openReport(browser, t.testdir(), mixedHtml(), { fragment: `#s=2&r=9&n=${LOST_N}` });
  const check = async (): Promise<void> => {
    await panel(page).waitFor();
    t.equal(await page.getByLabel('Repetition', { exact: true }).inputValue(), '9');
    t.equal(await page.locator('.item.selected').getAttribute('aria-pressed'), 'true');
    t.ok(await page.locator('.item.selected').isVisible());
    t.equal(fragment(page), `#s=2&r=9&n=${LOST_N}`);
  };
  await check();
  await page.reload();
  await check();
  t.strictSame(complaints, []);
});

t.test('links that lead nowhere show something sensible', { skip }, async (t) => {
  const { page, complaints } = await openReport(browser, t.testdir(), mixedHtml(), { fragment: '#s=99&r=12345&n=99999' });
  await panel(page).waitFor();
  t.match(await panel(page).innerText(), /This trace has no event n=99999/);
  t.strictSame(complaints, []);
});

t.test('keys: failures, messages, help', { skip }, async (t) => {
  const { page, complaints } = await openReport(browser, t.testdir(), mixedHtml());
  await drawn(page);
  const seen: string[] = [];
  for (const key of ['n', 'n', 'n', 'p']) {
    const before = fragment(page);
    await page.keyboard.press(key);
    await page.waitForURL((url) => url.hash !== before);
    seen.push(fragment(page));
  }
  t.strictSame(seen, ['#s=2&r=9', '#s=2&r=14', '#s=2&r=3', '#s=2&r=14']);
  t.match(await page.locator('p[aria-live]').last().textContent(), /Failure 3 of 3: the answer survives .*, repetition 14/);
  await drawn(page);
  await page.keyboard.press('j');
  await panel(page).waitFor();
  const first = fragment(page);
  t.match(await panel(page).locator('h2').innerText(), /invite/);
  await page.keyboard.press('j');
  await page.waitForURL((url) => url.hash !== first);
  await page.keyboard.press('k');
  await page.waitForURL((url) => url.hash === first);
  await page.keyboard.press('Escape');
  t.notOk(await panel(page).isVisible());
  await page.keyboard.press('?');
  t.ok(await page.getByRole('dialog').isVisible());
  t.match(await page.getByRole('dialog').innerText(), /next failure/);
  await page.keyboard.press('Escape');
  t.notOk(await page.getByRole('dialog').isVisible());
  t.strictSame(complaints, []);
});

t.test('the ladder by keyboard: arrows walk, Enter opens', { skip }, async (t) => {
  const { page } = await openReport(browser, t.testdir(), mixedHtml());
  await drawn(page);
  await page.locator('.ladder .item[tabindex="0"]').focus();
  const names: (string | null)[] = [];
  for (let i = 0; i < 3; i++) {
    names.push(await page.evaluate<string | null>(`document.activeElement.getAttribute('aria-label')`));
    await page.keyboard.press('ArrowDown');
  }
  t.equal(new Set(names).size, 3);
  for (const name of names) t.match(name, /^\d+\.\d{3} s: /);
  await page.keyboard.press('Enter');
  await panel(page).waitFor();
});

t.test('everything there is can be shown, and is when a link asks for it', { skip }, async (t) => {
  const { page } = await openReport(browser, t.testdir(), mixedHtml(), { fragment: '#s=0' });
  await drawn(page);
  const before = await page.locator('.ladder .item').count();
  t.equal(await item(page, 'ack').count(), 0);
  await page.getByLabel('show everything').check();
  t.ok((await page.locator('.ladder .item').count()) > before);
  t.equal(await item(page, 'ack').count(), 1);
  const ack = callTrace().find((event) => event.type === 'wire' && event.kind === 'ack')?.n ?? 0;
  await page.goto(page.url().replace(/#.*/, `#s=1&n=${ack}`));
  await panel(page).waitFor();
  t.ok(await page.getByLabel('show everything').isChecked());
  await page.locator('summary', { hasText: 'as a list' }).click();
  const list = await page.locator('.events li').allInnerTexts();
  t.ok(list.some((text) => /call bob/.test(text)) && list.some((text) => /: connected, from server to bob/.test(text)));
});

t.test('the replay command can be copied without any permission', { skip }, async (t) => {
  const { page } = await openReport(browser, t.testdir(), mixedHtml());
  await drawn(page);
  await page.evaluate(`Object.defineProperty(navigator, 'clipboard', { value: undefined })`);
  await page.locator('main').getByRole('button', { name: 'Copy' }).click();
  await page.locator('main .command [role="status"]', { hasText: /copied|selected/ }).waitFor();
  t.equal(await page.evaluate(`getSelection().toString()`), await page.locator('main .command-text').innerText());
});

t.test('the first cause is shown in full, what is less likely in a line until it is asked for', { skip }, async (t) => {
  const others = (['lost-uplink', 'not-forwarded'] as const).map((code) => ({ ...CAUSE, code, confidence: 0.25 }));
  const whole = mixedReport();
  const scenarios = whole.scenarios.map((one) =>
    one.diagnoses.length === 0 ? one : { ...one, diagnoses: [...one.diagnoses, ...others] },
  );
  const { page, complaints } = await openReport(browser, t.testdir(), renderHtml({ ...whole, scenarios }, { traceOf: tracesOf }));
  await drawn(page);
  const shown = page.locator('main .diagnosis:visible');
  t.equal(await shown.count(), 1);
  t.match(await shown.innerText(), /^Cause: dropped-in-transit/);
  const rest = page.getByRole('region', { name: 'Other causes' });
  t.match(await rest.innerText(), /lost-uplink at alice\/phone\.signaling, possible/);
  await rest.locator('summary').first().click();
  t.equal(await shown.count(), 2);
  t.match(await shown.nth(1).innerText(), /^Possible cause: lost-uplink/);
  t.strictSame(complaints, []);
});

t.test('a server that the trace does not see is drawn as such', { skip }, async (t) => {
  const trace = LOST.filter(({ node }) => node !== 'server').map((event) =>
    event.type === 'run' && event.phase === 'begin' ? { ...event, serverVisible: false } : event,
  );
  const { page, complaints } = await openReport(browser, t.testdir(), renderHtml(mixedReport(), { traceOf: () => trace }));
  await drawn(page);
  t.match(await page.locator('.ladder-top').textContent(), /not visible/);
  t.equal(await page.locator('.ladder .lane-hidden').count(), 1);
  t.equal(await page.locator('.ladder .cross').count(), 0);
  t.strictSame(complaints, []);
});

const EVIL = `</script><script>alert(1)</script><img src=x onerror="alert(2)"><!-- ]]> \u2028\u202edcba {{7*7}} javascript:alert(3) '"\``;

t.test('text from outside never runs, and what would turn the reader around is shown', { skip }, async (t) => {
  const trace = LOST.map((event): TraceEvent => {
    const hostile = { ...event, node: event.node === 'alice/phone' ? `alice/${EVIL}` : event.node };
    if (hostile.type === 'wire')
      return {
        ...hostile,
        ...(hostile.kind === 'event.connected' ? { kind: 'unmapped', name: EVIL } : {}),
        call: EVIL,
        frame: { [EVIL]: `v=0\r\n${EVIL}` },
      };
    if (hostile.type === 'run' && hostile.phase === 'begin')
      return { ...hostile, devices: [`alice/${EVIL}`, 'bob/phone'], replay: EVIL };
    if (hostile.type === 'mark') return { ...hostile, text: EVIL, actual: EVIL };
    if (hostile.type === 'fault') return { ...hostile, fault: EVIL, message: EVIL };
    return hostile.type === 'action' ? { ...hostile, peer: EVIL } : hostile;
  });
  const report = reportOf(
    [
      scenario({
        name: EVIL,
        file: EVIL,
        tags: [EVIL],
        status: 'failed',
        why: EVIL,
        replay: EVIL,
        agents: { [EVIL]: { state: EVIL, reason: EVIL, call: EVIL, version: 1, timerStartedAt: null, media: EVIL } },
        checks: [
          check({ name: EVIL, valid: false, message: `${EVIL}\n${EVIL}`, expected: EVIL, actual: EVIL, evidence: [LOST_N] }),
        ],
        diagnoses: [
          {
            code: 'not-forwarded',
            hop: EVIL,
            call: EVIL,
            title: EVIL,
            proof: [EVIL],
            lookAt: EVIL,
            confidence: 1,
            summary: EVIL,
            evidence: [LOST_N],
            lines: [EVIL],
            ruledOutBy: EVIL,
          },
        ],
        timings: { [EVIL]: { count: 1, never: 0, min: 1, p50: 1, p95: 1, p99: 1, max: 1 } },
        repetitions: [repetition({ status: 'failed', diagnoses: [0], trace: `${EVIL}.trace.jsonl` })],
      }),
    ],
    { seed: EVIL, target: EVIL, defects: [EVIL], version: EVIL },
  );
  const { page, complaints } = await openReport(
    browser,
    t.testdir(),
    renderHtml(report, { traceOf: () => trace, notes: [EVIL] }),
  );
  await drawn(page);
  await page.locator('.evidence a').first().click();
  await panel(page).waitFor();
  await page.locator('summary', { hasText: 'as a list' }).click();
  await page.keyboard.press('n');
  await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
  t.equal(await page.locator('img').count(), 0);
  t.equal(await page.locator('script:not([type])').count(), 1, 'its own');
  const text = await page.locator('body').innerText();
  t.ok(text.includes('<img src=x onerror="alert(2)">'), 'it is there, as text');
  t.notMatch(text, /[\u202e\u2028]/);
  t.match(text, /\\u202e/);
  t.strictSame(complaints, []);
});

t.test('sensitive data is announced loudly, its absence quietly', { skip }, async (t) => {
  const loud = await openReport(browser, t.testdir(), mixedHtml({ redaction: 'off' }));
  t.match(await loud.page.locator('header').innerText(), /INCLUDES SENSITIVE DATA/);
  const quiet = await openReport(browser, t.testdir(), mixedHtml({ redaction: 'on' }));
  t.match(await quiet.page.locator('header').innerText(), /Redacted/);
});

t.test('a report without any scenario, and one that passed, are readable', { skip }, async (t) => {
  const empty = await openReport(browser, t.testdir(), renderHtml(reportOf([]), { traceOf: () => null }));
  t.match(await empty.page.locator('main').innerText(), /holds no scenario/);
  const passed = await openReport(browser, t.testdir(), renderHtml(reportOf([scenario()]), { traceOf: () => callTrace() }));
  await drawn(passed.page);
  t.equal(await passed.page.locator('h1').innerText(), 'Passed');
  await passed.page.keyboard.press('n');
  await passed.page.locator('p[aria-live]', { hasText: 'No failure is shown.' }).waitFor({ state: 'attached' });
  t.strictSame([...empty.complaints, ...passed.complaints], []);
});

t.test('a thousand calls are one report that opens at once', { skip }, async (t) => {
  const repetitions = Array.from({ length: 1_000 }, (_, index) => {
    return repetition({ repetition: index + 1, status: index % 10 === 0 ? 'failed' : 'passed', trace: `t/${index}.trace.jsonl` });
  });
  const report = reportOf(
    Array.from({ length: 100 }, (_, index) =>
      scenario({ name: `scenario ${index}`, status: 'failed', repetitions: repetitions.slice(index * 10, index * 10 + 10) }),
    ),
  );
  const { page, complaints } = await openReport(browser, t.testdir(), renderHtml(report, { traceOf: tracesOf }));
  await drawn(page);
  const took = await page.evaluate<number>('performance.now()');
  // What it takes on a quiet machine is measured by the benchmark `html`; this only fails when something is far off.
  t.ok(took < 20_000, `drawn after ${Math.round(took)} ms`);
  t.strictSame(complaints, []);
});
