/** When devices could be told of things: what users do, what faults do, and both at once. */
import t from 'tap';
import { RESTART_SERVER, united } from '../../../src/judge/history/absence.js';
import { onlineAt, onlineMs, onlineThroughout, replayOf } from '../../../src/judge/history/replay.js';
import type { Absence, FaultEvent, TraceEvent } from '../../../src/trace/event.js';
import { faultEvent, TraceBuilder } from '../../trace-builder.js';

const A = 'alice/phone';
const B = 'bob/phone';

const DISCONNECT = 'disconnect';

const fault = (name: string, act: FaultEvent['act'], absence: Absence = 'until-registered'): FaultEvent =>
  faultEvent(name, act, { absence });

/** Cut off at 1000, whole again at 2000, greeted again at 2500 where `isGreeted`; the trace ends at 4000. */
function cut(node: string, name: string, isGreeted: boolean, absence?: Absence): { trace: TraceEvent[]; hit: number } {
  const trace = new TraceBuilder().at(1_000);
  const hit = trace.add(node, fault(name, 'hit', absence));
  trace.at(2_000).add(node, fault(name, 'healed'), hit);
  trace.at(2_500);
  if (isGreeted) for (const device of [A, B]) trace.wire(device, 'in', device, 'welcome', null, null);
  trace.at(4_000).mark('quiesced', true);
  return { trace: trace.events, hit };
}

t.test('a disconnect takes its own device out until it is greeted again', async (t) => {
  const { trace, hit } = cut(A, DISCONNECT, true);
  const replay = replayOf(trace);
  t.equal(onlineMs(replay, A, 0, 4_000), 2_500);
  t.equal(onlineMs(replay, B, 0, 4_000), 4_000);
  t.notOk(onlineThroughout(replay, A, 1, hit));
  t.ok(onlineThroughout(replay, B, 1, trace.length));
  t.ok(onlineAt(replay, A, hit), 'it is meant to be there: a client that stays away is not excused');
  t.strictSame(replay.serverRestarts, []);
});

t.test('a restart takes out every device', async (t) => {
  const { trace, hit } = cut('server', RESTART_SERVER, true);
  const replay = replayOf(trace);
  for (const device of [A, B]) t.equal(onlineMs(replay, device, 0, 4_000), 2_500, device);
  t.strictSame(replay.serverRestarts, [hit]);
});

t.test('who never comes back is only excused while the fault lasts', async (t) => {
  t.equal(onlineMs(replayOf(cut(A, DISCONNECT, false).trace), A, 0, 4_000), 3_000);
});

t.test('faults of other kinds take nobody out', async (t) => {
  t.equal(onlineMs(replayOf(cut(A, 'latency', true, null).trace), A, 0, 4_000), 4_000);
});

t.test('who only stands still is there again when he goes on, greeted or not', async (t) => {
  for (const isGreeted of [true, false]) {
    const { trace } = cut(A, 'pause', isGreeted, 'until-healed');
    t.equal(onlineMs(replayOf(trace), A, 0, 4_000), 3_000);
  }
  const { trace } = cut('server', 'pause-server', true, 'until-healed');
  for (const device of [A, B])
    t.equal(onlineMs(replayOf(trace), device, 0, 4_000), 3_000, 'a server that stands still tells nobody');
});

t.test('spells that overlap count once', async (t) => {
  const spell = (from: number, to: number) => ({ fromN: from, fromAt: from, toN: to, toAt: to });
  t.strictSame(united([spell(5, 9), spell(1, 3), spell(2, 6), spell(20, Infinity), spell(30, 40)]), [
    spell(1, 9),
    spell(20, Infinity),
  ]);
  const trace = new TraceBuilder().at(1_000);
  trace.add(A, fault(DISCONNECT, 'hit'));
  trace.at(1_500).op(A, 'go offline');
  trace.at(3_000).op(A, 'come back');
  trace.at(3_500).wire(A, 'in', A, 'welcome', null, null);
  const replay = replayOf(trace.at(5_000).events);
  t.equal(onlineMs(replay, A, 0, 5_000), 2_500);
});
