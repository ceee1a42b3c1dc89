/** `call-probe report` from what runs leave: traces good and bad, folders, JSON reports. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { EmbeddedTrace, PageReport } from '../../src/reporters/html/page-data.js';
import { rejudge, reportOf } from '../../src/scenarios/run/rejudge.js';
import type { TraceEvent } from '../../src/trace/event.js';
import { encodeTrace } from '../../src/trace/jsonl.js';
import { callTrace } from '../reporters/call-trace.js';
import { unpacked } from '../reporters/html-report.js';
import { ends, folder, QUICK, reportIn, runCommand } from './command.js';

function pageIn(dir: string, file = 'report.html'): { page: PageReport; html: string } {
  const html = readFileSync(join(dir, file), 'utf8');
  const json = /<script type="application\/json" id="report-data">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
  return { page: JSON.parse(json) as PageReport, html };
}

function traceIn(html: string, index: number): EmbeddedTrace {
  const text = new RegExp(`id="trace-${index}">([^<]*)<`).exec(html)?.[1] ?? '';
  return unpacked(text) as EmbeddedTrace;
}

t.test('a run writes the report itself, and the same verdicts come from its traces and from its JSON report', async (t) => {
  const { dir, at } = folder(t, { 'quick.yaml': QUICK });
  const reporters = ['--reporter', 'html=run.html', '--reporter', 'json=out/run.json'];
  ends(
    t,
    'run',
    await runCommand(['run', 'quick.yaml', '--defect', 'drop-answer', '--out', 'out', '--repeat', '2', ...reporters], at),
    1,
  );
  const fromRun = pageIn(dir, 'run.html');
  t.match(fromRun.page, { summary: { failed: 1 }, defects: ['drop-answer'] });
  const [scenario] = fromRun.page.scenarios;
  t.match(scenario?.diagnoses[0], { code: 'not-forwarded', hop: 'server', repetition: 1 });
  t.equal(scenario?.repetitions.length, 2);
  const { apart, divergence } = traceIn(fromRun.html, 0).facts;
  t.match(apart.at(-1), { lasting: true, words: 'alice=ringing bob=connected' });
  t.match(divergence, {
    ...{ how: 'never-sent', device: 'alice/phone', kind: 'event.connected', dir: 'down' },
    sentence: 'event.connected for alice/phone was never written',
  });

  const fromTraces = await runCommand(['report', 'out', '--markdown', 'again.md', '--html', 'again.html'], {
    ...at,
    isMeasured: true,
  });
  ends(t, 'report', fromTraces, 0, /1 failed, 0 unknown, 0 passed/, /again\.html/);
  const again = pageIn(dir, 'again.html').page;
  t.match(again.notes, [/Judged again from saved traces/]);
  t.strictSame(again.scenarios[0]?.diagnoses, scenario?.diagnoses, 'the same causes with the same proof');
  t.strictSame(again.scenarios[0]?.agents, scenario?.agents, 'the same ends');
  t.match(again.seed, fromRun.page.seed);
  t.match(readFileSync(join(dir, 'again.md'), 'utf8'), /not-forwarded/);

  // Moved as a whole, as into a ticket: traces are looked for beside the report.
  mkdirSync(join(dir, 'moved'));
  renameSync(join(dir, 'out'), join(dir, 'moved', 'out'));
  ends(t, 'json', await runCommand(['report', 'moved/out/run.json'], at), 0, /report\.html/);
  const moved = pageIn(dir);
  t.strictSame(
    moved.page.scenarios[0]?.diagnoses,
    reportIn(dir, 'moved/out/run.json').scenarios[0]?.diagnoses.map((one, index) => ({ ...one, repetition: index + 1 })),
  );
  t.ok(
    moved.page.scenarios[0]?.repetitions.every(({ embedded }) => embedded !== null),
    'their ladders are there',
  );
  t.match(moved.page.findings, [{ where: /^not-forwarded at server, certain$/, scenario: 0 }]);
  t.strictSame(moved.page.findings, fromRun.page.findings);
});

t.test('what can not be read is named, the rest is reported, and the exit code tells', async (t) => {
  const good = encodeTrace(callTrace());
  const { dir, at } = folder(t, { 'quick.yaml': QUICK });
  ends(t, 'run', await runCommand(['run', 'quick.yaml', '--out', 'out'], at), 0);
  const [name = ''] = readdirSync(join(dir, 'out', 'traces'));
  const whole = readFileSync(join(dir, 'out', 'traces', name), 'utf8');
  const files = {
    'good.trace.jsonl': good,
    'foreign.trace.jsonl':
      '{"n":1,"at":0,"wall":0,"node":"probe","cause":null,"type":"run","phase":"begin","schema":"other/trace@9"}\n',
    'empty.trace.jsonl': '',
    'cut.trace.jsonl': whole.slice(0, whole.lastIndexOf('"torn-down"')),
    'report.json': '{"schema":"call-probe/report@7"}',
    'damaged.json': '{"schema":"call-probe/report@1","scenarios":[]}',
    'no.json': 'nothing',
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, file), text);
  const run = (...args: string[]) => runCommand(['report', ...args], at);
  const mixed = await run('good.trace.jsonl', 'foreign.trace.jsonl', 'empty.trace.jsonl');
  ends(
    t,
    'some bad',
    mixed,
    2,
    /foreign\.trace\.jsonl: .*schema "other\/trace@9" is not known/,
    /empty\.trace\.jsonl: the file is empty/,
  );
  t.match(pageIn(dir).page.notes, [/Judged again/, /2 of 3 files could not be read/]);

  const cut = await run('cut.trace.jsonl', '--html', 'cut.html');
  ends(t, 'cut short', cut, 0, /cut\.trace\.jsonl: line \d+: .*the writer was interrupted; the rest was read/);
  t.match(pageIn(dir, 'cut.html').page.scenarios, [{ status: 'unknown' }]);

  const refusals: [string[], RegExp][] = [
    [['foreign.trace.jsonl', '--html', 'x.html'], /foreign\.trace\.jsonl: line 1: schema/],
    [['empty.trace.jsonl', '--html', 'x.html'], /the file is empty/],
    [['nowhere.trace.jsonl', '--html', 'x.html'], /nowhere\.trace\.jsonl: no such file or folder/],
    [['report.json', '--html', 'x.html'], /report\.json: not a supported report: its schema is "call-probe\/report@7"/],
    [['damaged.json', '--html', 'x.html'], /damaged\.json: the report is damaged at \w+/],
    [['no.json', '--html', 'x.html'], /no\.json: not JSON/],
    [
      ['report.json', 'good.trace.jsonl', '--html', 'x.html'],
      /report\.json: a JSON report cannot be combined with other files; name it alone/,
    ],
    [['good.trace.jsonl', '--html', 'good.trace.jsonl/x.html'], /cannot be written/],
  ];
  for (const [args, message] of refusals) ends(t, args.join(' '), await run(...args), 2, message);
  t.notOk(existsSync(join(dir, 'x.html')));
});

t.test('a folder without traces says what to name', async (t) => {
  const { dir, at } = folder(t, {});
  mkdirSync(join(dir, 'nothing'));
  writeFileSync(join(dir, 'nothing', 'readme.txt'), '');
  ends(t, 'nothing', await runCommand(['report', 'nothing'], at), 2, /nothing: no \*\.trace\.jsonl in this folder/);
});

const withBegin = (trace: readonly TraceEvent[], over: object): TraceEvent[] =>
  trace.map((event) => (event.n === 1 ? { ...event, ...over } : event));

t.test('traces of several runs become one report: defects apart, numbers unique', async (t) => {
  const judged = [
    rejudge(callTrace(), 'a', null),
    rejudge(withBegin(callTrace(), { seed: '8:1' }), 'b', null),
    rejudge(withBegin(callTrace(true), { defects: ['drop-answer'] }), 'c', null),
  ].filter((one) => one !== null);
  const report = reportOf(judged, '1.2.3');
  t.equal(report.scenarios.length, 2);
  t.match(report.scenarios[0]?.repetitions, [
    { repetition: 1, trace: 'a' },
    { repetition: 2, trace: 'b' },
  ]);
  t.match(report.scenarios[1], {
    tags: ['drop-answer'],
    status: 'failed',
    agents: { 'alice/phone': { state: 'ringing' }, 'bob/phone': { state: 'connected' } },
  });
  t.match(report, { version: '1.2.3', seed: '7, 8', exitCode: 1, defects: ['drop-answer'] });
  const targets = ['bundled', 'ws://127.0.0.1:9'].flatMap(
    (target) => rejudge(withBegin(callTrace(), { target }), target, null) ?? [],
  );
  t.same(
    reportOf(targets, '1.2.3').scenarios.map(({ tags }) => tags),
    [['bundled'], ['ws://127.0.0.1:9']],
    'targets apart, too',
  );
  t.equal(rejudge([], 'a', null), null);
  t.match(rejudge(callTrace().slice(0, -1), 'a', null)?.record.judgement, { status: /unknown|failed/ });
});
