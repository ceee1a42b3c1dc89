import t from 'tap';
import type { TraceEvent } from '../../../src/trace/event.js';
import { healthyCall, TraceBuilder } from '../../trace-builder.js';
import { ForeignTrace } from '../causes/foreign-trace.js';
import { catches, holds, wonders } from './verdicts.js';

function talking(server = true): TraceBuilder {
  return new TraceBuilder({ server }).at(100).rings('alice/phone', 'bob').at(400).acts('bob/phone', 'accept');
}

function read(alice: number, bob: number, server = true): TraceEvent[] {
  const trace = talking(server).at(2_000);
  trace.timers('c1', { 'alice/phone': 1_000, 'bob/phone': 1_000 });
  trace.at(3_000).timers('c1', { 'alice/phone': alice, 'bob/phone': bob });
  return trace.rests().ends();
}

t.test('timers that read the same, up to the limit', async (t) => {
  holds(t, 'timer-skew', healthyCall());
  holds(t, 'timer-skew', read(2_000, 2_100));
  holds(t, 'timer-skew', read(2_000, 2_400), { 'timer-skew': { max: 400 } });
});

t.test('timers that differ, with the worst reading', async (t) => {
  const result = catches(
    t,
    'timer-skew',
    read(2_230, 2_000),
    /differ by up to 230 ms: alice=2\.230 s bob=2\.000 s at 3\.000 s; 1 of 2 readings were beyond 100 ms/,
  );
  t.equal(result.findings[0]?.evidence.length, 2);
  catches(t, 'timer-skew', read(2_000, 2_051), /differ by up to 51 ms/, { 'timer-skew': { max: 50 } });
});

t.test('what the way to the server hides of its clock is allowed, until a shorter round trip has shown more', async (t) => {
  const asked = (answersAt: readonly number[], alice: number): TraceEvent[] => {
    const trace = new TraceBuilder({ server: true }).at(10);
    trace.wire('alice/phone', 'out', 'alice/phone', 'hello', null, null);
    const [greeted = 0, ...pongs] = answersAt;
    trace.at(10 + greeted).wire('alice/phone', 'in', 'alice/phone', 'welcome', null, null);
    trace.at(1_000).rings('alice/phone', 'bob').at(1_400).acts('bob/phone', 'accept');
    for (const ms of pongs) {
      trace.wire('alice/phone', 'out', 'alice/phone', 'ping', null, null);
      trace.after(ms).wire('alice/phone', 'in', 'alice/phone', 'pong', null, null);
    }
    trace.at(3_000).timers('c1', { 'alice/phone': alice, 'bob/phone': 1_600 });
    return trace.rests().ends();
  };
  holds(t, 'timer-skew', asked([400], 1_890));
  catches(t, 'timer-skew', asked([400], 1_910), /differ by up to 310 ms: .* beyond 300 ms/);
  catches(t, 'timer-skew', asked([400, 20], 1_720), /differ by up to 120 ms: .* beyond 110 ms/);
  holds(t, 'timer-skew', asked([400, 20, 600], 1_705), {});
});

t.test('readings of different instants or calls are not compared', async (t) => {
  const trace = talking().at(2_000);
  trace.timers('c1', { 'alice/phone': 1_000, 'bob/phone': 1_000 });
  trace.timers('c2', { 'alice/phone': 9_000 });
  trace.at(3_000).timers('c1', { 'alice/phone': 2_000 });
  trace.at(4_000).timers('c1', { 'bob/phone': 3_000 });
  holds(t, 'timer-skew', trace.rests().ends());
});

t.test('a timer that does not run, or began at another instant than the answer', async (t) => {
  const atBob = (timerStartedAt: number | null): TraceEvent[] =>
    read(2_000, 2_000).map((event) =>
      event.type === 'state' && event.node === 'bob/phone' && event.state === 'connected' ? { ...event, timerStartedAt } : event,
    );
  catches(t, 'timer-skew', atBob(null), /bob is connected in call c1 and its timer does not run/);
  catches(t, 'timer-skew', atBob(1_000_905), /the timer of bob in call c1 began 500 ms after the answer/);
});

t.test('a black box: timers are held against each other, and may be kept secret by all', async (t) => {
  const having = (alice: number | null, bob: number | null): TraceEvent[] =>
    read(2_000, 2_000, false).map((event) =>
      event.type === 'state' && event.state === 'connected'
        ? { ...event, timerStartedAt: event.node === 'bob/phone' ? bob : alice }
        : event,
    );
  holds(t, 'timer-skew', having(null, null));
  holds(t, 'timer-skew', having(5_000, 5_080));
  catches(t, 'timer-skew', having(5_000, 5_180), /began 180 ms apart/);
  catches(t, 'timer-skew', having(5_000, null), /bob is connected .* its timer does not run/);
});

t.test('timers that nobody read are unknown, but not for a call that was too short or one-sided', async (t) => {
  wonders(t, 'timer-skew', talking().after(400).rests().ends(), /alice and bob were connected for .* never read together/);
  const short = talking().after(100).acts('bob/phone', 'hang up');
  holds(t, 'timer-skew', short.after(1_000).rests().ends());
  const oneSided = new TraceBuilder().at(100).rings('alice/phone', 'bob').acts('bob/phone', 'accept', 'c1', ['bob/phone']);
  holds(t, 'timer-skew', oneSided.after(1_000).rests().ends());
});

t.test(
  'apps that start their timers by themselves: what the probe held the answer up is allowed, what nobody did is not',
  async (t) => {
    const answered = (disturb: (trace: ForeignTrace) => void): TraceEvent[] => {
      const trace = new ForeignTrace().calls().accepts();
      disturb(trace);
      trace.at(1_905).answered();
      return trace.after(2_000).rests().ends();
    };
    holds(
      t,
      'timer-skew',
      answered((trace) => trace.struck('alice/phone', 'drop', 'event.connected')),
    );
    holds(
      t,
      'timer-skew',
      answered((trace) => {
        trace.op('alice/phone', 'go offline');
        trace.at(1_500).op('alice/phone', 'come back');
      }),
    );
    catches(
      t,
      'timer-skew',
      answered(() => undefined),
      /began 1510 ms apart/,
    );
  },
);
