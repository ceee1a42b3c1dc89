import t from 'tap';
import type { Cause } from '../../src/judge/causes/diagnosis.js';
import { consoleReporter } from '../../src/reporters/console.js';
import type { Out, RunPlanned } from '../../src/reporters/reporter.js';
import { textWidth } from '../../src/reporters/width.js';
import type { Diagnosis, RunReport } from '../../src/scenarios/run/result.js';
import { golden } from '../golden.js';
import {
  brokenReport,
  brokenScenario,
  check,
  healthyReport,
  repetition,
  reportOf,
  scenario,
  skippedScenario,
} from '../report-builder.js';
import { fakeOut, plain } from './fake-out.js';
import { unansweredCall } from './unanswered-call.js';

function planOf(report: RunReport): RunPlanned {
  const { version, seed, target, defects } = report;
  const scenarios = report.scenarios.map(({ name, file, repetitions }) => ({ name, file, repetitions: repetitions.length }));
  return { version, seed, target, defects, workers: 2, scenarios };
}

/** A whole run of the reporter; every repetition takes `stepMs`. */
function run(report: RunReport, over: Partial<Out> = {}, stepMs = 50): string {
  const out = fakeOut(over);
  let now = 0;
  const reporter = consoleReporter.create(out, {
    now: () => now,
    files: ['/tmp/report.json'],
    traceOf: () => null,
    redaction: 'on',
  });
  reporter.runBegin?.(planOf(report));
  for (const result of report.scenarios) {
    for (const { repetition, status, durationMs } of result.repetitions) {
      now += stepMs;
      reporter.repetitionEnd?.({
        scenario: result.name,
        file: result.file,
        repetition,
        repetitions: result.repetitions.length,
        status,
        durationMs,
      });
    }
    reporter.scenarioEnd?.(result);
  }
  reporter.runEnd?.(report);
  return out.text();
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

for (const columns of [80, 120]) {
  for (const [name, report] of [
    ['healthy', healthyReport()],
    ['broken', brokenReport()],
  ] as const) {
    t.test(`${name} run at ${columns} columns`, async (t) => {
      const text = run(report, { columns });
      t.equal(text, golden(`reporters/golden/console-${name}-${columns}.txt`, text));
      t.notMatch(text, /\u001b/);
    });
  }
}

t.test('the disagreement is the first thing after the progress, and the first in red', async (t) => {
  const text = run(brokenReport(), { colors: 1 });
  const end = text.slice(text.indexOf('\n\n'));
  const firstRed = /\u001b\[31m(.*?)\u001b\[/.exec(end.replaceAll('\u001b[1m', ''))?.[1] ?? '';
  t.match(firstRed, 'caller=ringing callee=connected: callee is connected, caller still rings');
  t.match(plain(end).trimStart(), /^✗ caller=ringing callee=connected/);
  t.equal(plain(text), run(brokenReport()), 'colours change nothing but colours');
});

t.test('scenarios in which the sides disagree come before others, unknown ones last', async (t) => {
  const slow = scenario({
    name: 'slow',
    status: 'failed',
    checks: [check({ name: 'latency', valid: false, message: 'slow' })],
    replay: 'run slow',
  });
  const vague = scenario({ name: 'vague', status: 'unknown', why: 'the fault never fired', replay: 'run vague' });
  const text = run(reportOf([vague, slow, brokenScenario({ name: 'split', replay: 'run split' })]));
  const order = ['split', 'slow', 'vague'].map((name) => text.search(new RegExp(`^[✗?] ${name}(?: +finding \\d)?$`, 'm')));
  t.same(
    order,
    [...order].sort((a, b) => a - b),
  );
  t.ok(order[0]! > 0);
  t.match(text, /because\s+the fault never fired/);
  t.equal(lastLine(text), 'run split');
});

t.test('the last line is the replay command, and there is none when all passed', async (t) => {
  t.equal(lastLine(run(brokenReport())), brokenScenario().replay);
  t.equal(lastLine(run(brokenReport(), { colors: 2, isTTY: true })), `\u001b[36m${brokenScenario().replay}\u001b[39m`);
  t.notMatch(run(healthyReport()), 'call-probe run');
});

t.test('a run with defects says so loudly, one without does not', async (t) => {
  t.match(run(brokenReport()), /^call-probe 0\.1\.0.*\nDEFECTS ON: forget-offline/);
  t.notMatch(run(healthyReport()), 'DEFECTS');
});

t.test('hanging calls are in the totals', async (t) => {
  const text = run(brokenReport());
  t.match(text, /accept-to-connected: never in 1, slowest/);
  t.match(text, '4 scenarios: 2 passed, 1 failed, 1 skipped (12.3 s)');
  t.match(text, /media set-ups: \d+, stalled by the probe's own DTLS: 0/);
  t.notMatch(run(healthyReport()), 'never');
});

t.test('many failures of one finding are one finding, ten of them are listed, all are in the table', async (t) => {
  const names = Array.from({ length: 14 }, (_, index) => `case ${index + 1}`);
  const text = run(reportOf(names.map((name) => brokenScenario({ name }))));
  t.match(text, /^FINDINGS {2}1 bug$/m);
  t.match(text, /Shown by accept-while-caller-is-away\.yaml and 13 more\./);
  t.equal(text.match(/^✗ case \d+ +finding 1$/gm)?.length, 10);
  t.match(text, /^and 4 further scenarios, see below$/m);
  t.equal(text.match(/^✗ failed case \d+ .*finding 1$/gm)?.length, 14);
  t.match(text, /^✗ caller=ringing callee=connected: .*\s\(14\s+scenarios\)$/m);
});

t.test('what passed only when it was tried again is named', async (t) => {
  const repetitions = [1, 2, 3].map((number) => repetition({ repetition: number, attempts: number === 2 ? 3 : 1 }));
  t.match(
    run(reportOf([scenario({ name: 'flaky', repetitions })])),
    /^retried +flaky: 1 of 3 repetitions passed only after a retry$/m,
  );
  t.notMatch(run(healthyReport()), 'retried');
});

t.test('nothing ran, nothing passed', async (t) => {
  t.match(run(reportOf([])), '0 scenarios: nothing ran');
  t.match(run(reportOf([skippedScenario()], { interrupted: true })), /1 scenario: 1 skipped, interrupted/);
});

t.test('every table line and every sentence fits; only commands and paths may be longer', async (t) => {
  for (const columns of [60, 80, 100, 120, 160]) {
    const hostile = scenario({ name: `مُتَّصِل ${'very '.repeat(30)}通話 ${'x'.repeat(200)}` });
    const text = run(reportOf([hostile, ...brokenReport().scenarios]), { columns });
    const after = text.slice(text.indexOf('\n\n'));
    for (const line of after.split('\n')) {
      if (/call-probe run|trace\.jsonl|\.yaml$/.test(line)) continue;
      if (textWidth(line) > columns) t.fail(`${textWidth(line)} > ${columns}: ${line}`);
    }
  }
});

t.test('names of any script keep the columns in line', async (t) => {
  const names = ['callee accepts', 'مُتَّصِل والمتصل يرن', '通話が接続されました', 'e\u0301te\u0301 😀'];
  const text = run(reportOf(names.map((name) => scenario({ name }))));
  const rows = text.split('\n').filter((line) => line.startsWith('✓ passed'));
  t.equal(rows.length, 4);
  t.equal(new Set(rows.map((line) => textWidth(line.slice(0, line.indexOf('×20'))))).size, 1);
});

t.test('text from outside cannot steer the terminal', async (t) => {
  const evil = '\u001b[2J\u001b]0;owned\u0007\u202e\r\nroot#';
  const text = run(
    reportOf(
      [
        brokenScenario({
          name: evil,
          file: evil,
          why: evil,
          replay: evil,
          agents: { [evil]: { state: evil, reason: evil, call: evil, version: 1, timerStartedAt: null, media: evil } },
          checks: [check({ name: evil, valid: false, message: evil, expected: evil, actual: evil })],
          diagnoses: [
            {
              code: evil as Cause,
              hop: evil,
              call: evil,
              title: 'A device does not receive a change',
              proof: [],
              lookAt: 'the log of the server',
              confidence: 1,
              summary: evil,
              evidence: [],
              lines: [evil],
              ruledOutBy: evil,
            },
          ],
          trace: evil,
        }),
        skippedScenario({ name: evil, why: evil }),
      ],
      { target: evil, seed: evil, version: evil, defects: [evil] },
    ),
  );
  t.notMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  t.notMatch(text, /^root#/m);
});

t.test('on a terminal one line is redrawn, at most ten times a second', async (t) => {
  const text = run(brokenReport(), { isTTY: true, colors: 0 }, 10);
  const [live = ''] = text.split('\n\n');
  const draws = live.split('\r\u001b[2K').length - 1;
  // 41 repetitions of 10 ms each, the first and the last drawing, and the line's removal.
  t.ok(draws >= 4 && draws <= 8, `${draws} draws`);
  t.match(live, /\[2\/4\] the answer survives.*\(\d+\/20\) {2}2 passed/);
  for (const line of live.split('\r\u001b[2K').slice(1)) t.ok(textWidth(line.split('\n')[0] ?? '') < 80, line);
  t.match(text, /\r\u001b\[2K\n\u2717 caller=ringing/, 'the live line is gone before the report');
});

t.test('off a terminal long scenarios speak up every ten seconds, short ones do not', async (t) => {
  const lines = (stepMs: number): string[] =>
    run(healthyReport(), {}, stepMs)
      .split('\n')
      .filter((line) => /\(\d+\/20\)/.test(line));
  t.same(lines(50), []);
  t.equal(lines(2_600).length, 5, 'at 10.4, 20.8, 31.2, 41.6 and 52 s');
  t.match(lines(2_600)[0], /^\[0\/2\] callee accepts, both sides are connected \(4\/20\)$/);
});

t.test('plain ASCII where the reader has no more', async (t) => {
  t.notMatch(run(brokenReport(), { unicode: false }), /[^\x00-\x7f]/);
});

t.test('a failure with a trace shows the part of its ladder that matters, at most three of them', async (t) => {
  const { events } = unansweredCall();
  const cause = brokenScenario().diagnoses[0] as Diagnosis;
  const draw = (
    names: readonly string[],
    over: Partial<Out> = {},
    diagnoses: (name: string) => readonly Diagnosis[] = () => [cause],
  ): string => {
    const out = fakeOut(over);
    const reporter = consoleReporter.create(out, { now: () => 0, files: [], traceOf: () => events, redaction: 'on' });
    reporter.runEnd?.(reportOf(names.map((name) => brokenScenario({ name, diagnoses: diagnoses(name) }))));
    return out.text();
  };
  for (const columns of [80, 120]) {
    const text = draw(['the answer is lost'], { columns });
    t.equal(text, golden(`reporters/golden/console-ladder-${columns}.txt`, text));
    for (const line of text.split('\n')) {
      if (!/call-probe run|trace\.jsonl/.test(line)) t.ok(textWidth(line) <= columns, line);
    }
  }
  t.equal(draw(['one', 'two']).match(/^ *ms {3}alice/gm)?.length, 1, 'a finding is drawn once');
  const text = draw(['one', 'two', 'three', 'four', 'five'], {}, (name) => [{ ...cause, title: `The server loses ${name}` }]);
  t.equal(text.match(/^ *ms {3}alice/gm)?.length, 3);
  t.equal(text.match(/^\d {2}The server loses/gm)?.length, 5);
  const order = [
    '✗ caller=ringing',
    'FINDINGS',
    '1  The server',
    'event.connected v3 left',
    'Look at:',
    'Shown by',
    '2  The',
  ].map((part) => text.indexOf(part));
  order.push(
    ...['5  The', '✗ one', 'ms   alice', '► ', '✗ two', '✗ failed one', '5 scenarios'].map((part) => text.indexOf(part)),
  );
  t.same(
    order,
    [...order].sort((a, b) => a - b),
  );
  t.notMatch(draw(['plain'], { unicode: false }), /[─│►◀▶]/);
});

t.test('of many scenarios only those that did not pass get a row, and skipped ones a line for each reason', async (t) => {
  const many = Array.from({ length: 40 }, (_, i) => scenario({ name: `scenario ${i}` }));
  const skipped = ['steps[0]', 'steps[4]'].map((path, i) =>
    skippedScenario({ name: `left out ${i}`, why: `${path}: the target has no "cancel"` }),
  );
  const end = (text: string): string => text.slice(text.lastIndexOf('[42/42]'));
  const healthy = end(plain(run(reportOf([...many, ...skipped]))));
  t.notMatch(healthy, /scenario 3\b/, 'no row of one that passed');
  t.match(healthy, /skipped +2 scenarios: the target has no "cancel"/);
  t.ok(healthy.split('\n').length < 25, 'one page');
  const broken = plain(run(reportOf([...many, brokenScenario({ name: 'the broken one' })])));
  t.match(broken.slice(broken.lastIndexOf('[41/41]')), /✗ failed +the broken one/);
  t.match(plain(run(reportOf(many.slice(0, 5)))), /✓ passed +scenario 3/, 'of few all are listed');
});
