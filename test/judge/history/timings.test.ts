import t from 'tap';
import { historyOf } from '../../../src/judge/history/history.js';
import { summarise, summaryOf, type TimingName, timingsOf } from '../../../src/judge/history/timings.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { FOUR, healthyCall, TraceBuilder } from '../../trace-builder.js';

/** The milliseconds by name; a name that occurs twice fails the test by its list. */
function msOf(trace: readonly TraceEvent[]): Partial<Record<TimingName, number | null | (number | null)[]>> {
  const all: Partial<Record<TimingName, number | null | (number | null)[]>> = {};
  for (const { name, ms } of timingsOf(historyOf(trace))) all[name] = name in all ? [all[name] ?? null, ms].flat() : ms;
  return all;
}

/** alice calls bob at 100 ms; both ring at 120 ms. */
function ringing(setting: ConstructorParameters<typeof TraceBuilder>[0] = {}): TraceBuilder {
  return new TraceBuilder(setting).at(100).rings('alice/phone', 'bob');
}

t.test('a healthy call, with and without sight of the server', async (t) => {
  const expected = { 'invite-to-ringing': 20, 'accept-to-connected': 10, 'accept-to-media': 70, 'hangup-to-ended': 10 };
  t.strictSame(msOf(healthyCall()), expected);
  t.strictSame(msOf(healthyCall({ server: false })), expected);
  const trace = healthyCall();
  const accept = timingsOf(historyOf(trace)).find(({ name }) => name === 'accept-to-connected');
  t.match(trace[(accept?.from ?? 0) - 1], { type: 'action', action: 'accept', node: 'bob/phone' });
  t.match(trace[(accept?.to ?? 0) - 1], { type: 'state', state: 'connected', node: 'alice/phone' });
});

t.test('decline and cancel, measured at those who wait', async (t) => {
  for (const server of [true, false]) {
    t.strictSame(msOf(ringing({ server }).at(500).acts('bob/phone', 'reject').rests().ends()), {
      'invite-to-ringing': 20,
      'reject-to-ended': 10,
    });
    const slow = ringing({ devices: FOUR, server }).at(500).acts('alice/phone', 'cancel', 'c1', ['alice/phone', 'bob/phone']);
    slow.at(620).tells('c1', null, ['bob/laptop']);
    t.strictSame(msOf(slow.rests().ends()), { 'invite-to-ringing': 20, 'cancel-to-ended': 125 }, 'the slowest device counts');
  }
});

t.test('a cancel that one of the ringing devices never hears of is never', async (t) => {
  const deaf = ringing({ devices: FOUR }).at(500).acts('alice/phone', 'cancel', 'c1', ['alice/phone', 'bob/phone']);
  t.equal(msOf(deaf.rests().ends())['cancel-to-ended'], null);
});

t.test('a lost answer is never, not absent', async (t) => {
  for (const server of [true, false]) {
    const lost = ringing({ server }).at(400).acts('bob/phone', 'accept', 'c1', ['bob/phone']);
    const timings = timingsOf(historyOf(lost.rests().ends()));
    const accept = timings.find(({ name }) => name === 'accept-to-connected');
    t.match(accept, { ms: null, to: null, call: 'c1' });
  }
});

t.test('a lost answer stays never when the call ends later, unless the end may have overtaken it', async (t) => {
  const talks = (ms: number): TraceEvent[] =>
    ringing().at(400).acts('bob/phone', 'accept', 'c1', ['bob/phone']).after(ms).acts('bob/phone', 'hang up').rests().ends();
  t.equal(msOf(talks(2_000))['accept-to-connected'], null);
  t.notOk('accept-to-connected' in msOf(talks(200)));
});

t.test('a caller who is away when the answer comes is not charged with never', async (t) => {
  const trace = ringing().at(300);
  trace.op('alice/phone', 'go offline');
  trace.acts('bob/phone', 'accept', 'c1', ['bob/phone']);
  t.notOk('accept-to-connected' in msOf(trace.after(2_000).rests().ends()));
});

t.test('an accept that lost the race against a cancel has no timing', async (t) => {
  for (const server of [true, false]) {
    const trace = ringing({ server }).at(500);
    const accept = trace.op('bob/phone', 'accept', 'c1');
    trace.wire('bob/phone', 'out', 'bob/phone', 'command.accept', 'c1', accept);
    trace.acts('alice/phone', 'cancel');
    t.strictSame(msOf(trace.rests().ends()), { 'invite-to-ringing': 20, 'cancel-to-ended': 10 });
  }
});

