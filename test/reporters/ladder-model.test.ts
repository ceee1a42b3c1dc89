import t from 'tap';
import { partOf } from '../../src/reporters/html/part.js';
import { factsOf } from '../../src/reporters/ladder/facts.js';
import { itemsOf } from '../../src/reporters/ladder/items.js';
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
  t.match(facts.divergence, {
    n: lost?.n,
    how: 'lost',
    sentence: 'event.connected for alice/phone was written and never read',
  });
  t.match(facts.apart, [{ lasting: true, words: 'alice=ringing bob=connected', toAt: 2300 }]);
});

t.test('an answer that was read and not shown: the reading is where they part', async (t) => {
  const trace = callTrace().filter(
    (event) =>
      event.node !== 'alice/phone' ||
      (event.type !== 'state' && event.type !== 'record') ||
      (event.type === 'state' ? event.state : event.phase) === 'ringing',
  );
  const { divergence, lost } = factsOf(trace);
  const read = wires(trace).find(({ n }) => n === divergence?.n);
  t.match(read, { dir: 'in', node: 'alice/phone', kind: 'event.connected' });
  t.match(divergence, { how: 'not-applied', sentence: 'alice/phone read event.connected and did not apply it' });
  t.strictSame(lost, []);
});

t.test('an answer that the server sends to nobody: it is drawn where it should have been written', async (t) => {
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
  const facts = factsOf(events);
  t.match(facts.divergence, { how: 'never-sent', sentence: 'event.connected for alice/phone was never written' });
  const items = itemsOf(events, facts, { place: 'writing' });
  const at = items.findIndex(({ isAbsent }) => isAbsent);
  t.match(items[at], { kind: 'message', fate: 'never', text: 'connected', from: 1, to: 0 });
  t.match(items[at - 1], { kind: 'state', lane: 1, state: 'connected' }, "right after the server's own change");
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
    itemsOf(altered, facts, { place: 'writing' }).find(({ n }) => n === answer?.n),
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
  const messages = itemsOf(hidden, facts, { place: 'writing' }).filter((item) => item.kind === 'message');
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
  t.equal(partOf(trace, facts, 1_000), trace);
  const events = partOf(trace, facts, 12);
  t.equal(events.length, 12);
  t.equal(events[0], trace[0]);
  t.ok(events.some(({ n }) => n === facts.divergence?.n));
  const wanted = trace.at(-1)?.n ?? 0;
  t.ok(partOf(trace, { apart: [], divergence: null }, 5, [wanted]).some(({ n }) => n === wanted));
  t.equal(partOf(trace, { apart: [], divergence: null }, 5)[1]?.n, 2, 'without anything that matters, the beginning');
});

t.test('items: housekeeping is left out until asked for, candidates are folded, the epilogue is counted', async (t) => {
  const trace = callTrace();
  const facts = factsOf(trace);
  const texts = (all: boolean): string[] => itemsOf(trace, facts, { all, place: 'writing' }).map(({ text }) => text);
  t.notOk(texts(false).includes('ack'));
  t.ok(texts(true).includes('ack'));
  t.ok(texts(false).includes('candidate ×3') && texts(false).includes('candidate ×2'));
  const covered = itemsOf(trace, facts, { all: true, place: 'writing' }).flatMap(({ covers }) => covers);
  for (const { n } of wires(trace)) t.ok(covered.includes(n), `n=${n} is drawn`);

  const over = trace.find(({ type }) => type === 'media')?.n ?? 0;
  const short = itemsOf(trace, { ...facts, overN: over }, { place: 'writing' });
  t.match(short.at(-1), { kind: 'remark', text: /^\d+ further events/ });
  t.ok(short.every(({ n }) => n < over));
});

