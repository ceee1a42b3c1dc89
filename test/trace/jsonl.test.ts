import t from 'tap';
import { createRng } from '../../src/protocol/rng.js';
import { TRACE_SCHEMA, type TraceEvent } from '../../src/trace/event.js';
import { decodeTrace, encodeEvent, encodeTrace, JSONL_LIMITS } from '../../src/trace/jsonl.js';
import { callTrace } from '../reporters/call-trace.js';

const wire: TraceEvent = {
  digest: 'd',
  bytes: 10,
  seq: null,
  call: 'c1',
  kind: 'signal.description',
  conn: 1,
  link: 'alice/phone.signaling',
  dir: 'out',
  type: 'wire',
  cause: 1,
  node: 'alice/phone',
  wall: 1_700_000_000_000,
  at: 12.345678,
  n: 2,
  frame: { type: 'signal', text: 'x' },
};

t.test('a line has its keys in the order of the format, whatever the order of the event', async (t) => {
  t.equal(
    encodeEvent(wire),
    '{"n":2,"at":12.346,"wall":1700000000000,"node":"alice/phone","cause":1,"type":"wire","dir":"out","link":"alice/phone.signaling",' +
      '"conn":1,"kind":"signal.description","call":"c1","seq":null,"bytes":10,"digest":"d","frame":{"type":"signal","text":"x"}}',
  );
  t.match(encodeEvent({ ...wire, zebra: 1, ape: 2 } as TraceEvent), /"ape":2,"zebra":1\}$/);
});

t.test('what goes in comes out', async (t) => {
  for (const events of [callTrace(), callTrace(true)]) {
    const { events: read, problems } = decodeTrace(encodeTrace(events));
    t.same(problems, []);
    t.same(
      read,
      events.map((event) => ({ ...event, at: Math.round(event.at * 1000) / 1000 })),
    );
    t.equal(encodeTrace(read), encodeTrace(events), 'and a second time the same bytes');
  }
});

t.test('nothing in a line can break it or steer a terminal', async (t) => {
  const text = '\u2028\u2029\u0000\u001b[2J\u007f\u0085\u009b\u202e\u2066\ufeff\u200f\n\r';
  const line = encodeEvent({ ...wire, name: text, frame: { [text]: text } });
  t.notMatch(line, /[\u0000-\u001f\u007f-\u009f\u200f\u2028\u2029\u202a-\u202e\u2066\ufeff]/);
  const read = decodeTrace(line).events[0];
  t.match(read, { name: text, frame: { [text]: text } });
});

t.test('a frame that cannot be written costs only itself', async (t) => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  t.match(JSON.parse(encodeEvent({ ...wire, frame: cycle })), { n: 2, frame: 'omitted(not JSON)' });
  t.match(JSON.parse(encodeEvent({ ...wire, frame: 10n })), { frame: 'omitted(not JSON)' });
  const huge = encodeEvent({ ...wire, frame: 'x'.repeat(JSONL_LIMITS.lineCharsMax) });
  t.match(JSON.parse(huge), { n: 2, type: 'wire', digest: 'd', frame: /^omitted\(chars=\d+\)$/ });
  const everywhere = encodeEvent({ ...wire, name: 'x'.repeat(JSONL_LIMITS.lineCharsMax) });
  t.match(JSON.parse(everywhere), { n: 2, type: 'log', level: 'error' });
  for (const line of [huge, everywhere]) t.same(decodeTrace(line).problems.length, 2, 'only that the beginning is missing');
});

t.test('a broken line is a problem with its number and the rest is kept', async (t) => {
  const lines = encodeTrace(callTrace()).split('\n');
  lines[2] = '{"n":3,';
  lines[4] = JSON.stringify({ ...JSON.parse(lines[4] ?? ''), type: 'hologram' });
  lines[6] = JSON.stringify({ ...JSON.parse(lines[6] ?? ''), wall: 'yesterday' });
  const { events, problems } = decodeTrace(lines.join('\r\n'));
  t.equal(events.length, callTrace().length - 3);
  t.same(
    problems.map(({ line }) => line),
    [3, 4, 5, 6, 7, 8],
  );
  t.equal(problems[0]?.message, 'the line is not JSON');
  t.equal(problems[1]?.message, 'event 4 comes after event 2: 1 missing');
  t.match(problems[2]?.message, 'event type "hologram" is not known; known are run mark action wire');
  t.match(problems[4]?.message, /"wall" has to be a number/);
});

