import t from 'tap';
import type { CallRecord } from '../../../src/protocol/call.js';
import type { EventOf, TraceEvent } from '../../../src/trace/event.js';
import { FOUR, healthyCall, TraceBuilder } from '../../trace-builder.js';
import { ForeignTrace } from '../causes/foreign-trace.js';
import { catches, holds } from './verdicts.js';

/** The healthy trace with one server record changed, and the devices' copies of it changed alike. */
function having(version: number, change: Partial<CallRecord>, call = 'c1'): TraceEvent[] {
  return healthyCall().map((event) => {
    if (event.type !== 'record' || event.call !== call || event.version !== version) return event;
    const record = { ...event.record, ...change };
    return { ...event, record, version: record.version, phase: record.phase };
  });
}

function changed(
  fits: (event: TraceEvent) => boolean,
  change: Partial<EventOf<'record'>> | Partial<EventOf<'state'>>,
): TraceEvent[] {
  return healthyCall().map((event) => (fits(event) ? ({ ...event, ...change } as TraceEvent) : event));
}

t.test('every way a call may go', async (t) => {
  const ringing = (): TraceBuilder => new TraceBuilder({ devices: FOUR }).at(100).rings('alice/phone', 'bob').at(400);
  holds(t, 'legal-moves', healthyCall());
  holds(t, 'legal-moves', ringing().acts('bob/phone', 'reject').rests().ends());
  holds(t, 'legal-moves', ringing().acts('bob/phone', 'accept').acts('bob/phone', 'hang up').rests().ends());
  for (const move of ['no-answer', 'busy', 'lost', 'fail'] as const) {
    const trace = ringing();
    trace.tells('c1', trace.moves('c1', move, null, null));
    holds(t, 'legal-moves', trace.rests().ends());
  }
});

t.test('the server’s record', async (t) => {
  const cases: [string, TraceEvent[], RegExp][] = [
    ['a gap in the versions', having(4, { version: 5 }), /version 5: it follows version 3, and must be one higher/],
    [
      'a first version above one',
      healthyCall().filter((event) => !(event.type === 'record' && event.version === 1)),
      /first record .* is not version 1/,
    ],
    [
      'an illegal move',
      having(4, { reason: 'rejected' }),
      /no legal move leads from connected to ended\(rejected\) by alice\/phone/,
    ],
    [
      'a move of the wrong side',
      having(3, { phase: 'ended', reason: 'cancelled', endedBy: { user: 'bob', device: 'phone' } }),
      /no legal move/,
    ],
    ['an end by a stranger', having(4, { endedBy: { user: 'eve', device: 'phone' } }), /no legal move.*by eve\/phone/],
    [
      'life after the end',
      having(3, { phase: 'ended', reason: 'missed', endedAt: 1_000_500 }),
      /no legal move leads from ended\(missed\)/,
    ],
    ['times that run backwards', having(3, { answeredAt: 1_000_001 }), /times run backwards/],
    ['a reason before the end', having(3, { reason: 'hangup' }), /it is connected with the end reason hangup/],
    ['an end without a reason', having(4, { reason: null }), /it is ended with the end reason null/],
    ['an end without its time', having(4, { endedAt: null }), /it is ended with the end at null/],
    ['another callee', having(3, { callee: { user: 'carol', device: 'phone' } }), /its caller or callee changed/],
    ['another caller', having(3, { caller: { user: 'carol', device: 'phone' } }), /its caller or callee changed/],
    [
      'another device that answered',
      having(4, { callee: { user: 'bob', device: 'laptop' } }),
      /device that answered changed from phone to laptop/,
    ],
    ['an answer by nobody', having(3, { callee: { user: 'bob', device: null } }), /answered by device null/],
    ['another id', having(3, { id: 'c9' }), /its record connected of c9/],
  ];
  for (const [name, trace, message] of cases) {
    t.comment(name);
    catches(t, 'legal-moves', trace, message);
  }
});

