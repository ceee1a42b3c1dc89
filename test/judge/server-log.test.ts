/** A server's log beside a trace: placed between what the devices wrote and read, whatever its clock says. */
import t from 'tap';
import { SERVER } from '../../src/judge/history/history.js';
import { joinServerLog, type LogEntry } from '../../src/judge/server-log/server-log.js';
import { invite } from '../../src/protocol/call.js';
import type { EventOf, TraceEvent } from '../../src/trace/event.js';
import { healthyCall, TraceBuilder } from '../trace-builder.js';

const RECORD = invite('c1', { user: 'alice', device: 'phone' }, 'bob', 1_000_000);

/** Alice invites: her command leaves at 100 ms, the result is read at 130 ms, bob reads the event at 140 ms. */
function trace(): { events: TraceEvent[]; wallOf: (at: number) => number } {
  const build = new TraceBuilder({ server: false });
  const wire = { type: 'wire', conn: 1, call: 'c1', bytes: 90 } as const;
  const op = build.at(100).op('alice/phone', 'call', 'c1', 'bob');
  const alice = { ...wire, link: 'alice/phone.signaling' };
  build.add(
    'alice/phone',
    { ...alice, dir: 'out', kind: 'command.invite', seq: 1, digest: 'a', frame: { type: 'command', id: 'm1' } },
    op,
  );
  build.at(130).add('alice/phone', {
    ...alice,
    dir: 'in',
    kind: 'result.ok',
    seq: 1,
    digest: 'b',
    frame: { type: 'result', record: RECORD },
  });
  const bob = { ...wire, link: 'bob/phone.signaling', seq: 1, digest: 'c', frame: { type: 'event', record: RECORD } };
  build.at(140).add('bob/phone', { ...bob, dir: 'in', kind: 'event.inviting' });
  build.at(2_000).mark('quiesced', true);
  const [begin] = build.events;
  return { events: build.events, wallOf: (at) => (begin?.wall ?? 0) + at };
}

const entry = (time: number, message: string, more: Partial<LogEntry>): LogEntry => ({
  ...{ line: 1, time, message, call: 'c1', device: null, seq: null, version: null, reason: null },
  ...{ move: null, command: null, why: null, calls: [], ...more },
});

function log(wallOf: (at: number) => number, aheadMs: number): LogEntry[] {
  const by = { device: 'alice/phone', command: 'm1', version: 1 };
  return [
    entry(wallOf(110) + aheadMs, 'result sent', { ...by, seq: 1 }),
    entry(wallOf(112) + aheadMs, 'call inviting', { ...by, move: 'invite' }),
    entry(wallOf(112) + aheadMs, 'event sent', { device: 'bob/phone', version: 1, seq: 1 }),
    entry(wallOf(150) + aheadMs, 'applied', { device: 'bob/phone', version: 1 }),
  ];
}

for (const aheadMs of [0, 3_600_000, -86_400_000]) {
  t.test(`a clock that is ${aheadMs} ms ahead`, async (t) => {
    const { events, wallOf } = trace();
    const joined = joinServerLog(events, log(wallOf, aheadMs));
    const numbers = joined.trace.map(({ n }) => n);
    t.strictSame(
      numbers,
      [...numbers].sort((a, b) => a - b),
      'in order',
    );
    t.equal(new Set(numbers).size, numbers.length, 'each number once');
    const mine = joined.trace.filter(({ node }) => node === SERVER);
    t.strictSame(
      mine.map(({ type }) => type),
      ['wire', 'wire', 'record', 'wire', 'applied'],
    );
    const wires = mine.filter((event): event is EventOf<'wire'> => event.type === 'wire');
    t.match(wires, [
      { dir: 'in', kind: 'command.invite' },
      { dir: 'out', kind: 'result.ok' },
      { dir: 'out', kind: 'event.inviting' },
    ]);
    for (const event of joined.trace) {
      if (event.cause === null) continue;
      t.ok(event.cause < event.n, `${event.n} comes after its cause ${event.cause}`);
    }
    for (const event of mine) t.ok(event.at >= 99 && event.at <= 2_000, `at ${event.at}`);
    t.match(joined.notes[0], /log was joined: 4 lines/);
    t.match(joined.trace[0], { serverVisible: true });
    t.strictSame(
      events.map(({ n }) => n),
      events.map((_, i) => i + 1),
      'the trace itself is left alone',
    );
  });
}

t.test('a log that has nothing to say leaves the trace as it is, and says why', async (t) => {
  const { events, wallOf } = trace();
  const cases: readonly [LogEntry[], RegExp][] = [
    [[], /no line about the calls/],
    [log(wallOf, 0).map((one) => ({ ...one, call: 'another' })), /no line about the calls/],
    [log(wallOf, 0).filter(({ message }) => message === 'call inviting'), /--log-level debug/],
  ];
  for (const [entries, pattern] of cases) {
    const joined = joinServerLog(events, entries);
    t.equal(joined.trace, events);
    t.match(joined.notes[0], pattern);
  }
  const seen = healthyCall();
  t.equal(joinServerLog(seen, log(wallOf, 0)).trace, seen, 'a trace with the server in it needs no log');
});
