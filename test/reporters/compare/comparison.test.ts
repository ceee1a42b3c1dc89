import { createHash } from 'node:crypto';
import t from 'tap';
import { type ComparedRun, type ComparedSide, compareSides } from '../../../src/reporters/compare/comparison.js';
import { comparisonHtml } from '../../../src/reporters/compare/html.js';
import { comparisonMarkdown } from '../../../src/reporters/compare/markdown.js';
import { renderComparison } from '../../../src/reporters/compare/terminal.js';
import { textWidth } from '../../../src/reporters/width.js';
import { golden } from '../../golden.js';
import { plain } from '../fake-out.js';
import { unansweredCall } from '../unanswered-call.js';
import { after, before, EVIL, hostileSide, pairCall, runOf, side } from './sides.js';

for (const columns of [80, 120]) {
  t.test(`the bug and its cure at ${columns} columns`, async (t) => {
    const comparison = compareSides(before(), after(), 0.2)!;
    const text = `${renderComparison(comparison, { columns, colors: 0, unicode: true }).join('\n')}\n`;
    t.equal(text, golden(`reporters/golden/compare-${columns}.txt`, text));
    for (const line of text.split('\n')) t.ok(textWidth(line) <= columns, line);
    const colours = renderComparison(comparison, { columns, colors: 1, unicode: true }).join('\n');
    t.equal(plain(colours), text.trimEnd(), 'colours change nothing but colours');
    t.notMatch(renderComparison(comparison, { columns, colors: 0, unicode: false }).join('\n'), /[^\x00-\x7f]/);
  });
}

t.test('Markdown: both ladders in one fence, what both have in one row', async (t) => {
  const text = comparisonMarkdown(compareSides(before(), after(), 0.2)!);
  t.equal(text, golden('reporters/golden/compare.md', text));
  const row = text.split('\n').find((line) => line.startsWith('►') && line.indexOf('►', 1) > 0);
  t.match(row, /✗╌*connected╌+│.*► .*│◀─+connected─+│/);
});

t.test('verdicts: what got worse comes first, what can not be decided is inconclusive', async (t) => {
  const good = runOf(pairCall());
  const bad = runOf(unansweredCall().events);
  const verdict = (a: Partial<ComparedRun>, b: Partial<ComparedRun>): string =>
    compareSides(side([{ ...good, ...a }]), side([{ ...good, ...b }]), 0.2)!.verdict;
  t.equal(verdict({}, {}), 'same');
  t.equal(compareSides(after(), before(), 0.2)!.verdict, 'worse');
  t.equal(compareSides(before(), before(), 0.2)!.verdict, 'same', 'as broken as before');
  t.equal(verdict({}, { status: 'unknown' }), 'inconclusive');
  t.equal(verdict({}, { status: 'skipped', timings: [] }), 'inconclusive');
  t.equal(verdict({ status: 'unknown' }, { status: 'failed' }), 'inconclusive');
  t.equal(verdict({ status: 'unknown' }, { status: 'unknown' }), 'same');
  const mixed = compareSides(
    side([
      { ...good, name: 'a' },
      { ...bad, name: 'b' },
      { ...good, name: 'c' },
      { ...good, name: 'gone' },
    ]),
    side([
      { ...good, name: 'a' },
      { ...good, name: 'b' },
      { ...bad, name: 'c' },
      { ...good, name: 'new' },
    ]),
    0.2,
  )!;
  t.same(
    mixed.scenarios.map((one) => [one.name, one.verdict]),
    [
      ['c', 'worse'],
      ['b', 'better'],
      ['a', 'same'],
    ],
  );
  t.same([mixed.onlyBefore, mixed.onlyAfter], [['gone'], ['new']]);
  t.equal(compareSides(side([{ ...good, name: 'a' }]), side([{ ...good, name: 'b' }]), 0.2), null);
});

t.test('repetitions are folded: one that failed is enough, and timings are shown by their percentiles', async (t) => {
  const good = runOf(pairCall());
  const timed = (from: number, count: number): ComparedRun[] =>
    Array.from({ length: count }, (_, index) => ({
      ...good,
      repetition: index + 1,
      timings: [{ name: 'accept-to-connected', ms: from + index }],
    }));
  const slower = compareSides(side(timed(10, 10)), side(timed(60, 10)), 0.2)!;
  t.match(slower.scenarios[0], { verdict: 'worse', reasons: ['accept-to-connected got worse'] });
  t.match(
    renderComparison(slower, { columns: 100, colors: 0 }).join('\n'),
    /accept-to-connected +10\/14\/19 +60\/64\/69 +\+50 ms/,
  );
  const flaky = compareSides(
    side(timed(10, 3)),
    side([...timed(10, 2), { ...good, repetition: 3, status: 'failed', timings: [] }]),
    0.2,
  )!;
  t.match(flaky.scenarios[0], { verdict: 'worse', after: { status: 'failed', repetitions: 3, notPassed: 1 } });
});

t.test('reports without traces: verdicts and summaries, no steps', async (t) => {
  const bare = (p50: number): ComparedSide => {
    const run = runOf(pairCall(), { trace: () => null, timings: [] });
    const timing = { count: 3, never: 0, min: p50, p50, p95: p50, p99: p50, max: p50 };
    return side([run], { summaries: new Map([[run.name, { 'accept-to-connected': timing }]]) });
  };
  const comparison = compareSides(bare(10), bare(100), 0.2)!;
  t.match(comparison.scenarios[0], { verdict: 'same', alignment: null, timings: [{ changeMs: 90, verdict: 'unclear' }] });
  t.doesNotThrow(() => [
    comparisonHtml(comparison, '1'),
    comparisonMarkdown(comparison),
    renderComparison(comparison, { columns: 80, colors: 0 }),
  ]);
});

t.test('text from outside stays text', async (t) => {
  const good = side([runOf(pairCall(), { name: EVIL })], { label: EVIL });
  const comparison = compareSides(hostileSide(), good, 0.2)!;
  const html = comparisonHtml(comparison, EVIL);
  t.notMatch(html, /<script|<img|onerror=alert\(1\)>|javascript:1"/i);
  t.notMatch(html, /[\u0000-\u0009\u000b-\u001f\u202e]/);
  const markdown = comparisonMarkdown(comparison);
  t.notMatch(markdown, /[\u0000-\u0009\u000b-\u001f\u202e]/);
  t.notMatch(markdown, /^# head/m);
  const terminal = renderComparison(comparison, { columns: 80, colors: 0, unicode: true }).join('\n');
  t.notMatch(terminal, /[\u0000-\u0009\u000b-\u001f\u202e]/);
});

t.test('the page runs nothing, loads nothing, and its style is allowed by its hash', async (t) => {
  const html = comparisonHtml(compareSides(before(), after(), 0.2)!, '0.1.0');
  const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(html) ?? [];
  t.match(html, `style-src 'sha256-${createHash('sha256').update(style, 'utf8').digest('base64')}'`);
  t.match(html, /default-src 'none'/);
  t.notMatch(html, /<script|\ssrc=|href="(?!#|data:,")|url\(|@import|\son\w+=|\sstyle=/i);
  t.match(html, /<html lang="en">[\s\S]*<main>[\s\S]*<h2 id="h1">/);
  t.equal(html.match(/<svg /g)?.length, 2);
  t.match(html, /connected · never sent · missing then, from server to alice/);
  t.match(html, /connected · only after/);
  t.match(html, /<figcaption>Before<\/figcaption>/);
});
