/** That the target went away, and what was not run over it, in every report. */
import t from 'tap';
import { Parser } from 'tap-parser';
import { consoleReporter } from '../../src/reporters/console.js';
import { annotationsOf } from '../../src/reporters/github.js';
import { modelOf } from '../../src/reporters/html/model.js';
import { renderJunit } from '../../src/reporters/junit.js';
import { renderMarkdown } from '../../src/reporters/markdown.js';
import { ndjsonReporter } from '../../src/reporters/ndjson.js';
import { redactReport, redactTargetEvent } from '../../src/reporters/redaction/report.js';
import type { Out } from '../../src/reporters/reporter.js';
import { tapReporter } from '../../src/reporters/tap.js';
import type { TargetEvent, TargetOutage } from '../../src/scenarios/run/outage/target-event.js';
import { reportSchema } from '../../src/scenarios/run/report-schema.js';
import type { RunReport } from '../../src/scenarios/run/result.js';
import { createNames } from '../../src/trace/redaction/names.js';
import { check, repetition, reportOf, scenario, skippedScenario } from '../report-builder.js';
import { fakeOut } from './fake-out.js';
import { elementsNamed, junitProblems, parseXml } from './junit-schema.js';

const TARGET = 'ws://10.1.2.3:9000/peerjs';
const ERROR = 'ECONNREFUSED: connect ECONNREFUSED 10.1.2.3:9000';
const STOPPED = `not run: the target went away at 21:40:03 UTC during "a long call" and did not come back within 30 s (${ERROR})`;
const OUTAGE: TargetOutage = {
  at: '2026-01-02T21:40:03.000Z',
  afterMs: 99_000,
  scenario: 'a long call',
  file: 'long.yaml',
  repetition: 2,
  intoMs: 12_300,
  ended: null,
  error: ERROR,
  last: [
    {
      node: 'wilhelmina/phone',
      dir: 'out',
      kind: 'command.invite',
      name: 'OFFER',
      beforeMs: 18,
      fault: 'corrupt',
      isHostile: false,
    },
  ],
  awayMs: null,
};

function cutShort(over: Partial<RunReport> = {}): RunReport {
  const gone = 'the target closed all connections and refuses new ones since 12.3 s';
  const long = scenario({
    name: 'a long call',
    status: 'unknown',
    why: gone,
    checks: [check({ name: 'target', valid: 'unknown', message: gone })],
    repetitions: [repetition({ status: 'unknown' })],
  });
  const rest = ['one', 'two', 'three'].map((name) => skippedScenario({ name, why: STOPPED }));
  return reportOf([scenario(), long, ...rest], { target: TARGET, outages: [OUTAGE], stopped: STOPPED, exitCode: 3, ...over });
}

const context = { now: () => 0, files: [], traceOf: () => null, redaction: 'on' } as const;
const flat = (text: string): string => text.replace(/\s+/g, ' ');
const SENTENCE =
  '21:40:03 UTC: the target ws://10.1.2.3:9000/peerjs went away 12.3 s into "a long call", repetition 2: ' +
  `${ERROR}; the last message to it, 18 ms before, was command.invite (OFFER) of wilhelmina/phone, which the probe's own fault "corrupt" had struck`;

/** What the console writes of news, and at the end. */
function consoleOf(news: readonly TargetEvent[], report: RunReport | null, over: Partial<Out> = {}): string {
  const out = fakeOut({ columns: 100, ...over });
  const reporter = consoleReporter.create(out, context);
  const scenarios = [{ name: 'a long call', file: null, repetitions: 1 }];
  reporter.runBegin?.({ version: '1', seed: '7', target: TARGET, defects: [], workers: 1, scenarios });
  for (const one of news) reporter.target?.(one);
  if (report !== null) void reporter.runEnd?.(report);
  return out.text();
}

const WAIT: TargetEvent = { what: 'waiting', elapsedMs: 12_000, waitMs: 30_000, error: ERROR };

t.test('on the terminal, at once and at the end', async (t) => {
  const start: TargetEvent = { what: 'waiting', elapsedMs: 0, waitMs: 30_000, error: ERROR };
  const text = flat(consoleOf([{ what: 'gone', outage: OUTAGE }, start, WAIT, { what: 'back', awayMs: 17_200 }], null));
  t.match(text, SENTENCE);
  t.match(text, 'waiting up to 30.0 s for the target to come back');
  t.notMatch(text, '12 of 30 s', 'a log is not filled with it');
  t.match(text, 'the target is back after 17.2 s, going on');
  t.match(consoleOf([WAIT], null, { isTTY: true }), /\[0\/1\] waiting for the target: 12 of 30 s/);

  const end = consoleOf([], cutShort());
  t.match(flat(end), `${SENTENCE}; it did not come back`);
  t.match(flat(end), `3 scenarios ${STOPPED}`);
  t.equal(end.split('during "a long call"').length, 2, 'not once for each of them');
  t.match(end.trimEnd().split('\n').at(-1), /^call-probe run /, 'the replay command comes last');
  const back = consoleOf([], cutShort({ outages: [{ ...OUTAGE, awayMs: 17_200 }] }));
  t.match(flat(back), 'it was back after 17.2 s');
});

