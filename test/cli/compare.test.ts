import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ends, folder, QUICK, runCommand } from './command.js';

/** Long enough for a busy machine to answer, short enough to wait for an answer that never comes. */
const ANSWERED = QUICK.replace('both: connected, within: 20s', 'both: connected, within: 5s');
const OTHER = QUICK.replace('a quick call', 'another call');

t.test('before and after: the bug that this tool exists for, from the run to the comparison', async (t) => {
  const { dir, at } = folder(t, { 'a.yaml': ANSWERED, 'b.yaml': OTHER });
  const run = (file: string, out: string, ...flags: string[]) =>
    runCommand(
      ['run', file, '--seed', 'compare', '--out', out, '--reporter', 'console', '--reporter', `json=${out}.json`, ...flags],
      at,
    );
  const before = await run('a.yaml', 'before', '--defect', 'drop-answer');
  ends(t, 'the run before', before, 1);
  const told = before.stdout;
  const parts = [
    '\n✗ alice=ringing bob=connected',
    '\nFINDINGS  1 bug',
    '\n1  The server does not pass "accept" on to the caller',
    'not-forwarded at server',
    '\n   Look at: ',
    '\n   Shown by a.yaml.',
    '   call-probe run a.yaml',
    '\n✗ a quick call',
    '\n  expectations: alice=ringing bob=connected',
    'ms   alice',
    '◆ accept',
    '✗╌',
    '► event.connected for alice/phone was never written',
    '\n1 scenario: 1 failed',
  ].map((part) => told.indexOf(part));
  t.notOk(parts.includes(-1), `all parts are there: ${parts}\n${told}`);
  t.same(
    parts,
    [...parts].sort((a, b) => a - b),
    'the failing thing first, the replay command last',
  );
  t.match(told.trimEnd().split('\n').at(-1), /^call-probe run a\.yaml --seed compare:1 --repeat 1 --defect drop-answer$/);
  ends(t, 'the run after', await run('a.yaml', 'after'), 0);
  ends(t, 'another scenario', await run('b.yaml', 'other'), 0);

  const compare = (...args: string[]) => runCommand(['compare', ...args], { ...at, isMeasured: true });
  const better = await compare('before', 'after', '--html', 'out/c.html', '--markdown', 'out/c.md');
  ends(
    t,
    'folders',
    better,
    0,
    /1 scenario compared: 1 better/,
    /not-forwarded at server/,
    /after only: alice\/phone reads event\.connected/,
  );
  t.match(readFileSync(join(dir, 'out/c.html'), 'utf8'), /not-forwarded[\s\S]*<svg /);
  t.match(readFileSync(join(dir, 'out/c.md'), 'utf8'), /## call-probe compare: 1 better[\s\S]*```text/);

  ends(t, 'it got worse', await compare('after', 'before'), 1, /1 worse/, /it passed before and fails after/, /now never/);
  ends(t, 'reports', await compare('before.json', 'after.json'), 0, /1 better/, /alice\/phone reads event\.connected/);
  ends(t, 'traces', await compare('after/traces/a-1.trace.jsonl', 'after.json'), 0, /1 same/);
  ends(
    t,
    'nothing in common',
    await compare('after', 'other'),
    2,
    /no common scenario: before has "a quick call", after has "another call"/,
  );

  const text = readFileSync(join(dir, 'after/traces/a-1.trace.jsonl'), 'utf8');
  writeFileSync(join(dir, 'cut.trace.jsonl'), text.slice(0, text.length / 2));
  ends(t, 'a trace that was cut', await compare('after', 'cut.trace.jsonl'), 3, /cut\.trace\.jsonl: line \d+/, /1 inconclusive/);
});

t.test('bad input is told by its name, and nothing is written', async (t) => {
  const { dir, at } = folder(t, {
    'empty.trace.jsonl': '',
    'words.trace.jsonl': 'no trace\n',
    'other.trace.jsonl': `${JSON.stringify({ n: 1, at: 0, wall: 0, node: 'probe', cause: null, type: 'run', phase: 'begin', schema: 'call-probe/trace@9' })}\n`,
    'package.json': '{"name":"x"}',
    'damaged.json': '{"schema":"call-probe/report@1","scenarios":3}',
    'no.json': '{',
  });
  mkdirSync(join(dir, 'bare'));
  for (const [name, args, pattern] of [
    ['nothing there', ['nowhere', 'nowhere'], /nowhere: no such file or folder/],
    ['empty', ['empty.trace.jsonl', 'empty.trace.jsonl'], /empty\.trace\.jsonl: the file is empty/],
    ['no trace', ['words.trace.jsonl', 'words.trace.jsonl'], /words\.trace\.jsonl: line 1: the line is not JSON/],
    ['another version', ['other.trace.jsonl', 'other.trace.jsonl'], /call-probe\/trace@9/],
    ['another document', ['package.json', 'package.json'], /its schema is none, expected call-probe\/report@1/],
    ['damaged', ['damaged.json', 'damaged.json'], /the report is damaged at /],
    ['no JSON', ['no.json', 'no.json'], /no\.json: not JSON/],
    ['no traces', ['bare', 'bare'], /bare: no \*\.trace\.jsonl in this folder/],
    ['one file for two', ['bare', 'bare', '--html', 'x', '--markdown', './x'], /name the same file/],
    ['a folder for a file', ['bare', 'bare', '--html', 'bare'], /a folder of this name is there/],
    ['a threshold that is none', ['bare', 'bare', '--threshold', '-3'], /whole number from 0 to 1000/],
  ] as const) {
    ends(t, name, await runCommand(['compare', ...args], at), 2, pattern);
  }
});
