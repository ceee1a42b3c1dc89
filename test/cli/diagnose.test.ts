/** `call-probe diagnose` with whatever it may be given: clear answers, the right exit code, bounded time and memory. */

import { once } from 'node:events';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { CAUSES } from '../../src/judge/causes/diagnosis.js';
import type { TraceEvent } from '../../src/trace/event.js';
import { encodeTrace } from '../../src/trace/jsonl.js';
import { healthyCall, TraceBuilder } from '../trace-builder.js';
import { ends, folder, runCommand } from './command.js';

/** Bob answers and alice is not told; `clears` ends the run as the probe does. */
function unanswered(): TraceEvent[] {
  const trace = new TraceBuilder().at(100).rings('alice/phone', 'bob').at(400);
  trace.acts('bob/phone', 'accept', 'c1', ['bob/phone']);
  trace.after(1_000).mark('expect', false, 'both: connected within 1s', 'alice=ringing bob=connected');
  trace.rests();
  return trace.ends(() => trace.acts('bob/phone', 'hang up'));
}

t.test('what it says, and its exit codes', async (t) => {
  const broken = encodeTrace(unanswered());
  const { dir, at } = folder(t, {
    'good.trace.jsonl': encodeTrace(healthyCall()),
    'broken.trace.jsonl': broken,
    'cut.trace.jsonl': broken.slice(0, broken.indexOf('"name":"expect"') - 40),
    'odd.trace.jsonl': encodeTrace(
      healthyCall().map((event) =>
        event.type === 'mark' && event.name === 'expect' ? { ...event, ok: false, actual: 'nothing' } : event,
      ),
    ),
    'hostile.trace.jsonl': broken.replaceAll('by hand', 'by \\u001b[2J\\u202ehand'),
  });
  ends(t, 'healthy', await runCommand(['diagnose', 'good.trace.jsonl'], { ...at, isMeasured: true }), 0, /cause +no failure\n/);
  const told = await runCommand(['diagnose', 'broken.trace.jsonl'], { ...at, isMeasured: true });
  ends(
    t,
    'broken',
    told,
    1,
    /not-forwarded at server, certain/,
    /proof +n=\d+ .*bob\/phone user: accept of c1/,
    /unless +a frame of the server/,
  );
  ends(
    t,
    'cut',
    await runCommand(['diagnose', 'cut.trace.jsonl'], at),
    3,
    /the trace was cut/,
    /the trace shows no failure, but it is incomplete/,
  );
  ends(t, 'no cause', await runCommand(['diagnose', 'odd.trace.jsonl'], at), 3, /no cause was found/);
  ends(t, 'a folder', await runCommand(['diagnose', '.'], at), 1, /good\.trace/, /broken\.trace/);
  const hostile = await runCommand(['diagnose', 'hostile.trace.jsonl'], at);
  t.notMatch(hostile.stdout, /\u001b|\u202e/, 'text from a trace steers no terminal');
  const json = await runCommand(['diagnose', 'good.trace.jsonl', 'broken.trace.jsonl', '--json'], at);
  t.match(JSON.parse(json.stdout), {
    schema: 'call-probe/diagnosis@1',
    traces: [
      { verdict: 'passed', diagnoses: [] },
      { verdict: 'failed', diagnoses: [{ code: 'not-forwarded', hop: 'server' }] },
    ],
    unusable: [],
  });
  mkdirSync(join(dir, 'nothing'));
});

