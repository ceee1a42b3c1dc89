import t from 'tap';
import { perfettoReporter, renderPerfetto } from '../../../src/reporters/perfetto/perfetto.js';
import { placed } from '../../../src/reporters/perfetto/trace-event.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { brokenReport, repetition, reportOf, scenario } from '../../report-builder.js';
import { faultEvent, healthyCall, TraceBuilder } from '../../trace-builder.js';
import { callTrace } from '../call-trace.js';
import { fakeOut } from '../fake-out.js';
import { traceEventProblems } from './trace-event-rules.js';

interface Drawn {
  readonly ph: string;
  readonly name: string;
  readonly cat?: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly id?: string;
  readonly args?: Readonly<Record<string, unknown>>;
}

function draw(trace: readonly TraceEvent[], name = 'one'): { text: string; events: Drawn[] } {
  const result = scenario({ name, repetitions: [repetition({ status: 'failed' })] });
  const chosen = [{ scenario: result, repetition: result.repetitions[0]!, trace }];
  const text = renderPerfetto(reportOf([result]), { chosen, leftOut: 0 }, 'on');
  return { text, events: (JSON.parse(text) as { traceEvents: Drawn[] }).traceEvents };
}

t.test('a whole call keeps the rules of the format', async (t) => {
  for (const trace of [healthyCall(), healthyCall({ server: false }), callTrace(), callTrace(true)]) {
    const { text, events } = draw(trace);
    t.same(traceEventProblems(JSON.parse(text)), []);
    t.ok(events.length > 50);
  }
});

t.test('agents are processes, lanes are threads, states last until the next', async (t) => {
  const { events } = draw(callTrace());
  const meta = (name: string) => events.filter((one) => one.ph === 'M' && one.name === name).map(({ args }) => args?.['name']);
  t.same(
    meta('process_name'),
    ['probe', 'alice', 'bob', 'server'].map((agent) => `${agent} · one #1 (failed)`),
  );
  for (const lane of ['phone: shows', 'phone: wire', 'phone: user', 'calls', 'wire'])
    t.ok(meta('thread_name').includes(lane), lane);
  const begin = events.find(({ ph, name, cat }) => ph === 'b' && name === 'connected' && cat === 'device');
  const end = events.find(({ ph, id, name }) => ph === 'e' && id === begin?.id && name === 'connected');
  t.equal(begin?.ts, 211_700);
  t.ok(end !== undefined && end.ts > 1_400_000);
  const row = events.filter(({ ph, id }) => ph === 'b' && id === begin?.id).map(({ name }) => name);
  t.equal(row[0], 'phone: shows', 'all that it shows is one row, named as its lane');
  t.ok(row.length > 2);
  const phases = events.filter((one) => one.ph === 'b' && one.cat === 'call').map(({ name }) => name);
  t.same(phases, ['call c1', 'inviting', 'ringing', 'connected']);
});

t.test('a message that was passed on is one arrow over four ends, and one that was lost has none and a cross', async (t) => {
  const trace = new TraceBuilder();
  const { events } = draw(trace.rings('alice/phone', 'bob').acts('bob/phone', 'accept').events);
  const paths = new Map<string, string>();
  for (const { ph, cat, id = '' } of events) if (cat === 'message') paths.set(id, (paths.get(id) ?? '') + ph);
  t.ok([...paths.values()].includes('sttf'), 'bob says accept, alice reads connected');
  t.notOk(events.some(({ name }) => name.startsWith('× ')));
  const lost = draw(callTrace(true)).events.filter(({ name }) => name.startsWith('× '));
  t.match(lost, [{ name: '× ↗ event.connected', args: { lost: true } }]);
});

t.test('what users and faults did are points', async (t) => {
  const trace = new TraceBuilder();
  trace.rings('alice/phone', 'bob');
  trace.add('alice/phone', faultEvent('disconnect', 'hit', { message: 'cut' }));
  trace.add('probe', { type: 'lag', lateMs: 40 });
  trace.add('server', { type: 'refused', call: 'c1', device: 'bob/phone', command: 'accept', why: 'already-ended' });
  trace.add('alice/phone', { type: 'violation', code: 'odd', message: 'x', call: 'c1' });
  const { text, events } = draw(trace.events);
  t.same(traceEventProblems(JSON.parse(text)), []);
  const points = events.filter(({ ph }) => ph === 'i').map(({ name }) => name);
  t.same(points, [
    'call bob',
    'disconnect hit',
    "the probe's own event loop was late by 40 ms",
    'accept of bob/phone refused: already-ended',
  ]);
  t.ok(events.some(({ ph, name }) => ph === 'n' && name === 'violation odd'));
});

