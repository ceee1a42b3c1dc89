import t from 'tap';
import { type FinalResults, Parser, type Result } from 'tap-parser';
import type { RunPlanned } from '../../src/reporters/reporter.js';
import { escapeTap, tapReporter } from '../../src/reporters/tap.js';
import type { RunReport } from '../../src/scenarios/run/result.js';
import { golden } from '../golden.js';
import { healthyReport, reportOf } from '../report-builder.js';
import { fakeOut } from './fake-out.js';
import { findingsReport } from './findings-report.js';
import { diagnosed, HOSTILE, hostileReport, sorryReport } from './sorry-report.js';

const context = { now: () => 0, files: [], traceOf: () => null, redaction: 'on' } as const;

function textOf(report: RunReport): string {
  const out = fakeOut();
  tapReporter.create(out, context).runEnd?.(report);
  return out.text();
}

interface Read {
  readonly results: FinalResults;
  readonly points: Result[];
  readonly children: { readonly name: string; readonly points: Result[] }[];
  /** Lines that are no TAP. */
  readonly strangers: string[];
}

/** The document as node-tap's own parser reads it, in strict mode. */
function read(text: string): Read {
  const points: Result[] = [];
  const children: Read['children'] = [];
  const strangers: string[] = [];
  let results: FinalResults | null = null;
  const parser = new Parser({ strict: true }, (final) => {
    results = final;
  });
  parser.on('extra', (line: string) => strangers.push(line));
  parser.on('assert', (point: Result) => points.push(point));
  parser.on('child', (child: Parser) => {
    const inner: Result[] = [];
    child.on('assert', (point: Result) => inner.push(point));
    child.on('extra', (line: string) => strangers.push(line));
    child.on('complete', () => children.push({ name: child.name, points: inner }));
  });
  parser.end(text);
  if (results === null) throw new Error('the parser did not end');
  return { results, points, children, strangers };
}

t.test('the report as a whole', async (t) => {
  const text = textOf(sorryReport());
  t.match(text, /^TAP version 14\n1\.\.6\n/);
  t.equal(text, golden('reporters/golden/report.tap', text));
  for (const line of text.split('\n')) if (!/replay|n=| SKIP /.test(line)) t.ok(line.length <= 120, line);
});

t.test('a TAP parser agrees with the report', async (t) => {
  const { results, points, children, strangers } = read(textOf(sorryReport()));
  t.match(results, { ok: false, count: 6, pass: 2, fail: 4, skip: 1, bailout: false });
  t.strictSame(strangers, []);
  t.match(
    points.map(({ ok, name, skip }) => [ok, name, skip]),
    [
      [true, 'callee declines, the caller stops ringing', false],
      [false, 'callee accepts, both sides are connected', false],
      [false, /^the answer survives/, false],
      [false, 'the caller is under ground', false],
      [false, 'a stranger speaks out of turn', false],
      [true, 'the server is killed and comes back in mid-call', 'it needs restart-server, which a foreign target does not offer'],
    ],
  );
  t.equal(points[1]?.time, 3410);
  t.strictSame(
    children.map(({ points: inner }) => inner.length),
    [2, 2, 4, 1, 1],
  );
  t.match(read(textOf(healthyReport())).results, { ok: true, count: 2, fail: 0 });
  t.match(read(textOf(reportOf([]))).results, { count: 0, fail: 0 });
});

t.test('the cause and its proof are in the diagnostics', async (t) => {
  const { points, children } = read(textOf(reportOf([diagnosed()])));
  t.match(points[0]?.diag, {
    status: 'failed',
    causes: [
      { cause: 'not-forwarded at server, certain', evidence: [/^n=38 /, /^n=41 .*version 3 of c1$/], 'ruled out by': String },
    ],
    'left at': ['alice/phone: ringing, version 2, media idle', /^bob/],
    replay: 'call-probe run scenarios/accept.yaml --seed 7 --repeat 1 --defect drop-answer',
    retried: [/^attempt 1 failed: expectations/, /^attempt 2 unknown/],
  });
  t.match(children[0]?.points[1], {
    ok: false,
    name: 'expectations',
    diag: { severity: 'fail', actual: 'alice=ringing bob=connected', line: 8 },
  });
});

t.test('what was interrupted bails out', async (t) => {
  const { results } = read(textOf(sorryReport({ interrupted: true })));
  t.equal(results.bailout, 'interrupted');
  t.equal(results.ok, false);
});

t.test('scenarios are written as they end', async (t) => {
  const out = fakeOut();
  const reporter = tapReporter.create(out, context);
  const report = healthyReport();
  const plan: RunPlanned = { version: '0', seed: '7', target: 'bundled', defects: [], workers: 1, scenarios: [] };
  const scenarios = report.scenarios.map(({ name, file }) => ({ name, file, repetitions: 1 }));
  reporter.runBegin?.({ ...plan, scenarios });
  t.equal(out.text(), 'TAP version 14\n1..2\n');
  reporter.scenarioEnd?.(report.scenarios[1]!);
  t.match(out.text(), /\nok 1 - callee declines/);
  reporter.scenarioEnd?.(report.scenarios[0]!);
  reporter.runEnd?.(report);
  t.match(read(out.text()).results, { ok: true, count: 2 });
});

t.test('hostile text begins no directive, no test point and no end', async (t) => {
  const { results, points, children, strangers } = read(textOf(hostileReport()));
  t.match(results, { count: 4, pass: 2, fail: 2, skip: 1, todo: 0, bailout: false });
  t.strictSame(strangers, []);
  t.equal(children.length, 3);
  t.match(points[0]?.name, '# SKIP all of it');
  t.match((points[0]?.diag as { why?: string } | undefined)?.why, '\n# SKIP all of it');
  t.equal(escapeTap('a # TODO \\# b\n1..3'), 'a \\# TODO \\\\\\# b 1..3');
  t.ok(HOSTILE.includes('Bail out!'));
});

t.test('the findings stand as comments at the end', async (t) => {
  const text = textOf(findingsReport());
  t.match(
    text,
    [
      '# FINDINGS 2 bugs, 1 failure without a cause, 1 declared limit',
      '# 1 The server does not pass "cancel" on to the callee (not-forwarded at server, certain)',
      '#   Shown by cancel.yaml and 2 more (2 of them only at the redial).',
      '#   replay: call-probe run scenarios/cancel.yaml --seed 7',
      '# 2 A device',
    ].join('\n'),
  );
  t.strictSame(read(text).strangers, []);
  t.notMatch(textOf(healthyReport()), 'FINDINGS');
});
