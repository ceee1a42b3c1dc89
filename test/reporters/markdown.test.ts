import { marked } from 'marked';
import t from 'tap';
import { printable } from '../../src/reporters/format.js';
import { renderMarkdown } from '../../src/reporters/markdown.js';
import { fenced, inCell, inCode, inProse, table } from '../../src/reporters/markdown-text.js';
import { renderMermaidReport } from '../../src/reporters/mermaid.js';
import type { ScenarioResult } from '../../src/scenarios/run/result.js';
import { golden } from '../golden.js';
import { brokenScenario, healthyReport, reportOf, scenario } from '../report-builder.js';
import { findingsReport } from './findings-report.js';
import { diagnosed, HOSTILE, hostileReport, hostileTrace, sorryReport, traceOf } from './sorry-report.js';

const html = (markdown: string): string => marked.parse(markdown, { async: false, gfm: true });
/** Every tag of a page, with its attributes. */
const tagsOf = (page: string): string[] => [...new Set([...page.matchAll(/<[a-z!][^>]*>/gi)].map(([tag]) => tag))];
const HARMLESS =
  /^<(h[23]|p|strong|code( class="language-(text|sh|mermaid)")?|pre|ul|li|table|thead|tbody|tr|th|td|(th|td) align="right")>$/;
/** What stands outside of code, where GitHub looks for people, issues and links. */
const proseOf = (page: string): string => page.replace(/<code[^>]*>[\s\S]*?<\/code>/g, '');

t.test('the report as a whole', async (t) => {
  const text = renderMarkdown(sorryReport(), traceOf);
  t.equal(text, golden('reporters/golden/report.md', text));
  for (const line of text.split('\n')) if (!/^\||n=|^call-probe run|^\* /.test(line)) t.ok(line.length <= 120, line);
});

t.test('the failing one comes first, with the disagreement, the cause and its proof, and how to see it again', async (t) => {
  const text = renderMarkdown(reportOf([scenario(), diagnosed()]), traceOf);
  const order = [
    '## call-probe: 1 failed, 1 passed',
    '### Findings: 1 bug',
    '**1. A device does not receive a change**: `not-forwarded at server, certain`',
    'Look at: the log of the server.',
    'call-probe run scenarios/accept.yaml --seed 7 --repeat 1 --defect drop-answer',
    '### failed: callee accepts, both sides are connected',
    '**caller=ringing callee=connected**'.replace('caller', 'alice').replace('callee', 'bob'),
    '`scenarios/accept.yaml:1`',
    '**Cause**: `not-forwarded at server, certain`',
    'n=41 0.211 s server has connected, version 3 of c1',
    '  expected: both: connected within 1s',
    '**Evidence**',
    '* alice/phone: ringing, version 2, media idle',
    '**Again**',
    '### Scenarios',
    '### Timings',
  ].map((part) => text.indexOf(part));
  t.ok(
    order.every((at) => at >= 0),
    order.join(' '),
  );
  t.strictSame(
    order,
    [...order].sort((a, b) => a - b),
  );
  t.match(text, '| failed | callee accepts, both sides are connected | 0/1 | 3.41 s | `not-forwarded at server` | 1 |');
  t.match(text, /accept-to-connected \| 4 \| 1 \| 5 \| 6 \| never \| never \| never \|/);
});

t.test('a run in which all is well, one in which nothing ran, one with very many failures', async (t) => {
  t.notMatch(renderMarkdown(healthyReport(), traceOf), /### (failed|unknown|Skipped|Passed)/);
  t.match(renderMarkdown(reportOf([], { interrupted: true }), traceOf), /nothing ran, \*\*interrupted\*\*/);
  const [cause] = brokenScenario().diagnoses;
  const alike = (index: number): ScenarioResult => brokenScenario({ name: `scenario ${index}` });
  const one = renderMarkdown(reportOf(Array.from({ length: 300 }, (_, index) => alike(index))), traceOf);
  t.equal(one.split('### failed').length - 1, 1);
  t.match(one, '* scenario 7 (`scenarios/accept-while-caller-is-away.yaml`): finding 1');
  t.match(one, 'And 99 further rows; the JSON report has them all.');
  const other = (index: number): ScenarioResult => ({ ...alike(index), diagnoses: [{ ...cause!, title: `Bug ${index}` }] });
  const many = renderMarkdown(reportOf(Array.from({ length: 300 }, (_, index) => other(index))), traceOf);
  t.match(many, 'And 280 further findings; the JSON report has them all.');
  t.equal(many.split('### failed').length - 1, 20);
  t.match(many, 'And 280 further scenarios, see the table.');
  t.match(many, 'And 100 further rows; the JSON report has them all.');
});

t.test('hostile text is neither HTML nor link, image, mention, table or fence', async (t) => {
  const report = hostileReport();
  for (const text of [renderMarkdown(report, () => hostileTrace()), renderMermaidReport(report, () => hostileTrace())]) {
    const page = html(text);
    for (const tag of tagsOf(page)) t.match(tag, HARMLESS, tag);
    t.notMatch(proseOf(page), /@|#\d|https?:|www\.|script|evil/i);
    t.notMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028]/);
  }
});

t.test('each hostile line by itself in every place', async (t) => {
  for (const line of [
    ...HOSTILE.split('\n'),
    '|',
    '\\|',
    '\\\\|',
    '`',
    '``a`',
    ' ` ',
    '\\',
    '<b>',
    '- a',
    '1. a',
    '    a',
    '***',
    '~~~',
  ]) {
    const name = printable(line);
    const cells = html(table(['a', 'b'], [[inProse(line), inCode(line)]], () => false).join('\n'));
    for (const tag of tagsOf(cells)) t.match(tag, HARMLESS, `${name} in a cell: ${tag}`);
    const first = html(table(['a', 'b'], [[inProse(line), 'second']], () => false).join('\n'));
    t.match(first, /<td>second<\/td>\s*<\/tr>/, `${name} ends no cell`);
    for (const tag of tagsOf(html(`### failed: ${inProse(line)}`))) t.match(tag, /^<(h3|code)>$/, name);
    t.equal(html(fenced([line, 'x'], 'text').join('\n')).split('<pre>').length, 2, `${name} ends no fence`);
  }
});

t.test('plain words stay readable, everything else is code', async (t) => {
  for (const plain of ['callee accepts, both sides are connected', 'alice/phone: ringing, version 2', 'état – non'.slice(0, 4)]) {
    t.equal(inProse(plain), plain);
  }
  t.equal(inProse('a_b'), '`a_b`');
  t.equal(inProse('see www.x'), '`see www.x`');
  t.equal(inProse('fixes ABC-12'), '`fixes ABC-12`');
  t.equal(inProse('deadbeef1'), '`deadbeef1`');
  t.equal(inCode('a ``b` c'), '```a ``b` c```');
  t.equal(inCode('`'), '`` ` ``');
  t.equal(inCell('a|b\\|c'), 'a\\|b\\\\\\|c');
  t.strictSame(fenced(['````'], 'text'), ['`````text', '````', '`````']);
});

t.test('the findings of a run, with what is open and the declared limits', async (t) => {
  const text = renderMarkdown(findingsReport(), () => null);
  t.equal(text, golden('reporters/golden/findings.md', text));
  const limits = renderMarkdown({ ...healthyReport(), limits: findingsReport().limits }, () => null);
  t.match(limits, /\n\n\* Declared limit: Nothing is acknowledged/);
  t.notMatch(limits, /### Findings/);
});
