import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createReporters } from '../../src/reporters/index.js';
import { ndjsonLine, ndjsonReporter } from '../../src/reporters/ndjson.js';
import type { RunPlanned } from '../../src/reporters/reporter.js';
import { fakeOut } from './fake-out.js';
import { hostileReport, sorryReport } from './sorry-report.js';

const PLAN: RunPlanned = { version: '0', seed: '7', target: 'bundled', defects: [], workers: 1, scenarios: [] };
const report = sorryReport();
const [first] = report.scenarios;
const DONE = { scenario: 'x', file: null, repetition: 1, repetitions: 1, status: 'passed', durationMs: 1 } as const;
const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

t.test('a line an event, as it happens; the end repeats no scenario', async (t) => {
  const out = fakeOut();
  const reporter = ndjsonReporter.create(out, { now: () => 0, files: [], traceOf: () => null, redaction: 'on' });
  reporter.runBegin?.(PLAN);
  reporter.repetitionEnd?.(DONE);
  t.equal(linesOf(out.text()).length, 2, 'at once');
  reporter.scenarioEnd?.(first!);
  reporter.runEnd?.(report);
  const lines = linesOf(out.text());
  t.match(lines, [
    { type: 'run-begin', schema: 'call-probe/events@1', seed: '7', scenarios: [] },
    { type: 'repetition-end', ...DONE },
    { type: 'scenario-end', result: first },
    { type: 'run-end', report: { schema: 'call-probe/report@1', exitCode: 1, summary: report.summary } },
  ]);
  t.notOk(Object.hasOwn(lines[3]?.['report'] as object, 'scenarios'));
});

t.test('nothing from outside breaks a line, in any reader', async (t) => {
  const line = ndjsonLine({ a: 'x\u2028y\u2029\u0085\r\n\ud800', ...hostileReport().scenarios[0] });
  t.notMatch(line.slice(0, -1), /[\n\r\u0085\u2028\u2029]/);
  t.equal((JSON.parse(line) as { a: string }).a, 'x\u2028y\u2029\u0085\r\n\ud800');
});

t.test('a file grows with the run; an older one stays until there is something new', async (t) => {
  const dir = t.testdir({ 'run.ndjson': 'old\n' });
  const file = join(dir, 'run.ndjson');
  const set = createReporters([`ndjson=${file}`], { out: fakeOut(), now: () => 0 });
  t.equal(readFileSync(file, 'utf8'), 'old\n');
  set.runBegin(PLAN);
  t.equal(linesOf(readFileSync(file, 'utf8')).length, 1, 'what a killed run leaves');
  set.scenarioEnd(first!);
  t.equal(linesOf(readFileSync(file, 'utf8')).length, 2);
  await set.runEnd(report);
  t.equal(linesOf(readFileSync(file, 'utf8')).length, 3);
  t.strictSame(set.faults(), []);
});
