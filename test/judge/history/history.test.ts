/** The index of a trace: lookups by number, several servers, roles, refused actions, and what is derived once. */
import t from 'tap';
import { judge } from '../../../src/judge/checkers/index.js';
import { diagnose } from '../../../src/judge/diagnose.js';
import { firstAfter, indexUpTo, lastUpTo, within } from '../../../src/judge/history/by-number.js';
import {
  causesOf,
  eventAt,
  historyOf,
  isDown,
  onlineMs,
  perHistory,
  recordAt,
  screenAt,
  shownAt,
} from '../../../src/judge/history/history.js';
import { messagesOf } from '../../../src/judge/history/messages.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { faultEvent, healthyCall, TraceBuilder } from '../../trace-builder.js';

const A = 'alice/phone';
const B = 'bob/phone';

t.test('events are found by their number, whatever of the trace is left', async (t) => {
  const whole = healthyCall();
  const some = whole.filter(({ n }) => n % 3 !== 0);
  const joined = [...whole.slice(0, 9), { ...whole[9]!, n: 9.0001 }, ...whole.slice(9)];
  for (const trace of [whole, some, joined, whole.slice(20)]) {
    const history = historyOf(trace);
    for (const event of trace) t.equal(eventAt(history, event.n), event);
    t.equal(eventAt(history, null), undefined);
    t.equal(eventAt(history, 0.5), undefined);
    t.equal(eventAt(history, whole.length + 1), undefined);
  }
  t.equal(eventAt(historyOf(some), 3), undefined, 'one that is missing');
  const list = [{ n: 2 }, { n: 4 }, { n: 4.5 }];
  t.strictSame(
    [1, 2, 3, 4, 9].map((n) => indexUpTo(list, n)),
    [-1, 0, 0, 1, 2],
  );
  t.equal(lastUpTo(list, 1), undefined);
  t.strictSame(firstAfter(list, 4), { n: 4.5 });
  t.strictSame(within(list, 2, 4), [{ n: 4 }]);
  t.strictSame(within(undefined, 2), []);
});

t.test('causes end where a broken trace goes in a circle', async (t) => {
  const trace = new TraceBuilder();
  const first = trace.view(A, { state: 'ringing' }, 3);
  const second = trace.view(A, { state: 'ended' }, first);
  const history = historyOf(trace.events);
  const causes = [...causesOf(history, trace.events[second - 1]!)];
  t.strictSame(
    causes.map(({ n }) => n),
    [first],
  );
});

t.test('a server is what the roles of the trace say, under whatever name', async (t) => {
  const renamed = healthyCall().map((event): TraceEvent => {
    const node = event.node === 'server' ? 'eu-1' : event.node;
    if (event.type !== 'run' || event.phase !== 'begin') return { ...event, node };
    return { ...event, roles: { 'eu-1': 'server', probe: 'probe' } };
  });
  const history = historyOf(renamed);
  t.ok(history.isServer('eu-1'));
  t.notOk(history.isServer('server'), 'a node without a role is a device');
  t.equal(history.serverOf(A), 'eu-1');
  t.equal(recordAt(history.calls[0]!, Infinity)?.phase, 'ended');
  t.ok(
    judge(history, {}).every(({ result }) => result.valid === true),
    'verdicts are the same',
  );
  const cut = renamed.filter((event) => !(event.node === A && event.type === 'wire' && event.kind === 'event.connected'));
  const deaf = cut.filter((event) => !(event.node === A && 'version' in event && event.version === 3));
  t.match(diagnose(historyOf(deaf))[0], { code: 'dropped-in-transit', hop: `${A}.signaling` });
});

t.test('with several servers a fault of one reaches its own devices, and a copy of a record is no second change', async (t) => {
  const trace = new TraceBuilder();
  const [begin] = trace.events;
  if (begin?.type !== 'run' || begin.phase !== 'begin') throw new Error('no beginning');
  trace.events[0] = { ...begin, roles: { server: 'server', other: 'server', probe: 'probe' } };
  trace.at(100).rings(A, 'bob');
  const record = trace.record('c1');
  trace.add('other', { type: 'record', call: 'c1', version: record.version, phase: record.phase, record });
  const link = `${B}.signaling`;
  const frame = { type: 'wire', link, conn: 1, kind: 'ping', call: null, seq: null, bytes: 1, digest: 'p' } as const;
  trace.add('other', { ...frame, dir: 'out' });
  const hit = trace.at(1_000).add('other', faultEvent('pause-server', 'hit', { absence: 'until-healed' }));
  trace.at(2_000).add('other', faultEvent('pause-server', 'healed'), hit);
  const history = historyOf(trace.at(3_000).rests().events);
  t.equal(history.serverOf(A), 'server');
  t.equal(history.serverOf(B), 'other');
  t.strictSame(
    [A, B].map((device) => onlineMs(history, device, 0, 3_000)),
    [3_000, 2_000],
  );
  t.strictSame(
    history.calls[0]?.server.map(({ version }) => version),
    [1, 2],
    'the server that holds the call counts',
  );
  t.notOk(history.calls[0]?.applied.has('other'));
  const [down] = messagesOf(history).down.get(B)?.slice(-1) ?? [];
  t.equal(down?.writes[0]?.node, 'other');
  t.ok(isDown(history, { node: 'other', dir: 'out' }));
});

t.test('what an app refused to do was not done', async (t) => {
  const trace = new TraceBuilder();
  trace.add(A, { type: 'action', action: 'go offline', peer: null, call: null, refused: 'it is offline already' });
  trace.add(A, { type: 'action', action: 'call', peer: 'bob', call: null, refused: 'this device shows a call' });
  const history = historyOf(trace.events);
  t.strictSame(history.actions, []);
  t.strictSame([...history.offline], []);
});

t.test('states are those of the instant, and of the life of the device', async (t) => {
  const trace = new TraceBuilder().at(100).rings(A, 'bob');
  const before = trace.events.length;
  trace.op(B, 'crash');
  const crashed = trace.events.length;
  trace.op(B, 'open');
  const history = historyOf(trace.events);
  const call = history.calls[0]!;
  t.equal(shownAt(history, call, B, before)?.state, 'ringing');
  t.equal(shownAt(history, call, B, crashed), null, 'it forgot the call');
  t.equal(screenAt(history, B, before)?.state, 'ringing');
  t.equal(shownAt(history, call, A, 1), null);
});

t.test('what is derived from a history is made once for each', async (t) => {
  let made = 0;
  const countOf = perHistory(({ trace }) => {
    made++;
    return trace.length;
  });
  const one = historyOf(healthyCall());
  t.equal(countOf(one), countOf(one));
  t.equal(made, 1);
  countOf(historyOf(healthyCall()));
  t.equal(made, 2);
});
