import t from 'tap';
import { windowOf } from '../../src/reporters/ladder/window.js';
import { windowLadder } from '../../src/reporters/ladder/window-ladder.js';
import { textWidth } from '../../src/reporters/width.js';
import type { TraceEvent } from '../../src/trace/event.js';
import { golden } from '../golden.js';
import { FOUR, faultEvent, healthyCall, TraceBuilder } from '../trace-builder.js';
import { unmapped } from './compare/sides.js';
import { plain } from './fake-out.js';
import { CALLEE, CALLER, unansweredCall } from './unanswered-call.js';

const typeAt = (events: readonly TraceEvent[], n: number): string => events.find((event) => event.n === n)?.type ?? 'none';

t.test('an answer that the server never wrote: from the accept to the expectation', async (t) => {
  const { events } = unansweredCall();
  const window = windowOf(events)!;
  const op = events.find((event) => event.type === 'action' && event.action === 'accept')!;
  const limit = events.find((event) => event.type === 'mark' && event.ok === false)!;
  t.match(window, { call: 'c1', from: op.n, to: limit.n, shown: 'alice=ringing bob=connected' });
  t.match(window.divergence, {
    how: 'never-sent',
    device: CALLER,
    kind: 'event.connected',
    dir: 'down',
    sentence: 'event.connected for alice/phone was never written',
  });
  t.equal(typeAt(events, window.divergence!.n), 'record', "it should have come after the server's own change");
});

t.test('written and lost; read and not applied; applied and not shown', async (t) => {
  const lost = unansweredCall((trace, change) => void trace.wire('server', 'out', CALLER, 'event.connected', 'c1', change));
  t.match(windowOf(lost.events)!.divergence, {
    how: 'lost',
    sentence: 'event.connected for alice/phone was written and never read',
  });

  const ignored = unansweredCall((trace, change) => {
    const out = trace.wire('server', 'out', CALLER, 'event.connected', 'c1', change, 77);
    trace.after(5).wire(CALLER, 'in', CALLER, 'event.connected', 'c1', out, 77);
  });
  const { divergence } = windowOf(ignored.events)!;
  t.match(divergence, { how: 'not-applied', sentence: 'alice/phone read event.connected and did not apply it' });
  t.match(
    ignored.events.find(({ n }) => n === divergence!.n),
    { type: 'wire', dir: 'in', node: CALLER },
  );

  const torn = unansweredCall((trace, change) => {
    const out = trace.wire('server', 'out', CALLER, 'event.connected', 'c1', change, 77);
    const read = trace.after(5).wire(CALLER, 'in', CALLER, 'event.connected', 'c1', out, 77);
    const record = trace.record('c1');
    trace.add(CALLER, { type: 'record', call: 'c1', version: record.version, phase: record.phase, record }, read);
  });
  t.match(windowOf(torn.events)!.divergence, {
    how: 'not-shown',
    sentence: 'alice/phone applied version 3 and shows ringing, where it should show connected',
  });
});

t.test('a command that never left, and one that was lost on its way up', async (t) => {
  const silent = new TraceBuilder();
  silent.at(100).rings(CALLER, 'bob');
  const op = silent.at(400).op(CALLEE, 'accept', 'c1');
  silent.at(1_400).mark('expect', false, 'both: connected within 1s', 'alice=ringing bob=ringing');
  t.match(windowOf(silent.events), { from: op, divergence: { how: 'never-sent', n: op, device: CALLEE, dir: 'up' } });
  const drawn = windowLadder(silent.events, {}, { columns: 80, colors: 0, unicode: true })!;
  t.match(drawn.rows.join('\n'), /►.*│ +✗╌+accept never╌+│/);
  t.match(drawn.legend[0], "bob/phone wrote no command.accept after its user's action");

  const lost = new TraceBuilder();
  lost.at(100).rings(CALLER, 'bob');
  const out = lost.at(400).wire(CALLEE, 'out', CALLEE, 'command.accept', 'c1', lost.op(CALLEE, 'accept', 'c1'));
  lost.add(CALLEE, faultEvent('drop', 'hit', { message: 'command.accept dropped', target: out }));
  lost.at(1_400).mark('expect', false, 'both: connected within 1s', 'alice=ringing bob=ringing');
  t.match(windowOf(lost.events)!.divergence, { how: 'lost', n: out, dir: 'up' });
});

t.test('a foreign server: where they begin to disagree', async (t) => {
  const { events } = unansweredCall(undefined, { server: false });
  const { divergence } = windowOf(events)!;
  t.match(divergence, { how: 'differs', sentence: 'from here on alice=ringing bob=connected' });
  t.match(
    events.find(({ n }) => n === divergence!.n),
    { type: 'state', node: CALLEE },
  );
});

