import t from 'tap';
import { renderJunit } from '../../src/reporters/junit.js';
import { golden } from '../golden.js';
import { brokenScenario, healthyReport, repetition, reportOf, scenario } from '../report-builder.js';
import { findingsReport } from './findings-report.js';
import { elementsNamed, junitProblems, parseXml } from './junit-schema.js';
import { diagnosed, HOSTILE, hostileReport, hostileTrace, sorryReport, traceOf } from './sorry-report.js';

const parsed = (report = sorryReport(), traces = traceOf) => parseXml(renderJunit(report, traces));

t.test('the report as a whole', async (t) => {
  const text = renderJunit(sorryReport(), traceOf);
  t.equal(text, golden('reporters/golden/junit.xml', text));
});

t.test('every report is valid for Jenkins', async (t) => {
  const empty = reportOf([]);
  const interrupted = sorryReport({ interrupted: true, exitCode: 130 });
  const slow = reportOf([scenario({ durationMs: 12_345_678 })], { durationMs: 12_345_678 });
  for (const report of [healthyReport(), sorryReport(), interrupted, empty, slow, hostileReport()]) {
    t.strictSame(junitProblems(parsed(report)), []);
  }
});

t.test('the table of the schema notices what it is there for', async (t) => {
  const problems = (xml: string): string[] => junitProblems(parseXml(xml));
  const suite = (inner: string, more = ''): string =>
    `<testsuite name="s" tests="1" failures="0" errors="0" time="0.1"${more}>${inner}</testsuite>`;
  t.strictSame(problems(suite('<testcase name="a"/>')), []);
  t.match(problems(suite('<testcase name="a" file="x"/>')), [/attribute file/]);
  t.match(problems(suite('<testcase name="a"><flakyFailure message="m"/></testcase>')), [/no attribute type/]);
  t.match(problems(suite('<testcase name="a"><properties/></testcase>')), [/element properties/]);
  t.match(problems(suite('text')), [/text/]);
  t.match(problems(`<testsuites time="0" skipped="1">${suite('')}</testsuites>`), [/attribute skipped/]);
  t.match(problems(suite('').replace('0.1', 'soon')), [/time soon/]);
  t.match(problems(suite('<testcase name="a"><rerunFailure type="t"><system-out/><stackTrace/></rerunFailure></testcase>')), [
    /order of/,
  ]);
  t.throws(() => parseXml('<a>\u0001</a>'), 'control characters are no XML');
  t.throws(() => parseXml('<a>&#1;</a>'), 'nor are they as references');
});

t.test('counts agree with what is there, case by case', async (t) => {
  for (const report of [sorryReport(), healthyReport()]) {
    const root = parsed(report);
    for (const node of [root, ...root.children]) {
      const cases = elementsNamed(node, 'testcase');
      const having = (name: string): number =>
        cases.filter(({ children }) => children.some((child) => child.name === name)).length;
      t.match(node.attributes, { tests: `${cases.length}`, failures: `${having('failure')}`, errors: `${having('error')}` });
      if (node !== root) t.equal(node.attributes['skipped'], `${having('skipped')}`);
    }
    for (const one of elementsNamed(root, 'testcase')) {
      const outcomes = one.children.filter(({ name }) => ['failure', 'error', 'skipped'].includes(name));
      t.ok(outcomes.length <= 1, 'one outcome a case: more is not portable');
    }
  }
});

t.test('a failure has the cause, its proof, both states and how to see it again', async (t) => {
  const [failure] = elementsNamed(parsed(reportOf([diagnosed()])), 'failure');
  t.match(failure?.attributes, {
    type: 'not-forwarded',
    message: /saw alice=ringing bob=connected; cause: not-forwarded at server, certain$/,
  });
  for (const part of [
    'cause: not-forwarded at server, certain',
    'n=41 0.211 s server has connected, version 3 of c1',
    'ruled out by: a frame of version 3',
    'expected: both: connected within 1s',
    'alice/phone: ringing, version 2',
    'again: call-probe run scenarios/accept.yaml --seed 7 --repeat 1 --defect drop-answer',
  ]) {
    t.match(failure?.text, part);
  }
  for (const line of (failure?.text ?? '').split('\n')) if (!/n=|again/.test(line)) t.ok(line.length <= 120, line);
});

