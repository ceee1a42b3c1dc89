import t from 'tap';
import type { FaultEvent, TraceEvent } from '../../../src/trace/event.js';
import { faultEvent, healthyCall, TraceBuilder } from '../../trace-builder.js';
import { holds, wonders } from './verdicts.js';

const TEXT = 'fault: disconnect alice.signaling for 1s, on bob sends accept';
const fault = (act: FaultEvent['act'], target: number | null = null): FaultEvent =>
  faultEvent('disconnect', act, { target, message: act === 'armed' ? TEXT : act });

function withFaults(add: (trace: TraceBuilder) => void): TraceEvent[] {
  const trace = new TraceBuilder().at(100).rings('alice/phone', 'bob');
  add(trace);
  return trace.after(100).acts('bob/phone', 'reject').rests().ends();
}

t.test('no fault, or faults that took effect', async (t) => {
  holds(t, 'faults-fired', healthyCall());
  holds(
    t,
    'faults-fired',
    withFaults((trace) => {
      const hit = trace.add('alice/phone', fault('hit', 3), trace.add('alice/phone', fault('armed')));
      trace.after(50).add('alice/phone', fault('healed'), hit);
    }),
  );
});

t.test('a fault whose moment never came leaves the run unknown, and says which', async (t) => {
  wonders(
    t,
    'faults-fired',
    withFaults((trace) => trace.add('alice/phone', fault('armed'))),
    /^"fault: disconnect alice\.signaling for 1s, on bob sends accept" never took effect/,
  );
  wonders(
    t,
    'faults-fired',
    withFaults((trace) => {
      const [first] = [trace.add('alice/phone', fault('armed')), trace.add('alice/phone', fault('armed'))];
      trace.add('alice/phone', fault('hit'), first);
    }),
    /never took effect/,
  );
});
