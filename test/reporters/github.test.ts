import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { annotationsOf, githubReporter, workflowCommand } from '../../src/reporters/github.js';
import { createReporters } from '../../src/reporters/index.js';
import { renderMarkdown } from '../../src/reporters/markdown.js';
import type { RunPlanned } from '../../src/reporters/reporter.js';
import { brokenScenario, healthyReport, repetition, reportOf, scenario } from '../report-builder.js';
import { fakeOut } from './fake-out.js';
import { diagnosed, hostileReport, sorryReport, traceOf } from './sorry-report.js';

const PLAN: RunPlanned = { version: '0', seed: '7', target: 'bundled', defects: [], workers: 1, scenarios: [] };

/** As the runner of GitHub Actions reads a line: null when it is no command. */
function commandIn(line: string): { command: string; properties: Record<string, string>; message: string } | null {
  const match = /^\s*::([^\s:]+)(?: ([^:]*))?::(.*)$/.exec(line);
  if (match === null) return null;
  const [, command = '', properties = '', message = ''] = match;
  const plain = (text: string): string =>
    text.replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%0D/g, '\r').replace(/%0A/g, '\n').replace(/%25/g, '%');
  const pairs = properties.split(',').filter((pair) => pair !== '');
  return {
    command,
    properties: Object.fromEntries(pairs.map((pair) => [pair.split('=')[0], plain(pair.slice(pair.indexOf('=') + 1))])),
    message: plain(message),
  };
}

t.test('an annotation is one line that reads back as it was meant', async (t) => {
  const line = workflowCommand({
    level: 'error',
    file: 'scenarios/a,b:c.yaml',
    line: 12,
    title: '100 %: accepts, fails',
    message: 'first\nsecond: 50 %, done\r::warning::no',
  });
  t.equal(
    line,
    '::error file=scenarios/a%2Cb%3Ac.yaml,line=12,title=100 %25%3A accepts%2C fails::first%0Asecond: 50 %25, done%0D::warning::no',
  );
  t.match(commandIn(line), {
    command: 'error',
    properties: { file: 'scenarios/a,b:c.yaml', line: '12', title: '100 %: accepts, fails' },
    message: 'first\nsecond: 50 %, done\r::warning::no',
  });
  t.equal(workflowCommand({ level: 'notice', file: null, line: 3, title: 'x', message: 'y' }), '::notice title=x::y');
});

t.test(
  'errors for what failed, warnings for what is unknown, notices for what is flaky; on the step that did not hold',
  async (t) => {
    const found = annotationsOf(sorryReport());
    t.match(
      found.map(({ level, file, line }) => [level, file, line]),
      [
        ['error', 'scenarios/accept.yaml', 8],
        ['error', 'scenarios/accept-while-caller-is-away.yaml', 1],
        ['error', 'scenarios/stranger.yaml', 1],
        ['warning', 'scenarios/subway.yaml', 1],
        ['notice', 'scenarios/decline.yaml', 3],
      ],
    );
    t.match(
      found[0]?.message,
      /^alice=ringing bob=connected: bob is connected, alice still rings\nThe server took the answer .*\nLook at: the log of the server\.\nShown by/,
    );
    t.equal(found[0]?.title, 'A device does not receive a change (not-forwarded at server, certain)');
    t.match(found[0]?.message, /\nagain: call-probe run scenarios\/accept\.yaml/);
    t.match(found[4]?.message, 'repetition 2, attempt 1 failed: convergence');
    t.strictSame(annotationsOf(healthyReport()), []);
  },
);

t.test('GitHub shows ten of a level: the last one names the rest', async (t) => {
  const many = Array.from({ length: 14 }, (_, index) => brokenScenario({ name: `scenario ${index}` }));
  const found = annotationsOf(reportOf(many));
  t.equal(found.length, 10);
  t.match(found[9], { level: 'error', file: null, title: 'and 5 further scenarios', message: /scenario 13 failed: finding 1$/ });
});

t.test('while the run goes on nothing that is printed is a command', async (t) => {
  const out = fakeOut();
  const reporter = githubReporter.create(out, { now: () => 0, files: [], traceOf: () => null, redaction: 'on' });
  reporter.runBegin?.(PLAN);
  const [, word] = /^::stop-commands::(\S{20,})\n$/.exec(out.text()) ?? [];
  t.type(word, 'string');
  out.write('::set-env name=PATH::evil\n');
  reporter.runEnd?.(sorryReport());
  const lines = out.text().trimEnd().split('\n');
  t.equal(lines[2], `::${word}::`);
  t.equal(lines.length, 3 + 5);
  const again = fakeOut();
  const other = githubReporter.create(again, { now: () => 0, files: [], traceOf: () => null, redaction: 'on' });
  other.runBegin?.(PLAN);
  t.not(again.text().split('\n')[0], lines[0], 'the word is another one each time');
});

t.test('hostile text makes no command of its own', async (t) => {
  const out = fakeOut();
  githubReporter.create(out, { now: () => 0, files: [], traceOf: () => null, redaction: 'on' }).runEnd?.(hostileReport());
  const commands = out.text().trimEnd().split('\n').map(commandIn);
  t.strictSame(
    commands.map((one) => one?.command),
    ['error', 'warning', 'notice'],
  );
  for (const one of commands) t.strictSame(Object.keys(one?.properties ?? {}).sort(), ['file', 'line', 'title']);
});

t.test('beside the console, after it, and with a summary page', async (t) => {
  const page = join(t.testdir({ page: 'before\n' }), 'page');
  const out = fakeOut();
  const set = createReporters(['github', 'console'], { out, now: () => 0, env: { GITHUB_STEP_SUMMARY: page } });
  set.runBegin(PLAN);
  await set.runEnd(sorryReport());
  t.strictSame(set.faults(), []);
  const lines = out.text().trimEnd().split('\n');
  t.match(lines[0], /^call-probe 0/, 'the console begins');
  t.match(lines.at(-1), /^::notice /, 'annotations come last');
  t.equal(readFileSync(page, 'utf8'), `before\n${renderMarkdown(sorryReport(), () => null)}\n`);
});

t.test('without a summary page there is none; one that is too large is cut to its head', async (t) => {
  await createReporters(['github'], { out: fakeOut(), now: () => 0, env: { GITHUB_STEP_SUMMARY: '' } }).runEnd(healthyReport());
  const pages: string[] = [];
  const context = {
    now: () => 0,
    files: [],
    traceOf,
    redaction: 'on',
    summarise: (text: string) => void pages.push(text),
  } as const;
  const huge = Array.from({ length: 20 }, (_, index) =>
    diagnosed({
      name: `s${index}`,
      why: 'x'.repeat(100_000),
      diagnoses: [{ ...diagnosed().diagnoses[0]!, title: `Bug ${index}` }],
      repetitions: [repetition({ status: 'failed' })],
    }),
  );
  githubReporter.create(fakeOut(), context).runEnd?.(reportOf([...huge, scenario()]));
  t.ok(Buffer.byteLength(pages[0] ?? '') < 1_000_000);
  t.match(pages[0], /20 failed, 1 passed[\s\S]*too large for this page/);
});