t.test('the replicas', async (t) => {
  const atAlice = (phase: string) => (event: TraceEvent) =>
    event.type === 'record' && event.node === 'alice/phone' && event.phase === phase;
  const older = healthyCall().find((event) => event.type === 'record' && event.version === 2);
  if (older?.type !== 'record') throw new Error('the healthy call rings');
  const { version, phase, record } = older;
  catches(
    t,
    'legal-moves',
    changed(atAlice('ended'), { version, phase, record }),
    /alice\/phone applied version 2 .* after version 3: a replica never goes back/,
  );
  catches(
    t,
    'legal-moves',
    changed(atAlice('ended'), { version: 7, record: { ...record, version: 7 } }),
    /version 7 .* which the server never held/,
  );
  const forged = { ...record, caller: { user: 'alice', device: 'watch' } };
  catches(t, 'legal-moves', changed(atAlice('ringing'), { record: forged }), /differs from the server's in caller/);
  catches(t, 'legal-moves', changed(atAlice('ringing'), { version: 3 }), /but the record says version 2/);
});

t.test('the order of keys in a record does not matter', async (t) => {
  const reversed = healthyCall().map((event) =>
    event.type === 'record' && event.node !== 'server'
      ? { ...event, record: Object.fromEntries(Object.entries(event.record).reverse()) as unknown as CallRecord }
      : event,
  );
  holds(t, 'legal-moves', reversed);
});

t.test('a device that crashed may apply everything again', async (t) => {
  const trace = new TraceBuilder().at(100).rings('alice/phone', 'bob').acts('bob/phone', 'accept');
  trace.op('alice/phone', 'crash');
  trace.after(100).op('alice/phone', 'open');
  trace.applies('c1', 'alice/phone', null);
  holds(t, 'legal-moves', trace.rests().ends());
  holds(t, 'exactly-once', trace.events);
});

t.test('an end that a device decided on by itself may be taken back; another end may not', async (t) => {
  for (const server of [true, false]) {
    const givingUp = (reason: 'server-error' | 'hangup'): TraceBuilder => {
      const trace = new TraceBuilder({ server }).at(100).rings('alice/phone', 'bob').acts('bob/phone', 'accept');
      const { timerStartedAt, version } = trace.events.findLast(
        (event) => event.type === 'state' && event.node === 'alice/phone',
      ) as EventOf<'state'>;
      trace.view('alice/phone', { state: 'ended', reason });
      trace.after(100).view('alice/phone', { state: 'connected', version, timerStartedAt });
      return trace;
    };
    holds(t, 'legal-moves', givingUp('server-error').rests().ends());
    catches(t, 'legal-moves', givingUp('hangup').rests().ends(), /alice went back from ended\(hangup\) to connected/);
  }
  const hidden = new TraceBuilder().at(100).rings('alice/phone', 'bob').acts('bob/phone', 'accept');
  hidden.view('alice/phone', { state: 'ended', reason: 'server-error' });
  hidden.acts('bob/phone', 'hang up');
  holds(t, 'legal-moves', hidden.rests().ends());
});

t.test('the views', async (t) => {
  for (const server of [true, false]) {
    for (const [from, to] of [
      ['ended', 'ringing'],
      ['ended', 'connected'],
      ['connected', 'ringing'],
    ] as const) {
      const trace = new TraceBuilder({ server });
      trace.view('alice/phone', { state: from });
      trace.view('alice/phone', { state: to });
      catches(t, 'legal-moves', trace.events, new RegExp(`alice went back from ${from} to ${to} in call c1`));
    }
    const live = new TraceBuilder({ server });
    live.view('alice/phone', { state: 'ringing', reason: 'busy' });
    live.view('bob/phone', { state: 'ringing', timerStartedAt: 5 });
    catches(t, 'legal-moves', live.events, /alice gives an end reason for a call that it shows as live/);
    catches(t, 'legal-moves', live.events, /timer of bob runs while it shows ringing/);
  }
  const atBob = (state: string) => (event: TraceEvent) =>
    event.type === 'state' && event.node === 'bob/laptop' && event.state === state;
  catches(
    t,
    'legal-moves',
    changed(atBob('ringing'), { state: 'connected' }),
    /bob\.laptop shows connected for version 2 .* which means ringing there/,
  );
  catches(t, 'legal-moves', changed(atBob('ringing'), { version: 9 }), /version 9 of call c1, which it never applied/);
  const unshown = healthyCall().filter(
    (event) => !(event.type === 'state' && event.node === 'bob/phone' && event.state === 'connected'),
  );
  catches(t, 'legal-moves', unshown, /bob\.phone applied version 3 of call c1 and went on showing ringing instead of connected/);
});

t.test('illegal moves that a node reports', async (t) => {
  const trace = (code: string): TraceEvent[] => {
    const builder = new TraceBuilder();
    builder.add('alice/phone', { type: 'violation', code, message: 'connected came after ended', call: 'c1' });
    return builder.events;
  };
  catches(
    t,
    'legal-moves',
    trace('illegal-transition'),
    /alice\/phone saw an illegal move: connected came after ended \(illegal-transition\)/,
  );
  holds(t, 'legal-moves', trace('refused'));
});

t.test('an answer that a black box passes on after it had passed on the end', async (t) => {
  const build = ({ isSentOn = true, isRead = true, isAfter = true }): TraceEvent[] => {
    const trace = new ForeignTrace().calls();
    if (!isAfter) trace.accepts();
    const op = trace.op('alice/phone', 'cancel', 'c1');
    trace.says('alice/phone', 'command.cancel', op);
    trace.shows('alice/phone', { state: 'ended', reason: 'cancelled' }, op);
    if (isSentOn) trace.struck('bob/phone', 'delay', 'event.ended');
    if (isAfter) trace.accepts();
    if (isRead) trace.after(5).hears('alice/phone', 'event.connected');
    trace.after(500).hears('bob/phone', 'event.ended', { state: 'ended', reason: 'cancelled' });
    return trace.finishes(false);
  };
  catches(
    t,
    'legal-moves',
    build({}),
    /the server passed the answer of bob on to alice, although it had passed on before that the call c1 was over/,
  );
  holds(t, 'legal-moves', build({ isRead: false }));
  holds(t, 'legal-moves', build({ isSentOn: false }));
  holds(t, 'legal-moves', build({ isAfter: false }));
});
