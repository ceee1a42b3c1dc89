import t from 'tap';
import { deliveriesOf } from '../../src/reporters/ladder/deliveries.js';
import { ladderReporter, renderLadder } from '../../src/reporters/ladder.js';
import type { Out } from '../../src/reporters/reporter.js';
import { textWidth } from '../../src/reporters/width.js';
import type { RunReport } from '../../src/scenarios/run/result.js';
import type { TraceEvent } from '../../src/trace/event.js';
import { golden } from '../golden.js';
import { brokenScenario, repetition, reportOf, scenario } from '../report-builder.js';
import { faultEvent } from '../trace-builder.js';
import { callTrace, message, traceOf, view } from './call-trace.js';
import { fakeOut, plain } from './fake-out.js';

const one = (result: RunReport['scenarios'][number]): RunReport =>
  reportOf([{ ...result, repetitions: [repetition({ status: result.status })] }]);

function live(events: readonly TraceEvent[], report: RunReport, over: Partial<Out> = {}): string {
  const out = fakeOut(over);
  const reporter = ladderReporter.create(out, { now: () => 0, files: [], traceOf: () => null, redaction: 'on' });
  for (const event of events) reporter.trace?.(event);
  reporter.runEnd?.(report);
  return out.text();
}

for (const columns of [80, 120]) {
  t.test(`a call that goes well, ${columns} columns`, async (t) => {
    const text = renderLadder(callTrace(), { columns });
    t.equal(text, golden(`reporters/golden/ladder-healthy-${columns}.txt`, text));
    for (const line of text.split('\n')) t.ok(textWidth(line) <= columns, line);
    t.notMatch(text, /✗|\u001b/);
  });
}

t.test('a lost answer ends before the caller, and the disagreement stays marked', async (t) => {
  const text = renderLadder(callTrace(true), { columns: 80 });
  t.equal(text, golden('reporters/golden/ladder-lost-80.txt', text));
  t.match(text, /│ {2}✗─+connected─+│/);
  t.match(text.trimEnd().split('\n').at(-1), /≠.*alice=ringing bob=connected/);
});

t.test('live and drawn afterwards show the same call', async (t) => {
  const drawn = renderLadder(callTrace(), { columns: 80 }).split('\n');
  const lived = live(callTrace(), one(scenario())).split('\n');
  t.same(lived.slice(0, drawn.length - 1), drawn.slice(0, -1));
});

t.test('a live ladder only appends and says at its end what never arrived', async (t) => {
  const text = live(callTrace(true), one(brokenScenario()), { isTTY: true });
  t.notMatch(text, /\r|\u001b/);
  t.match(text, '✗ never arrived: event.connected from server to alice/phone, sent at 211 ms');
  t.match(text, /\n\n✗ caller=ringing callee=connected: callee is connected, caller still rings\n/);
  t.match(text, /accept-to-connected +6\/never\/never/);
  t.equal(text.trimEnd().split('\n').at(-1), brokenScenario().replay);
});

t.test("the server's late account does not go back in time", async (t) => {
  const events = callTrace();
  const late = [...events.filter(({ node }) => node !== 'server'), ...events.filter(({ node }) => node === 'server')];
  const text = live(late, one(scenario()));
  t.notMatch(text, 'connected v3');
  t.match(text, /│─+invite─+▶│/);
});

t.test('candidates are folded, acknowledgements hidden unless all is asked for', async (t) => {
  const text = renderLadder(callTrace(), { columns: 80 });
  t.match(text, 'candidate ×3');
  t.match(text, 'candidate ×2');
  t.notMatch(text, /\back\b/);
  t.match(renderLadder(callTrace(), { columns: 80, all: true }), /─ack─/);
});

t.test('colours follow the state of a lane and change nothing else', async (t) => {
  const text = renderLadder(callTrace(), { columns: 80, colors: 1 });
  t.match(text, '\u001b[33m● ringing\u001b[39m');
  t.match(text, '\u001b[32m● connected 00:00\u001b[39m');
  t.equal(plain(text), renderLadder(callTrace(), { columns: 80 }));
});