t.test('what is no trace is refused by name, with the line where there is one', async (t) => {
  const good = encodeTrace(healthyCall());
  const { dir, at } = folder(t, {
    'empty.trace.jsonl': '',
    'page.har': '{"log":{"version":"1.2","entries":[]}}',
    'words.txt': 'hello\nworld\n',
    'newer.trace.jsonl': good.replace('call-probe/trace@2', 'call-probe/trace@3'),
    'report.json': '{\n  "schema": "call-probe/report@1"\n}\n',
    'good.trace.jsonl': good,
    'plain.log': 'INFO it works\n',
  });
  mkdirSync(join(dir, 'nothing'));
  writeFileSync(join(dir, 'packed.trace.jsonl'), gzipSync(good));
  writeFileSync(join(dir, 'long.trace.jsonl'), 'x'.repeat(4 * 2 ** 20));
  const cases: readonly [string, RegExp][] = [
    ['empty.trace.jsonl', /empty\.trace\.jsonl: the file is empty/],
    ['page.har', /page\.har: this is a HAR file/],
    ['words.txt', /words\.txt:1: the line is not JSON/],
    ['newer.trace.jsonl', /newer\.trace\.jsonl:1: schema "call-probe\/trace@3" is not known/],
    ['packed.trace.jsonl', /packed\.trace\.jsonl: this is a binary or compressed file/],
    ['report.json', /report\.json: this is a report, no trace/],
    ['long.trace.jsonl', /long\.trace\.jsonl:1: a line of more than/],
    ['nothing', /nothing: no \*\.trace\.jsonl in this folder/],
    ['missing.trace.jsonl', /missing\.trace\.jsonl: no such file/],
  ];
  for (const [file, pattern] of cases) ends(t, file, await runCommand(['diagnose', file], at), 2, pattern);
  ends(
    t,
    'beside a good one',
    await runCommand(['diagnose', 'good.trace.jsonl', 'words.txt'], at),
    2,
    /cause +no failure\n/,
    /words\.txt:1/,
  );
  ends(t, 'no name', await runCommand(['diagnose'], at), 2, /traces/);
  ends(
    t,
    'no log',
    await runCommand(['diagnose', 'good.trace.jsonl', '--server-log', 'plain.log'], at),
    2,
    /--server-log plain\.log: none of its 1 lines/,
  );
  ends(
    t,
    'a trace for a log',
    await runCommand(['diagnose', 'good.trace.jsonl', '--server-log', 'good.trace.jsonl'], at),
    2,
    /this is a trace, not a server log: name it with the other traces/,
  );
  ends(
    t,
    'no such log',
    await runCommand(['diagnose', 'good.trace.jsonl', '--server-log', 'gone.log'], at),
    2,
    /--server-log gone\.log: ENOENT/,
  );
});

t.test('a trace of 200 MB gets a bounded answer that says what it did not look at', async (t) => {
  const { dir, at } = folder(t);
  const events = unanswered();
  const [begin] = events;
  const padding = 'x'.repeat(4_000);
  const file = createWriteStream(join(dir, 'big.trace.jsonl'));
  const lines = encodeTrace(events).trim().split('\n');
  file.write(`${lines[0]}\n`);
  let n = 1;
  let bytes = 0;
  // What happens in the call stands at the beginning; the rest is the noise of a run that went on for days.
  for (const event of events.slice(1, -2)) file.write(encodeTrace([{ ...event, n: ++n }]));
  while (bytes < 200 * 2 ** 20) {
    const text = encodeTrace([
      {
        n: ++n,
        at: 5_000 + n,
        wall: (begin?.wall ?? 0) + n,
        node: 'alice/phone',
        cause: null,
        type: 'log',
        level: 'debug',
        message: 'noise',
        data: { padding },
      },
    ]);
    bytes += text.length;
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  const told = await runCommand(['diagnose', 'big.trace.jsonl'], { ...at, execArgv: ['--max-old-space-size=512'] });
  ends(t, 'big', told, 1, /not-forwarded at server/, /larger\s+than\s+the\s+limit:\s+only\s+the\s+first\s+\d+\s+events/);
  t.ok(readFileSync(join(dir, 'big.trace.jsonl')).length > 2 ** 27);
});

t.test('list causes shows all of them', async (t) => {
  const { at } = folder(t);
  const { stdout, code } = await runCommand(['list', 'causes', '--json'], at);
  t.equal(code, 0);
  t.equal((JSON.parse(stdout) as { causes: unknown[] }).causes.length, CAUSES.length);
});