t.test('a cancel that lost the race against an accept has no timing', async (t) => {
  const trace = ringing().at(500);
  trace.op('alice/phone', 'cancel', 'c1');
  trace.acts('bob/phone', 'accept').after(100).acts('alice/phone', 'hang up');
  t.strictSame(Object.keys(msOf(trace.rests().ends())), ['invite-to-ringing', 'accept-to-connected', 'hangup-to-ended']);
});

t.test('when two devices accept, the one that the record names counts', async (t) => {
  const trace = ringing({ devices: FOUR }).at(500);
  trace.op('bob/laptop', 'accept', 'c1');
  trace.at(507).acts('bob/phone', 'accept');
  t.equal(msOf(trace.rests().ends())['accept-to-connected'], 10);
});

t.test('when both hang up, only the one that ended the call counts', async (t) => {
  const trace = ringing().at(500).acts('bob/phone', 'accept').at(900);
  trace.op('bob/phone', 'hang up', 'c1');
  trace.at(903).acts('alice/phone', 'hang up');
  const hangups = timingsOf(historyOf(trace.rests().ends())).filter(({ name }) => name === 'hangup-to-ended');
  t.equal(hangups.length, 1);
  t.equal(hangups[0]?.ms, 10);
});

t.test('media: never after three seconds of talk, absent before, and absent when the probe stalled itself', async (t) => {
  const talk = (ms: number, stalled = false): TraceEvent[] => {
    const trace = ringing({ media: 'audio' }).at(400).acts('bob/phone', 'accept');
    trace.media('alice/phone', 'flowing', { stage: 'rtp' });
    trace.media('bob/phone', 'connecting', { stage: 'ice', setupStalled: stalled });
    return trace.after(ms).acts('alice/phone', 'hang up').rests().ends();
  };
  t.equal(msOf(talk(3_500))['accept-to-media'], null);
  t.notOk('accept-to-media' in msOf(talk(1_000)));
  t.notOk('accept-to-media' in msOf(talk(3_500, true)));
});

t.test('coming back is measured when there was something to catch up with', async (t) => {
  const away = (told: boolean): TraceEvent[] => {
    const trace = ringing().at(300);
    trace.op('alice/phone', 'go offline');
    trace.at(400).acts('bob/phone', 'accept', 'c1', ['bob/phone']);
    trace.at(900).op('alice/phone', 'come back');
    if (told) trace.at(950).applies('c1', 'alice/phone', null);
    return trace.after(100).rests().ends();
  };
  t.match(msOf(away(true)), { 'reconnect-to-synced': 50, 'accept-to-connected': 550 });
  t.equal(msOf(away(false))['reconnect-to-synced'], null);
  const idle = ringing().at(300);
  idle.op('alice/phone', 'go offline');
  idle.at(900).op('alice/phone', 'come back');
  t.notOk('reconnect-to-synced' in msOf(idle.at(1_000).acts('bob/phone', 'accept').rests().ends()));
});

t.test('the epilogue of the probe does not count', async (t) => {
  const trace = ringing().at(500).acts('bob/phone', 'accept').rests();
  const all = trace.ends(() => trace.acts('alice/phone', 'hang up'));
  t.strictSame(msOf(all), { 'invite-to-ringing': 20, 'accept-to-connected': 10 });
});

t.test('a disagreement of more than a second is measured though it was over in time', async (t) => {
  const apart = (ms: number): TraceEvent[] => {
    const trace = ringing().at(400).acts('bob/phone', 'accept', 'c1', ['bob/phone']);
    trace.after(ms).applies('c1', 'alice/phone', null);
    return trace
      .after(200)
      .rests()
      .ends(() => trace.acts('alice/phone', 'hang up'));
  };
  t.match(msOf(apart(2_500)), { disagreement: 2_505 });
  t.notOk('disagreement' in msOf(apart(300)));
});

t.test('an empty trace has no timings', async (t) => {
  t.strictSame(timingsOf(historyOf([])), []);
  t.strictSame(summarise([]), {});
});

t.test('summaries count what never came, and leave the percentiles that fall there open', async (t) => {
  const values = [...Array.from({ length: 18 }, (_, i) => 18 - i), null, null];
  t.strictSame(summaryOf(values), { count: 20, never: 2, min: 1, p50: 10, p95: null, p99: null, max: null });
  t.strictSame(summaryOf([]), { count: 0, never: 0, min: null, p50: null, p95: null, p99: null, max: null });
  t.strictSame(summarise(timingsOf(historyOf(healthyCall())))['accept-to-connected'], {
    count: 1,
    never: 0,
    min: 10,
    p50: 10,
    p95: 10,
    p99: 10,
    max: 10,
  });
});