t.test('findings are properties of the suites that show them', async (t) => {
  const suites = elementsNamed(parsed(findingsReport()), 'testsuite').map((suite) =>
    Object.fromEntries(
      elementsNamed(suite, 'property').flatMap(({ attributes: { name, value } }) =>
        name === undefined || !name.startsWith('finding') ? [] : [[name, value]],
      ),
    ),
  );
  const findings = '2 bugs, 1 failure without a cause, 1 declared limit';
  t.match(suites[0], {
    findings,
    finding: '1',
    'finding.title': 'The server does not pass "cancel" on to the callee',
    'finding.where': 'not-forwarded at server, certain',
    'finding.proof': /bob still rings\.$/,
    'finding.look-at': 'what the server does on "cancel" while a call rings',
    'finding.shown-by': 'Shown by cancel.yaml and 2 more (2 of them only at the redial).',
    'finding.replay': 'call-probe run scenarios/cancel.yaml --seed 7',
  });
  t.match(suites[4], { finding: '3', 'finding.where': 'latency, no cause found' });
  t.strictSame(suites[5], { findings });
});

t.test('what says nothing of the target is an error', async (t) => {
  const errors = elementsNamed(parsed(), 'error');
  t.match(
    errors.map(({ attributes }) => attributes),
    [
      { type: 'probe', message: /SIGSEGV/ },
      { type: 'server', message: /went down/ },
    ],
  );
});

t.test('retries: flaky when it passed in the end, rerun when it failed again', async (t) => {
  const root = parsed();
  t.match(elementsNamed(root, 'flakyFailure'), [{ attributes: { type: 'convergence', message: 'attempt 1 of 2' } }]);
  t.match(elementsNamed(root, 'rerunFailure'), [{ attributes: { message: 'attempt 1 of 3' }, text: /connected within 1s/ }]);
  t.match(elementsNamed(root, 'rerunError'), [{ attributes: { type: 'probe-fault', message: 'attempt 2 of 3' } }]);
});

t.test('a case for each repetition, with its own trace and seed', async (t) => {
  const result = brokenScenario();
  const root = parsed(reportOf([{ ...result, replay: 'call-probe run x.yaml --seed 7', seed: '7' }]));
  const cases = elementsNamed(root, 'testcase');
  t.equal(cases.length, 20);
  t.match(cases[8]?.attributes, { name: /, repetition 9$/, classname: 'scenarios.accept-while-caller-is-away', time: '0.170' });
  t.match(elementsNamed(cases[8]!, 'failure')[0]?.text, '--seed 7/9');
  t.match(elementsNamed(cases[8]!, 'system-out')[0]?.text, '\n[[ATTACHMENT|reports/traces/away.9.trace.jsonl]]\n');
  t.notMatch(elementsNamed(cases[8]!, 'failure')[0]?.attributes['message'], 'cause', 'a diagnosis belongs to its repetition');
  t.match(elementsNamed(cases[2]!, 'failure')[0]?.attributes['message'], 'cause: lost-downlink');
});

t.test('the ladder is drawn for a bounded number of cases, in ASCII', async (t) => {
  const repetitions = Array.from({ length: 60 }, (_, index) => repetition({ repetition: index + 1, status: 'failed' }));
  const text = renderJunit(reportOf([brokenScenario({ repetitions })]), traceOf);
  t.equal(text.split('--connected--').length - 1 > 0, true);
  const outs = elementsNamed(parseXml(text), 'system-out').filter(({ text: out }) => out.includes('alice  '));
  t.equal(outs.length, 20);
  t.notMatch(text, /[^\x00-\x7f]/);
});

t.test('hostile text stays text', async (t) => {
  const root = parsed(hostileReport(), () => hostileTrace());
  t.strictSame(junitProblems(root), []);
  t.match(elementsNamed(root, 'testcase')[0]?.attributes['name'], '</failure>]]><script>alert(1)</script>&amp;');
  const out = elementsNamed(root, 'system-out')
    .map(({ text }) => text)
    .join('\n');
  const attached = out.split('\n').filter((line) => line.includes('[[ATTACHMENT'));
  t.strictSame(
    [...new Set(attached)],
    ['[[ATTACHMENT|reports/traces/accept.1.trace.jsonl]]'],
    'no file but the traces is attached',
  );
  t.ok(HOSTILE.includes('[[ATTACHMENT'));
});