t.test('each kind of damage is named', async (t) => {
  const [begin = ''] = encodeTrace(callTrace()).split('\n');
  const problem = (line: string): string => decodeTrace(`${begin}\n${line}\n`).problems[0]?.message ?? 'none';
  const event = (over: object): string => JSON.stringify({ ...wire, ...over });
  t.equal(problem(event({})), 'none');
  t.match(problem('[]'), 'not a JSON object');
  t.match(problem('null'), 'not a JSON object');
  t.equal(problem(event({ n: 1 })), 'event 1 comes after event 1: numbers have to grow');
  t.match(problem(event({ n: 1.5 })), '"n" has to be');
  t.match(problem(event({ cause: 2 })), 'names event 2 as its cause');
  t.match(problem(event({ dir: 'sideways' })), '"dir" has to be one of out in');
  t.match(problem(event({ type: '__proto__' })), 'is not known');
  t.match(
    problem(event({ type: 'record', call: 'c', version: 1, phase: 'ringing', record: { id: 'c' } })),
    '"record" has to be a call record',
  );
  t.match(problem('{"n":2,"at":1,"wall":1,"node":"x","cause":null,"type":"action"'), 'not JSON');
  t.match(problem(`"${'x'.repeat(JSONL_LIMITS.lineCharsMax)}"`), /characters, more than/);
  t.match(decodeTrace(`${begin}\n{"n":2,"at":`).problems[0]?.message, 'the writer was interrupted');
});

t.test('another schema is named and nothing is read from it', async (t) => {
  const text = encodeTrace(callTrace()).replace(TRACE_SCHEMA, 'call-probe/trace@99');
  const { events, problems } = decodeTrace(text);
  t.same(events, []);
  t.equal(problems.length, 1);
  t.match(problems[0], { line: 1, message: /"call-probe\/trace@99" is not known, this version reads call-probe\/trace@2/ });
});

t.test('nothing, a byte order mark, and a trace without its beginning', async (t) => {
  t.same(decodeTrace(''), { events: [], problems: [{ line: 0, message: 'no event could be read' }] });
  t.same(decodeTrace(`\ufeff${encodeTrace(callTrace())}`).problems, []);
  t.match(decodeTrace(`${encodeEvent(wire)}\n`).problems.at(-1), { line: 0, message: /not the beginning/ });
});

t.test('a flood of problems is counted, not listed', async (t) => {
  const { problems } = decodeTrace('?\n'.repeat(1000));
  t.equal(problems.length, JSONL_LIMITS.problemsMax + 1);
  t.match(problems.at(-1)?.message, '901 further problems');
});

t.test('hostile text never throws and never yields an event that does not fit', async (t) => {
  const rng = createRng('jsonl');
  const text = encodeTrace(callTrace());
  const junk = [
    '"',
    '{',
    '}',
    '[',
    ':',
    ',',
    'null',
    '-1',
    '1e999',
    '\\',
    '\n',
    '\u0000',
    '__proto__',
    '"type":"run"',
    '😀',
    '\ud800',
  ];
  for (let round = 0; round < 400; round++) {
    let mangled = text;
    for (let edit = 0; edit <= rng.below(8); edit++) {
      const at = rng.below(mangled.length);
      const piece = junk[rng.below(junk.length)] ?? '';
      mangled = mangled.slice(0, at) + piece + mangled.slice(at + rng.below(12));
    }
    const { events, problems } = decodeTrace(mangled);
    const again = decodeTrace(encodeTrace(events));
    if (again.events.length !== events.length) t.fail(`round ${round}: read ${events.length}, then ${again.events.length}`);
    if (mangled !== text && events.length < callTrace().length && problems.length === 0)
      t.fail(`round ${round}: lost without a word`);
  }
});
