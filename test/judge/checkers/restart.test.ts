/** What the checkers make of a server that starts again: a sound one is not blamed, one that forgets is. */
import t from 'tap';
import { CHECKERS } from '../../../src/judge/checkers/index.js';
import type { CallRecord } from '../../../src/protocol/call.js';
import type { FaultEvent, TraceEvent } from '../../../src/trace/event.js';
import { faultEvent, TraceBuilder } from '../../trace-builder.js';
import { catches, holds } from './verdicts.js';

const fault = (act: FaultEvent['act']): FaultEvent => faultEvent('restart-server', act, { absence: 'until-registered' });

/** The server tells what it took back from its store, as of the call's present record or an altered one. */
function tellsAgain(trace: TraceBuilder, altered: Partial<CallRecord> = {}): void {
  const record = { ...trace.record('c1'), ...altered };
  trace.add('server', { type: 'record', call: 'c1', version: record.version, phase: record.phase, record });
}

/** A call rings, the server starts again, `meanwhile`, bob is told nothing new, accepts and alice hangs up. */
function restarted(meanwhile: (trace: TraceBuilder) => void, isFault = true): TraceEvent[] {
  const trace = new TraceBuilder().at(100).rings('alice/phone', 'bob').at(500);
  if (isFault) {
    const hit = trace.add('server', fault('hit'), trace.add('server', fault('armed')));
    trace.after(300).add('server', fault('healed'), hit);
  }
  trace.after(10);
  meanwhile(trace);
  for (const device of ['alice/phone', 'bob/phone']) trace.wire(device, 'in', device, 'welcome', null, null);
  if (trace.record('c1').phase === 'ringing') trace.after(100).acts('bob/phone', 'accept');
  return trace.after(100).acts('alice/phone', 'hang up').rests().ends();
}

t.test('a server that goes on with what it had', async (t) => {
  const trace = restarted((trace) => tellsAgain(trace));
  for (const { name } of CHECKERS) holds(t, name, trace);
});

t.test('the same without a restart is a version that comes twice', async (t) => {
  catches(
    t,
    'legal-moves',
    restarted((trace) => tellsAgain(trace), false),
    /follows version 2, and must be one higher/,
  );
});

t.test('what was kept and not told when the process ended is the next version', async (t) => {
  const trace = restarted((trace) => {
    trace.moves('c1', 'accept', 'bob/phone', null);
    trace.tells('c1', null);
  });
  holds(t, 'legal-moves', trace);
  holds(t, 'exactly-once', trace);
});

t.test('several versions may have been kept and not told, and are delivered one by one afterwards', async (t) => {
  const skip = (isFault: boolean): TraceEvent[] => {
    const trace = new TraceBuilder().at(100).rings('alice/phone', 'bob').at(500);
    if (isFault) trace.add('server', fault('hit'));
    const before = trace.events.length;
    trace.moves('c1', 'accept', 'bob/phone', null);
    trace.events.length = before;
    const connected = trace.record('c1');
    trace.moves('c1', 'hangup', 'bob/phone', null);
    const ended = trace.events[before];
    trace.events.length = before;
    trace.add('server', {
      type: 'record',
      call: 'c1',
      version: ended?.type === 'record' ? ended.version : 0,
      phase: 'ended',
      record: trace.record('c1'),
    });
    trace.after(5).add('alice/phone', { type: 'record', call: 'c1', version: 3, phase: 'connected', record: connected });
    trace.view('alice/phone', { state: 'connected', version: 3, timerStartedAt: connected.answeredAt });
    trace.applies('c1', 'alice/phone', null);
    trace.applies('c1', 'bob/phone', null);
    return trace.rests().ends();
  };
  holds(t, 'legal-moves', skip(true));
  catches(t, 'legal-moves', skip(false), /applied version 3 \(connected\) of call c1, which the server never held/);
});

t.test('a server that falls back behind what it told', async (t) => {
  catches(
    t,
    'legal-moves',
    restarted((trace) => {
      const { invitedAt } = trace.record('c1');
      tellsAgain(trace, { version: 1, phase: 'inviting', ringingAt: null, invitedAt });
    }),
    /version 1: the server was at version 2 before it started again and forgot it/,
  );
});

t.test('a server that comes back with another story', async (t) => {
  catches(
    t,
    'legal-moves',
    restarted((trace) => tellsAgain(trace, { ringingAt: 1_000_777 })),
    /version 2: after a restart of the server it differs in ringingAt/,
  );
  catches(
    t,
    'legal-moves',
    restarted((trace) => tellsAgain(trace, { version: 5, caller: { user: 'eve', device: 'phone' } })),
    /its caller or callee changed/,
  );
});

t.test('a server that forgot the call', async (t) => {
  const trace = new TraceBuilder().at(100).rings('alice/phone', 'bob').at(500);
  const hit = trace.add('server', fault('hit'), trace.add('server', fault('armed')));
  trace.after(300).add('server', fault('healed'), hit);
  for (const device of ['alice/phone', 'bob/phone']) {
    trace.wire(device, 'in', device, 'welcome', null, null);
    trace.view(device, { state: 'idle', call: null });
  }
  catches(t, 'convergence', trace.rests().ends(), /alice=idle bob=idle/);
});

t.test('a device that is cut off need not have shown what was over before it came back', async (t) => {
  const missed = (isFault: boolean): TraceEvent[] => {
    const trace = new TraceBuilder().at(100).rings('alice/phone', 'bob').at(500);
    if (isFault) trace.add('alice/phone', { ...fault('hit'), fault: 'disconnect' });
    trace.acts('bob/phone', 'accept', 'c1', ['bob/phone']).after(1_500).acts('bob/phone', 'hang up', 'c1', ['bob/phone']);
    trace.after(200).wire('alice/phone', 'in', 'alice/phone', 'welcome', null, null);
    trace.tells('c1', null, ['alice/phone']);
    return trace.rests().ends();
  };
  holds(t, 'latency', missed(true));
  catches(t, 'latency', missed(false), /accept-to-connected of call c1 never came/);
});
