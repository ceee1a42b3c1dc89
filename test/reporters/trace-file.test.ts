/** Traces in files, and whatever else somebody may name as one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { flawOf, readTraceFile } from '../../src/reporters/trace-file.js';
import type { TraceEvent } from '../../src/trace/event.js';
import { decodeTrace, encodeTrace } from '../../src/trace/jsonl.js';
import { healthyCall } from '../trace-builder.js';

function fileOf(t: Test, text: string | Buffer): string {
  const file = join(t.testdir(), 'x.trace.jsonl');
  writeFileSync(file, text);
  return file;
}

t.test('a trace is read as a whole, whatever the pieces that it comes in', async (t) => {
  const [begin, ...rest] = healthyCall();
  // Longer than one piece, with characters of several bytes at every edge.
  const text = encodeTrace([{ ...begin, scenario: 'ä€😀'.repeat(40_000) } as TraceEvent, ...rest]);
  const read = readTraceFile(fileOf(t, `\ufeff${text}`));
  t.same(read.events, decodeTrace(text).events);
  t.same([read.problems, read.unread, read.refusal, flawOf(read)], [[], null, null, null]);
  t.same(readTraceFile(fileOf(t, text.trimEnd())).events, read.events, 'without its last line end');
});

t.test('what is left out is said', async (t) => {
  const trace = healthyCall();
  const text = encodeTrace(trace);
  const few = readTraceFile(fileOf(t, text), { eventsMax: 8 });
  t.ok(few.events.length <= 8);
  t.match(few.unread, /^only the first \d events were read/);
  t.match(flawOf(few), /only the first/);
  const short = readTraceFile(fileOf(t, text.repeat(1) + '\n'.repeat(300_000)), { bytesMax: text.length - 10 });
  t.match(short.unread, /only the first/, 'a file that is cut in the midst of a piece');
  t.equal(readTraceFile(fileOf(t, text), { bytesMax: Buffer.byteLength(text) }).unread, null, 'one that just fits');
});

t.test('of upkeep the lean reading keeps what the diagnosis looks at', async (t) => {
  const [begin, ...rest] = healthyCall();
  const stamp = { at: 1, wall: 1, node: 'alice/phone', cause: null, type: 'wire', dir: 'in', link: 'alice/phone.signaling' };
  const wire = { ...stamp, conn: 1, kind: 'pong', call: null, seq: null, bytes: 1, digest: '0', frame: { type: 'pong', ack: 4 } };
  const text = encodeTrace([{ ...begin }, { ...wire, n: 2 }, { ...wire, n: 3, frame: { type: 'pong' } }] as TraceEvent[]);
  const frames = (isLean: boolean): unknown[] =>
    readTraceFile(fileOf(t, text), { isLean }).events.flatMap((event) => (event.type === 'wire' ? [event.frame] : []));
  t.same(frames(true), [{ ack: 4 }, undefined]);
  t.same(frames(false), [{ type: 'pong', ack: 4 }, { type: 'pong' }]);
  t.ok(rest.length > 0);
});

t.test('what is no trace is refused with the reason, and the line where there is one', async (t) => {
  const good = encodeTrace(healthyCall());
  for (const [text, line, message] of [
    ['', 0, /^the file is empty/],
    ['hello\n', 1, /not JSON/],
    ['\u0000\u0001', 0, /binary or compressed/],
    ['{"log": {}}', 0, /HAR file/],
    ['{"schema": "call-probe/report@1"}', 0, /this is a report/],
    ['x'.repeat(4 * 1024 * 1024), 1, /a line of more than/],
    [good.replace(/call-probe\/trace@\d+/, 'call-probe/trace@999'), 1, /is not known/],
  ] as const) {
    const read = readTraceFile(fileOf(t, text));
    t.match(read.refusal, { line, message }, String(message));
    t.same(read.events, []);
    t.match(flawOf(read), message);
  }
  t.match(readTraceFile(join(t.testdir(), 'nowhere')).refusal, { line: 0, message: /ENOENT/ });
  t.match(readTraceFile(t.testdir()).refusal, { line: 0, message: /EISDIR/ });
  const headless = readTraceFile(fileOf(t, good.split('\n').slice(1).join('\n')));
  t.equal(headless.refusal, null);
  t.equal(flawOf(headless), 'it does not start with the beginning of a run');
  const damaged = readTraceFile(fileOf(t, good.replace('\n', '\n{]\n')));
  t.match(flawOf(damaged), /^line 2: the line is not JSON/);
});