t.test('disagreement from its beginning to its end, whoever left the call takes no part', async (t) => {
  const trace = traceOf(['alice/phone', 'bob/phone', 'bob/laptop']);
  for (const device of ['alice/phone', 'bob/phone', 'bob/laptop']) view(trace, 1, device, 'ringing');
  view(trace, 10, 'bob/phone', 'connected');
  trace.add(14, 'bob/laptop', {
    type: 'state',
    call: 'c1',
    version: 3,
    state: 'ended',
    reason: 'answered-elsewhere',
    timerStartedAt: null,
  });
  view(trace, 212, 'alice/phone', 'connected');
  view(trace, 500, 'bob/phone', 'ended');
  trace.add(800, 'probe', { type: 'run', phase: 'end', status: 'complete', message: null });
  const [begin, ...rest] = trace.events;
  const { apart } = factsOf([{ ...begin, serverVisible: false } as TraceEvent, ...rest]);
  t.match(apart, [
    { fromAt: 10, toAt: 212, lasting: false },
    { fromAt: 500, toAt: 800, lasting: true },
  ]);
});

t.test('the story ends with the tear-down, and what was under way then still arrives', async (t) => {
  const trace = traceOf();
  message(trace, 99.8, 'alice/phone', 'up', 'command.ring');
  message(trace, 99.9, 'bob/phone', 'down', 'event.ringing');
  trace.add(100, 'probe', { type: 'mark', name: 'teardown', path: null, text: 'x', ok: null, actual: null });
  message(trace, 101, 'alice/phone', 'up', 'command.hangup');
  const inTime = [...trace.events].sort((a, b) => a.at - b.at).map((event, index) => ({ ...event, n: index + 1 }));
  for (const place of ['writing', 'device'] as const) {
    const messages = itemsOf(inTime, factsOf(inTime), { place }).filter(({ kind }) => kind === 'message');
    t.match(
      messages.map(({ text }) => text),
      ['ring', 'ringing'],
      place,
    );
    t.match(messages, [{ fate: 'read' }, { fate: 'read' }]);
  }
});

t.test('several servers and a proxy: each has a lane, and each hop its own arrow', async (t) => {
  const { events } = traceOf();
  const [begin] = events;
  const roles = { edge: 'proxy', east: 'server', west: 'server', probe: 'probe' } as const;
  const link = 'alice/phone.signaling';
  const wire = { type: 'wire', link, conn: 1, kind: 'command.invite', call: 'c1', seq: 1, bytes: 9, digest: 'd' } as const;
  const hop = (n: number, node: string, dir: 'out' | 'in'): TraceEvent => ({
    ...wire,
    n,
    at: n,
    wall: n,
    node,
    cause: null,
    dir,
  });
  const trace = [
    { ...begin, roles } as TraceEvent,
    hop(2, 'alice/phone', 'out'),
    hop(3, 'edge', 'in'),
    hop(4, 'edge', 'out'),
    hop(5, 'west', 'in'),
    { ...hop(6, 'west', 'out'), digest: 'answer', kind: 'result.ok' } as TraceEvent,
    { ...hop(7, 'edge', 'in'), digest: 'answer', kind: 'result.ok' } as TraceEvent,
    { ...hop(8, 'edge', 'out'), digest: 'answer', kind: 'result.ok' } as TraceEvent,
  ];
  const facts = factsOf(trace);
  t.strictSame(
    facts.lanes.map(({ node }) => node),
    ['alice/phone', 'edge', 'east', 'west', 'bob/phone'],
  );
  t.strictSame(facts.arrivals, [
    [2, 3],
    [4, 5],
    [6, 7],
  ]);
  t.strictSame(facts.lost, [8]);
  for (const place of ['writing', 'device'] as const) {
    const ways = itemsOf(trace, facts, { place }).flatMap((item) =>
      item.kind === 'message' ? [[item.from, item.to, item.fate]] : [],
    );
    t.strictSame(
      ways,
      [
        [0, 1, 'read'],
        [1, 3, 'read'],
        [3, 1, 'read'],
        [1, 0, 'lost'],
      ],
      place,
    );
  }
});