t.test('frames at the same instant stand one behind the other', async (t) => {
  const slice = (ts: number) => ({ name: 'x', cat: 'x', ts, args: {} });
  const places = placed([slice(100), slice(100), slice(100), slice(101), slice(5_000), slice(50)]);
  t.same(
    places.map(({ ts }) => ts),
    [100, 101, 102, 103, 5_000, 50],
  );
  t.same(
    places.map(({ dur }) => dur),
    [1, 1, 1, 200, 200, 50],
  );
});

t.test('failures first, a bounded number, and what is left out is said', async (t) => {
  const report = brokenReport();
  const asked: string[] = [];
  const out = fakeOut();
  const traceOf = (path: string) => {
    asked.push(path);
    return path.includes('.2.') ? null : callTrace();
  };
  perfettoReporter.create(out, { now: () => 0, files: [], traceOf, redaction: 'off' }).runEnd?.(report);
  const document = JSON.parse(out.text()) as { otherData: object };
  t.same(
    asked.slice(0, 3),
    ['3', '9', '14'].map((number) => `reports/traces/away.${number}.trace.jsonl`),
  );
  t.match(document.otherData, { redaction: 'off', seed: '7', 'repetitions shown': 39, 'repetitions left out': 2 });
  t.same(traceEventProblems(document), []);
  const empty = renderPerfetto(reportOf([]), { chosen: [], leftOut: 0 }, 'on');
  t.same(traceEventProblems(JSON.parse(empty)), []);
});

t.test('text from outside stays a string', async (t) => {
  const hostile = '"}]</script>\u001b[2J\u202e\n';
  const { text } = draw(callTrace(), hostile);
  t.notMatch(text, /\u001b/);
  t.match(JSON.parse(text), { traceEvents: Array });
});

t.test('the rules catch what breaks them', async (t) => {
  const at = { pid: 1, tid: 1, ts: 5, cat: 'c' };
  const names = [
    { ph: 'M', name: 'process_name', pid: 1, tid: 0, args: { name: 'p' } },
    { ph: 'M', name: 'thread_name', pid: 1, tid: 1, args: { name: 't' } },
  ];
  const broken = (...events: object[]): number =>
    traceEventProblems({ displayTimeUnit: 'ms', traceEvents: [...names, ...events] }).length;
  const slice = { ...at, ph: 'X', name: 'x', dur: 10 };
  t.equal(broken(slice), 0);
  t.equal(broken(slice, { ...slice, ts: 10 }), 1, 'overlap');
  t.equal(broken({ ...at, ph: 'b', name: 'x', id: '1' }), 1, 'no end');
  t.equal(broken({ ...at, ph: 'e', name: 'x', id: '1' }), 1, 'no begin');
  t.equal(broken({ ...at, ph: 'n', name: 'x', id: '1' }), 1, 'n alone');
  t.equal(broken(slice, { ...at, ph: 's', name: 'm', id: '1' }), 1, 'an arrow without its head');
  t.equal(broken({ ...at, ph: 's', name: 'm', id: '1' }, { ...at, ph: 'f', name: 'm', id: '1' }), 2, 'an arrow from nothing');
  const arrow = (ts: number): object[] => ['s', 'f'].map((ph) => ({ ...at, ph, name: 'm', id: '1', ts }));
  t.equal(broken(slice, ...arrow(14)), 0);
  t.equal(broken(slice, ...arrow(15)), 2, 'an arrow at the end of a slice');
  t.equal(broken(...arrow(5), slice), 2, 'an arrow before its slice');
  t.equal(broken({ ...slice, tid: 9 }), 1, 'no name of the thread');
  t.equal(broken({ ...slice, ts: 0.5 }), 1, 'a fraction');
});
