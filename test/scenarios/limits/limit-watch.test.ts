/** Which calls a lost connection ended, by the order of events. */
import t from 'tap';
import { LimitWatch } from '../../../src/scenarios/run/limits/limit-watch.js';
import { Bus } from '../../../src/trace/bus.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { ForeignTrace } from '../../judge/causes/foreign-trace.js';

function watched(events: readonly TraceEvent[]): LimitWatch {
  const bus = new Bus({ startedAt: 0, wall: 0 });
  const watch = new LimitWatch({
    bus,
    now: () => 0,
    limits: ['ends-call'],
    peerLostMs: 1_000,
    peerLostReasons: ['peer-lost', 'hangup'],
  });
  for (const event of events) if (event.type !== 'wire') bus.publish(event.node, event.at, event.cause, event);
  return watch;
}

t.test('an app that dies loses its call, whichever end of its connection is seen first', async (t) => {
  const ends = ['server', 'device'] as const;
  for (const first of ends) {
    const trace = new ForeignTrace().calls().accepts().answered();
    const died = trace.op('bob/phone', 'crash');
    trace.view('bob/phone', { state: 'idle', call: null }, died);
    if (first === 'device') trace.closes('bob/phone');
    trace.ended();
    if (first === 'server') trace.closes('bob/phone');
    const watch = watched(trace.events);
    t.ok(watch.hasLostCall, `the ${first}`);
    t.ok(
      watch.haveLost([
        { user: 'bob', device: 'phone' },
        { user: 'alice', device: 'phone' },
      ]),
    );
  }
  const hungUp = new ForeignTrace().calls().accepts().answered();
  hungUp.hangsUp();
  hungUp.ended();
  const died = hungUp.op('bob/phone', 'crash');
  hungUp.view('bob/phone', { state: 'idle', call: null }, died);
  hungUp.closes('bob/phone');
  t.notOk(watched(hungUp.events).hasLostCall, 'a call that was over before is not lost');
});
