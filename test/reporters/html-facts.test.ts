import t from 'tap';
import { factsOf } from '../../src/reporters/html/facts.js';
import { itemsOf } from '../../src/reporters/html/items.js';
import { windowOf } from '../../src/reporters/html/window.js';
import { type EventOf, eventsOf, type TraceEvent } from '../../src/trace/event.js';
import { TraceBuilder } from '../trace-builder.js';
import { callTrace, message, record, traceOf, view } from './call-trace.js';

const wires = (trace: readonly TraceEvent[]): EventOf<'wire'>[] => eventsOf(trace, 'wire');

t.test('a call that goes well: all messages arrive, nobody disagrees for long', async (t) => {
  const trace = callTrace();
  const facts = factsOf(trace);
  t.match(facts, { serverVisible: true, lost: [], altered: [], apart: [], divergence: null, overN: null });
  t.strictSame(
    facts.lanes.map(({ node, label, side }) => [node, label, side]),
    [
      ['alice/phone', 'alice', 'caller'],
      ['server', 'server', 'server'],
      ['bob/phone', 'bob', 'callee'],
    ],
  );
  const arrived = new Map(facts.arrivals);
  for (const { n, dir, digest } of wires(trace)) {
    if (dir !== 'out') continue;
    const read = wires(trace).find((event) => event.n === arrived.get(n));
    t.equal(read?.digest, digest, `n=${n} was read with its own digest`);
  }
});

t.test('a lost answer: the sides are apart from then on, and that message is where they part', async (t) => {
  const trace = callTrace(true);
  const facts = factsOf(trace);
  const lost = wires(trace).find(({ n }) => n === facts.lost[0]);
  t.match(lost, { kind: 'event.connected', node: 'server', link: 'alice/phone.signaling' });
  t.match(facts.divergence, { n: lost?.n, kind: 'lasting', why: 'never arrived' });
  t.match(facts.apart, [{ lasting: true, words: 'alice=ringing bob=connected', toAt: 2300 }]);
});

t.test('an answer that was read and not shown: the reading is where they part', async (t) => {
  const trace = callTrace().filter(
    (event) => event.node !== 'alice/phone' || event.type !== 'state' || event.state === 'ringing',
  );
  const { divergence, lost } = factsOf(trace);
  const read = wires(trace).find(({ n }) => n === divergence?.n);
  t.match(read, { dir: 'in', node: 'alice/phone', kind: 'event.connected' });
  t.match(divergence?.why, /alice\/phone read it and shows nothing of it/);
  t.strictSame(lost, []);
});

t.test('an answer of which the server tells nobody: the accept is where they part', async (t) => {
  const { events, add } = traceOf();
  const trace = { events, add };
  add(10, 'alice/phone', { type: 'action', action: 'call', peer: 'bob', call: 'c1' });
  add(11, 'server', { type: 'record', call: 'c1', version: 2, phase: 'ringing', record: record('ringing', 2) });
  view(trace, 12, 'alice/phone', 'ringing');
  view(trace, 12, 'bob/phone', 'ringing');
  const accept = message(trace, 210, 'bob/phone', 'up', 'command.accept');
  add(211, 'server', { type: 'record', call: 'c1', version: 3, phase: 'connected', record: record('connected', 3) }, accept + 1);
  view(trace, 212, 'bob/phone', 'connected');
  add(2000, 'probe', { type: 'run', phase: 'end', status: 'complete', message: null });
  t.match(factsOf(events).divergence, { n: accept, kind: 'lasting', why: 'nothing of what follows from it reached alice/phone' });
});

t.test('a frame that is read with another text than it was written with is altered, not lost', async (t) => {
  const trace = callTrace();
  const answer = wires(trace).find(({ kind, dir }) => kind === 'event.connected' && dir === 'out');
  const altered = trace.map((event) =>
    event.type === 'wire' && event.cause === answer?.n ? { ...event, digest: 'other' } : event,
  );
  const facts = factsOf(altered);
  t.strictSame(facts.altered, [answer?.n]);
  t.notOk(facts.lost.includes(answer?.n ?? 0));
  t.match(
    itemsOf(altered, facts, false).find(({ n }) => n === answer?.n),
    { fate: 'altered' },
  );
});

t.test('a black box: no losses are claimed, and devices are held against each other', async (t) => {
  const build = new TraceBuilder({ server: false });
  const trace = build.events;
  t.strictSame(factsOf(trace).lost, []);
  const hidden = callTrace(true)
    .filter(({ node }) => node !== 'server')
    .map((event) => (event.type === 'run' && event.phase === 'begin' ? { ...event, serverVisible: false } : event));
  const facts = factsOf(hidden);
  t.match(facts, { serverVisible: false, lost: [] });
  t.match(facts.apart, [{ lasting: true, words: 'alice=ringing bob=connected' }]);
  const messages = itemsOf(hidden, facts, false).filter((item) => item.kind === 'message');
  t.ok(messages.length > 0 && messages.every(({ fate }) => fate !== 'lost'), 'what the server did with them is unknown');
});

t.test('devices: callers to the left, the server in the middle, everybody else to the right', async (t) => {
  const { events } = traceOf(['bob/phone', 'alice/phone', 'bob/laptop', 'alice/tablet']);
  const call = { type: 'action', action: 'call', peer: 'bob', call: 'c1' } as const;
  const trace = [...events, { n: 2, at: 5, wall: 5, node: 'alice/phone', cause: null, ...call } as const];
  view(
    { events: trace, add: (at, node, body) => trace.push({ n: trace.length + 1, at, wall: at, node, cause: null, ...body }) },
    6,
    'alice/phone',
    'ringing',
  );
  t.strictSame(
    factsOf(trace).lanes.map(({ label }) => label),
    ['alice/phone', 'alice/tablet', 'server', 'bob/phone', 'bob/laptop'],
  );
});

t.test('a window keeps the first event, what matters and no more than it may', async (t) => {
  const trace = callTrace(true);
  const facts = factsOf(trace);
  t.strictSame(windowOf(trace, facts, 1_000), { events: trace, leftOut: 0 });
  const { events, leftOut } = windowOf(trace, facts, 12);
  t.equal(events.length, 12);
  t.equal(leftOut, trace.length - 12);
  t.equal(events[0], trace[0]);
  t.ok(events.some(({ n }) => n === facts.divergence?.n));
  const wanted = trace.at(-1)?.n ?? 0;
  t.ok(windowOf(trace, { apart: [], divergence: null }, 5, [wanted]).events.some(({ n }) => n === wanted));
  t.equal(windowOf(trace, { apart: [], divergence: null }, 5).events[1]?.n, 2, 'without anything that matters, the beginning');
});

t.test('items: housekeeping is left out until asked for, candidates are folded, the epilogue is counted', async (t) => {
  const trace = callTrace();
  const facts = factsOf(trace);
  const texts = (all: boolean): string[] => itemsOf(trace, facts, all).map(({ text }) => text);
  t.notOk(texts(false).includes('ack'));
  t.ok(texts(true).includes('ack'));
  t.ok(texts(false).includes('candidate ×3') && texts(false).includes('candidate ×2'));
  const covered = itemsOf(trace, facts, true).flatMap(({ covers }) => covers);
  for (const { n } of wires(trace)) t.ok(covered.includes(n), `n=${n} is drawn`);

  const over = trace.find(({ type }) => type === 'media')?.n ?? 0;
  const short = itemsOf(trace, { ...facts, overN: over }, false);
  t.match(short.at(-1), { kind: 'note', text: /^\d+ further events/ });
  t.ok(short.every(({ n }) => n < over));
});
