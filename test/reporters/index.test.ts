import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { reportersTable } from '../../lab/docs/registry-tables.js';
import { ReporterSpecError } from '../../src/reporters/files.js';
import { createReporters, REPORTERS } from '../../src/reporters/index.js';
import { brokenReport } from '../report-builder.js';
import { fakeOut } from './fake-out.js';

const make = (specs: string[], out = fakeOut()) => createReporters(specs, { out, now: () => 0 });

t.test('the registry names each reporter once and says what it does', async (t) => {
  t.equal(new Set(REPORTERS.map(({ name }) => name)).size, REPORTERS.length);
  for (const { name, doc } of REPORTERS) t.match(doc, /^[A-Z].*\.$/, name);
});

t.test('JSON on the terminal is the report and nothing else', async (t) => {
  const out = fakeOut();
  await make(['json'], out).runEnd(brokenReport());
  t.same(JSON.parse(out.text()), { ...brokenReport(), redacted: true });
  t.match(out.text(), /^\{\n {2}"schema": "call-probe\/report@1",\n[\s\S]*\}\n$/);
});

t.test('a named file appears whole, in folders made for it', async (t) => {
  const dir = t.testdir();
  const out = fakeOut();
  const file = join(dir, 'a', 'b', 'report.json');
  const set = make(['console', `json=${file}`], out);
  t.same(set.files, [file]);
  t.same(readdirSync(join(dir, 'a', 'b')), [], 'nothing before the end');
  await set.runEnd(brokenReport());
  t.same(JSON.parse(readFileSync(file, 'utf8')), { ...brokenReport(), redacted: true });
  t.same(readdirSync(join(dir, 'a', 'b')), ['report.json'], 'and no leftovers');
  t.match(out.text(), file, 'the console says where it is');
  t.same(set.faults(), []);
});

t.test('an old report is replaced, also behind a link', async (t) => {
  const dir = t.testdir({ 'old.json': 'old' });
  symlinkSync(join(dir, 'old.json'), join(dir, 'link.json'));
  await make([`json=${join(dir, 'link.json')}`]).runEnd(brokenReport());
  t.same(JSON.parse(readFileSync(join(dir, 'old.json'), 'utf8')), { ...brokenReport(), redacted: true });
});

t.test('a file that cannot be written at the end is a fault, not an exception', async (t) => {
  const dir = t.testdir();
  const set = make([`json=${join(dir, 'x.json')}`]);
  mkdirSync(join(dir, 'x.json'));
  await set.runEnd(brokenReport());
  t.match(set.faults(), [{ reporter: 'json', during: 'runEnd' }]);
});

t.test('what cannot be used is refused before anything runs, and says what to do', async (t) => {
  const dir = t.testdir({ file: 'x' });
  const refuses = (specs: string[], message: RegExp): void => {
    t.throws(() => make(specs), { name: 'ReporterSpecError', code: 'bad-reporter', message });
  };
  refuses(['jsno=x'], /There is no reporter "jsno": did you mean json\?/);
  refuses(['telepathy'], /known are console, json, ndjson, junit, tap, markdown, mermaid, html, github, perfetto, otlp/);
  refuses(['json='], /write json=FILE/);
  refuses(['console', 'json'], /json=report/);
  refuses(['github', 'tap', 'console'], /tap and console would both write to the terminal/);
  refuses([`json=${dir}`], /folder of this name/);
  refuses([`json=${join(dir, 'file', 'x.json')}`], /its folder cannot be made/);
  refuses([`json=${join(dir, 'a')}`, `console=${join(dir, '.', 'a')}`], /Two reporters would write/);
  t.ok(new ReporterSpecError('x') instanceof Error);
});

t.test('the console in a file has no colours and no redrawing', async (t) => {
  const dir = t.testdir();
  await make([`console=${join(dir, 'c.txt')}`], fakeOut({ isTTY: true, colors: 3 })).runEnd(brokenReport());
  const text = readFileSync(join(dir, 'c.txt'), 'utf8');
  t.match(text, 'caller=ringing callee=connected');
  t.notMatch(text, /\u001b/);
  writeFileSync(join(dir, 'c.txt'), '');
});

t.test('all of them at once: each file is whole, the terminal has the console and the annotations', async (t) => {
  const dir = t.testdir();
  const out = fakeOut();
  const named = REPORTERS.filter(({ name }) => !['console', 'github'].includes(name)).map(({ name }) => name);
  const set = make(['github', ...named.map((name) => `${name}=${join(dir, name)}`), 'console'], out);
  set.runBegin({ version: '0', seed: '7', target: 'bundled', defects: [], workers: 1, scenarios: [] });
  for (const result of brokenReport().scenarios) set.scenarioEnd(result);
  await set.runEnd(brokenReport());
  t.strictSame(set.faults(), []);
  t.strictSame(readdirSync(dir).sort(), [...named].sort());
  for (const name of named)
    t.match(readFileSync(join(dir, name), 'utf8'), /caller|event\.connected|traceEvents|resourceSpans/, name);
  t.match(out.text(), /\n::error file=scenarios\/accept-while-caller-is-away\.yaml/);
});

t.test('the table for the documents has a row for each', async (t) => {
  t.equal(reportersTable().split('\n').length, REPORTERS.length + 2);
});