t.test('plain ASCII', async (t) => {
  t.notMatch(renderLadder(callTrace(true), { columns: 80, ascii: true }), /[^\x00-\x7f]/);
});

t.test('a third device has a lane of its own, its arrows cross the second', async (t) => {
  const trace = traceOf(['alice/phone', 'bob/phone', 'bob/laptop']);
  message(trace, 1, 'bob/laptop', 'down', 'event.ringing');
  view(trace, 2, 'bob/laptop', 'ringing');
  const text = renderLadder(trace.events, { columns: 80 });
  t.match(text, /alice +server +bob\/phone +bob\/laptop/);
  t.match(text, /│─+┼─*ringing─*▶│/);
});

t.test('violations, faults, failed media and a run that broke off', async (t) => {
  const trace = traceOf();
  trace.add(1, 'alice/phone', { type: 'violation', code: 'illegal-move', message: 'ended to ringing\u001b[2J', call: 'c1' });
  trace.add(2, 'probe', faultEvent('loss', 'armed'));
  trace.add(3, 'bob/phone', {
    type: 'media',
    call: 'c1',
    state: 'failed',
    stage: 'dtls',
    setupStalled: false,
    stats: null,
    message: 'no answer',
  });
  trace.add(4, 'bob/phone', { type: 'log', level: 'warn', message: 'socket closed with 1006', data: {} });
  trace.add(5, 'probe', { type: 'run', phase: 'end', status: 'probe-fault', message: 'media process died' });
  const text = renderLadder(trace.events, { columns: 120 });
  t.match(text, '✗ illegal-move: ended to ringing\\x1b[2J');
  t.notMatch(text, 'armed');
  t.match(text, '✗ media failed (dtls): no answer');
  t.match(text, 'socket closed with 1006');
  t.match(text, '✗ probe-fault: media process died');
});

t.test('what is lost: a copy sent again saves only itself, a foreign server proves nothing', async (t) => {
  const trace = traceOf();
  const wire = {
    type: 'wire',
    link: 'alice/phone.signaling',
    conn: 1,
    kind: 'command.accept',
    call: 'c1',
    seq: 1,
    bytes: 9,
    digest: 'same',
  } as const;
  const lost = trace.add(1, 'alice/phone', { ...wire, dir: 'out' });
  trace.add(2, 'alice/phone', { ...wire, dir: 'out' });
  trace.add(3, 'server', { ...wire, dir: 'in' });
  t.same([...deliveriesOf(trace.events).lost], [lost]);
  const [begin, ...rest] = trace.events;
  t.same([...deliveriesOf([{ ...begin, serverVisible: false } as TraceEvent, ...rest]).lost], []);
});

t.test('a long remark at the last lane stands left of it', async (t) => {
  const trace = traceOf();
  trace.add(1, 'bob/phone', { type: 'not-applied', call: 'c1', version: 3, side: 'caller', afterMs: 5_000 });
  trace.add(2, 'bob/phone', { type: 'violation', code: 'odd', message: 'x'.repeat(100), call: 'c1' });
  const [, one = '', other = ''] = renderLadder(trace.events, { columns: 80 }).split('\n');
  t.match(one, / no device of the caller applied v3 within 5.00 s ✗$/);
  t.match(other, /│?odd: x+… ✗$/);
  for (const line of [one, other]) t.ok(textWidth(line) <= 80);
});

t.test('nothing to draw, too much to draw', async (t) => {
  t.equal(renderLadder([], { columns: 80 }), '');
  t.equal(renderLadder(callTrace().slice(1), { columns: 80 }), '');
  const text = renderLadder(callTrace(), { columns: 80, rowsMax: 5 });
  t.equal(text.split('\n').length, 7);
  t.match(text, /and \d+ further rows\n$/);
});