t.test('one that had not begun, and overload', async (t) => {
  const before = { ...OUTAGE, intoMs: null, ended: 'the one before', repetition: 1 };
  t.match(
    flat(consoleOf([{ what: 'gone', outage: before }], null)),
    'went away before "a long call" began, after "the one before" had ended',
  );
  const busy: TargetEvent = { what: 'busy', at: OUTAGE.at, scenario: 'a long call', error: 'HTTP 503: it is overloaded' };
  t.match(flat(consoleOf([busy], null)), '21:40:03 UTC: nobody could log in for "a long call": HTTP 503');
});

t.test('as JUnit: what was not run is skipped, and the target is an error of its own', async (t) => {
  const root = parseXml(renderJunit(cutShort(), () => null));
  t.strictSame(junitProblems(root), []);
  t.match(root.attributes, { tests: '25', errors: '2' });
  t.equal(elementsNamed(root, 'skipped').length, 3);
  t.match(elementsNamed(root, 'error').at(-1)?.attributes, { type: 'target-gone', message: /did not come back/ });
  const back = { ...cutShort(), outages: [{ ...OUTAGE, awayMs: 5 }] };
  delete (back as { stopped?: string }).stopped;
  t.equal(elementsNamed(parseXml(renderJunit(back, () => null)), 'error').length, 1, 'not of one that came back');
  const half = scenario({ status: 'unknown', why: `1 of 2 repetitions were ${STOPPED}`, repetitions: [repetition()] });
  const cases = elementsNamed(parseXml(renderJunit(reportOf([half]), () => null)), 'testcase');
  t.equal(cases.length, 2, 'what was not run of a scenario is no success either');
});

t.test('as TAP: it bails out', async (t) => {
  const out = fakeOut();
  const reporter = tapReporter.create(out, context);
  reporter.target?.({ what: 'gone', outage: OUTAGE });
  reporter.target?.(WAIT);
  void reporter.runEnd?.(cutShort());
  t.match(out.text(), /^# 21:40:03 UTC: the target/);
  t.notMatch(out.text(), 'waiting');
  t.match(out.text(), /^Bail out! not run: the target went away/m);
  const results = await new Promise<{ ok: boolean; bailout: boolean | string }>((resolve) => {
    new Parser(resolve).end(out.text());
  });
  t.notOk(results.ok);
  t.ok(results.bailout);
});

t.test('as Markdown, HTML, annotations, JSON and NDJSON', async (t) => {
  const report = cutShort();
  t.match(
    renderMarkdown(report, () => null),
    `3 scenarios ${STOPPED}`,
  );
  const { page } = modelOf(report, { traceOf: () => null });
  t.match(page.notes[0], `${SENTENCE}; it did not come back`);
  t.match(page.notes[1], '3 scenarios not run');
  t.match(annotationsOf(report)[0], { level: 'error', title: 'the target went away', message: /did not come back within 30 s/ });
  t.ok(reportSchema.safeParse(JSON.parse(JSON.stringify(report))).success, 'the schema knows it');
  const out = fakeOut();
  ndjsonReporter.create(out, context).target?.(WAIT);
  t.strictSame(JSON.parse(out.text()), { type: 'target', ...WAIT });
});

t.test('people and hosts have stand-ins in it', async (t) => {
  const names = createNames();
  const redacted = JSON.stringify([redactReport(cutShort(), names), redactTargetEvent({ what: 'gone', outage: OUTAGE }, names)]);
  t.notMatch(redacted, /wilhelmina|10\.1\.2\.3/);
  t.match(redacted, /"node":"user-1\/phone"/);
  t.match(redacted, /"awayMs":null/);
});

t.test('what comes over the wire stays text', async (t) => {
  const evil = '\u001b[2J::error::x\n# TODO <script>';
  const outage = { ...OUTAGE, scenario: evil, error: evil, last: OUTAGE.last.map((one) => ({ ...one, name: evil, node: evil })) };
  const report = cutShort({ outages: [outage], stopped: `not run: ${evil}` });
  const out = fakeOut();
  void tapReporter.create(out, context).runEnd?.(report);
  for (const text of [consoleOf([{ what: 'gone', outage }], report), renderMarkdown(report, () => null), out.text()]) {
    t.notMatch(text, '\u001b');
    t.notMatch(text, /^::error/m);
  }
  t.strictSame(junitProblems(parseXml(renderJunit(report, () => null))), []);
});
