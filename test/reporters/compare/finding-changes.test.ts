import t from 'tap';
import { type ComparedSide, compareSides } from '../../../src/reporters/compare/comparison.js';
import { changesSummary, findingChanges, shareText } from '../../../src/reporters/compare/finding-changes.js';
import { comparisonHtml } from '../../../src/reporters/compare/html.js';
import { comparisonMarkdown } from '../../../src/reporters/compare/markdown.js';
import { renderComparison } from '../../../src/reporters/compare/terminal.js';
import { textWidth } from '../../../src/reporters/width.js';
import type { RunFinding, Status } from '../../../src/scenarios/run/result.js';
import { findingsReport } from '../findings-report.js';
import { after, before, EVIL, pairCall, runOf, side } from './sides.js';

const [model] = findingsReport().findings as [RunFinding];
const finding = (title: string, scenario: string, over: Partial<RunFinding> = {}): RunFinding => ({
  ...model,
  ...{ title, scenario, others: [] },
  ...over,
});
const common = (name: string, from: Status = 'failed', to: Status = 'failed') => ({
  name,
  before: { status: from },
  after: { status: to },
});

t.test('new, unchanged, fixed: by cause, claim and role, whoever it happened to', async (t) => {
  const changes = findingChanges(
    [finding('lost', 'a', { hop: 'alice/phone.signaling', role: 'link', others: ['b'] }), finding('gone', 'c')],
    [finding('lost', 'b', { hop: 'jane/phone.signaling', role: 'link' }), finding('came', 'a')],
    ['a', 'b', 'c'].map((name) => common(name)),
  );
  t.match(changes, [
    { change: 'new', finding: { title: 'came' }, before: 0, after: 1 },
    { change: 'unchanged', finding: { title: 'lost', hop: 'jane/phone.signaling' }, before: 2, after: 1 },
    { change: 'fixed', finding: { title: 'gone' }, before: 1, after: 0 },
  ]);
  t.equal(changesSummary(changes), '1 new, 1 unchanged, 1 fixed');
  t.strictSame(changes.map(shareText), ['in 1 scenario after', 'in 2 scenarios before, 1 after', 'in 1 scenario before']);
  t.equal(changesSummary([]), null);
});

t.test('numbers and names in what has no cause make it no other finding', async (t) => {
  const unexplained = (title: string): RunFinding =>
    finding(title, 'a', { code: 'latency', role: null, hop: null, confidence: null });
  t.match(findingChanges([unexplained('took 812 ms')], [unexplained('took 97 ms')], [common('a')]), [{ change: 'unchanged' }]);
});

t.test('what no common scenario shows is no change; without a verdict on the other side it is unclear', async (t) => {
  t.strictSame(findingChanges([finding('x', 'only before')], [finding('y', 'only after')], [common('a')]), []);
  t.match(findingChanges([finding('x', 'a')], [], [common('a', 'failed', 'unknown')]), [{ change: 'unclear' }]);
  t.match(findingChanges([], [finding('x', 'a')], [common('a', 'skipped', 'failed')]), [{ change: 'unclear' }]);
  t.match(findingChanges([], [finding('x', 'a')], [common('a', 'passed', 'failed')]), [{ change: 'new' }]);
});

function pair(): [ComparedSide, ComparedSide] {
  const runs = ['a', 'b', 'c'].map((name) => runOf(pairCall(), { name, status: 'failed', why: 'it rings' }));
  const left = [finding('The server loses calls', 'a', { others: ['b'] }), finding('The server is slow', 'c')];
  const right = [finding('The server loses calls', 'a'), finding('The server sends "cancel" on twice', 'b')];
  return [side(runs, { findings: left }), side(runs, { findings: right, label: 'after/' })];
}

t.test('a new certain bug is worse, also where its scenario failed before', async (t) => {
  const [left, right] = pair();
  t.equal(compareSides(left, right, 0.2)?.verdict, 'worse');
  const likely = right.findings.map((one) => ({ ...one, confidence: 0.8 }));
  t.equal(compareSides(left, { ...right, findings: likely }, 0.2)?.verdict, 'same', 'a guess may change with the run');
});

t.test('every report of a comparison shows them, what is new with its proof and its command', async (t) => {
  const [left, right] = pair();
  const comparison = compareSides(left, right, 0.2)!;
  for (const columns of [80, 120]) {
    const text = renderComparison(comparison, { columns, colors: 0, unicode: true }).join('\n');
    t.match(text, /^FINDINGS {2}1 new, 1 unchanged, 1 fixed$/m);
    t.match(text, /^new {8}The server sends "cancel" on twice/m);
    t.match(text, /^unchanged {2}The server loses calls/m);
    t.match(text, /^fixed {6}The server is slow/m);
    t.match(text, /bob still rings\. In 1 scenario after\.|bob still rings\.\s+In 1\s+scenario after\./);
    t.match(text, /^ {11}call-probe run scenarios\/cancel\.yaml --seed 7$/m);
    for (const line of text.split('\n')) t.ok(textWidth(line) <= columns, line);
  }
  const markdown = comparisonMarkdown(comparison);
  t.match(markdown, '### Findings: 1 new, 1 unchanged, 1 fixed');
  t.match(markdown, '| unchanged | The server loses calls | `not-forwarded at server, certain` | 2 | 1 |');
  const html = comparisonHtml(comparison, '1');
  t.match(html, 'Findings: 1 new, 1 unchanged, 1 fixed');
  t.match(html, '<span class="badge better">fixed</span>');
  t.match(renderComparison(compareSides(before(), after(), 0.2)!, { columns: 80, colors: 0 }).join('\n'), /FINDINGS {2}1 fixed/);
  t.notMatch(renderComparison(compareSides(after(), after(), 0.2)!, { columns: 80, colors: 0 }).join('\n'), /FINDINGS/);
});

t.test('text from outside stays text', async (t) => {
  const [left, right] = pair();
  const evil = right.findings.map((one) => ({ ...one, title: EVIL, hop: EVIL, proof: [EVIL], replay: EVIL }));
  const comparison = compareSides(left, { ...right, findings: evil }, 0.2)!;
  t.notMatch(comparisonHtml(comparison, '1'), /<script|<img/i);
  t.notMatch(comparisonMarkdown(comparison), /^# head/m);
  t.notMatch(renderComparison(comparison, { columns: 80, colors: 0 }).join('\n'), /[\u0000-\u0009\u000b-\u001f\u202e]/);
});