t.test('where nobody disagrees: the action behind the evidence, and nothing marked', async (t) => {
  const events = healthyCall({ devices: FOUR });
  const op = events.find((event) => event.type === 'action' && event.action === 'hang up')!;
  const ended = events.find((event) => event.n > op.n && event.type === 'state' && event.state === 'ended')!;
  t.match(windowOf(events, { evidence: [op.n, ended.n] }), { from: op.n, to: ended.n, divergence: null, call: 'c1' });
});

t.test('nothing to choose from', async (t) => {
  t.equal(windowOf([]), null);
  t.equal(windowOf(healthyCall().slice(1)), null, 'a trace without its beginning');
  t.equal(windowOf(new TraceBuilder().events), null, 'nobody did anything');
  t.equal(windowLadder([], {}, { columns: 80, colors: 0 }), null);
});

for (const [columns, unicode] of [
  [80, true],
  [120, true],
  [80, false],
] as const) {
  t.test(`the ladder of an answer that never came, ${columns} columns${unicode ? '' : ', ASCII'}`, async (t) => {
    const drawn = windowLadder(unansweredCall().events, {}, { columns, colors: 0, unicode })!;
    const text = `${[...drawn.rows, ...drawn.legend].join('\n')}\n`;
    t.equal(text, golden(`reporters/golden/window-never-${columns}${unicode ? '' : '-ascii'}.txt`, text));
    for (const line of text.split('\n')) t.ok(textWidth(line) <= columns, line);
    if (!unicode) t.notMatch(text, /[^\x00-\x7f]/);
    const colours = windowLadder(unansweredCall().events, {}, { columns, colors: 1, unicode })!;
    t.equal(plain(colours.rows.join('\n')), drawn.rows.join('\n'), 'colours change nothing but colours');
  });
}

t.test('a window of thousands of events stays a screenful, with what matters in it', async (t) => {
  const trace = unansweredCall((trace) => {
    for (let i = 0; i < 5_000; i++) {
      trace.after(0.1).wire(CALLER, 'out', CALLER, 'signal.candidate', 'c1', null);
      trace.wire('server', 'out', CALLEE, 'event.inviting', 'another', null);
    }
  });
  const drawn = windowLadder(trace.events, {}, { columns: 80, colors: 0, unicode: true })!;
  t.ok(drawn.rows.length <= 15, `${drawn.rows.length} rows`);
  const text = drawn.rows.join('\n');
  for (const part of [/◆ accept/, /►.*connected never/, /● connected v3/, /✗ both: connected within 1s/]) t.match(text, part);
  t.match(drawn.legend.join(' '), /events \d+ to \d{5}, without \d+ rows of less weight/);
});

t.test('many devices: lost arrows keep their broken end', async (t) => {
  const { events } = unansweredCall(
    (trace, change) => void trace.wire('server', 'out', CALLER, 'event.connected', 'c1', change),
    {
      devices: FOUR,
    },
  );
  const drawn = windowLadder(events, {}, { columns: 80, colors: 0, unicode: true })!;
  for (const row of drawn.rows.filter((row) => row.includes('connected') && row.includes('─'))) t.match(row, /[✗▶◀]/, row);
  t.match(
    drawn.rows.find((row) => row.startsWith('►')),
    '✗',
  );
});

t.test('text from the wire cannot steer the terminal', async (t) => {
  const evil = '\u001b[2J\u202eroot';
  const trace = new TraceBuilder();
  trace.at(100).rings(CALLER, 'bob');
  trace.at(400).add(CALLEE, unmapped(CALLEE, 'out', evil), trace.op(CALLEE, 'accept', 'c1'));
  trace.add('server', { type: 'violation', code: evil, message: evil, call: 'c1' });
  trace.at(1_400).mark('expect', false, evil, evil);
  const drawn = windowLadder(trace.events, {}, { columns: 120, colors: 0, unicode: true })!;
  t.notMatch([...drawn.rows, ...drawn.legend].join('\n'), /[\u0000-\u0009\u000b-\u001f\u202e]/);
});

t.test('where nobody disagrees and nothing was lost, the message that proves the diagnosis', async (t) => {
  const events = healthyCall({ devices: FOUR });
  const op = events.find((event) => event.type === 'action' && event.action === 'accept')!;
  const wrote = events.find(
    (event) => event.n > op.n && event.type === 'wire' && event.node === 'server' && event.dir === 'out',
  )!;
  const late = events.find((event) => event.n > wrote.n && event.type === 'mark')!;
  const hint = { evidence: [op.n, late.n], cause: { code: 'payload-altered', evidence: [wrote.n] } };
  const { divergence } = windowOf(events, hint)!;
  t.match(divergence, { how: 'differs', dir: 'down', sentence: /^\S+ read event\.connected, which proves payload-altered$/ });
  t.match(
    events.find(({ n }) => n === divergence!.n),
    { type: 'wire', dir: 'in' },
    'where its device has it',
  );
});
