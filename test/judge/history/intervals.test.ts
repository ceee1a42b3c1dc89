/** When devices could be notified: what users do, what faults do, and both at once. */
import t from 'tap';
import { historyOf, onlineAt, onlineMs, onlineThroughout } from '../../../src/judge/history/history.js';
import { united } from '../../../src/judge/history/intervals.js';
import type { Absence, FaultEvent, TraceEvent } from '../../../src/trace/event.js';
import { faultEvent, TraceBuilder } from '../../trace-builder.js';

const A = 'alice/phone';
const B = 'bob/phone';

const DISCONNECT = 'disconnect';

const fault = (name: string, act: FaultEvent['act'], absence: Absence = 'until-registered'): FaultEvent =>
  faultEvent(name, act, { absence });

/** Cut off at 1000, whole again at 2000, registered again at 2500 where `isRegistered`; the trace ends at 4000. */
function cut(node: string, name: string, isRegistered: boolean, absence?: Absence): { trace: TraceEvent[]; hit: number } {
  const trace = new TraceBuilder().at(1_000);
  const hit = trace.add(node, fault(name, 'hit', absence));
  trace.at(2_000).add(node, fault(name, 'healed'), hit);
  trace.at(2_500);
  if (isRegistered) for (const device of [A, B]) trace.wire(device, 'in', device, 'welcome', null, null);
  trace.at(4_000).mark('quiesced', true);
  return { trace: trace.events, hit };
}

t.test('a disconnect takes its own device out until it registers again', async (t) => {
  const { trace, hit } = cut(A, DISCONNECT, true);
  const history = historyOf(trace);
  t.equal(onlineMs(history, A, 0, 4_000), 2_500);
  t.equal(onlineMs(history, B, 0, 4_000), 4_000);
  t.notOk(onlineThroughout(history, A, 1, hit));
  t.ok(onlineThroughout(history, B, 1, trace.length));
  t.ok(onlineAt(history, A, hit), 'it is meant to be there: a client that stays away is not excused');
  t.strictSame(history.serverRestarts, []);
});

t.test('a restart takes out every device', async (t) => {
  const { trace, hit } = cut('server', 'restart-server', true);
  const history = historyOf(trace);
  for (const device of [A, B]) t.equal(onlineMs(history, device, 0, 4_000), 2_500, device);
  t.strictSame(history.serverRestarts, [hit]);
});

t.test('who never comes back is only excused while the fault lasts', async (t) => {
  t.equal(onlineMs(historyOf(cut(A, DISCONNECT, false).trace), A, 0, 4_000), 3_000);
});

t.test('faults of other kinds take nobody out', async (t) => {
  t.equal(onlineMs(historyOf(cut(A, 'latency', true, null).trace), A, 0, 4_000), 4_000);
});

t.test('who is only paused is there again when he goes on, registered or not', async (t) => {
  for (const isRegistered of [true, false]) {
    const { trace } = cut(A, 'pause', isRegistered, 'until-healed');
    t.equal(onlineMs(historyOf(trace), A, 0, 4_000), 3_000);
  }
  const { trace } = cut('server', 'pause-server', true, 'until-healed');
  for (const device of [A, B]) t.equal(onlineMs(historyOf(trace), device, 0, 4_000), 3_000, 'a paused server notifies nobody');
});

t.test('intervals that overlap count once', async (t) => {
  const interval = (from: number, to: number) => ({ fromN: from, fromAt: from, toN: to, toAt: to });
  t.strictSame(united([interval(5, 9), interval(1, 3), interval(2, 6), interval(20, Infinity), interval(30, 40)]), [
    interval(1, 9),
    interval(20, Infinity),
  ]);
  const trace = new TraceBuilder().at(1_000);
  trace.add(A, fault(DISCONNECT, 'hit'));
  trace.at(1_500).op(A, 'go offline');
  trace.at(3_000).op(A, 'come back');
  trace.at(3_500).wire(A, 'in', A, 'welcome', null, null);
  const history = historyOf(trace.at(5_000).events);
  t.equal(onlineMs(history, A, 0, 5_000), 2_500);
});
