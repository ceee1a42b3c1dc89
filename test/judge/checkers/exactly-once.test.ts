import t from 'tap';
import type { TraceEvent } from '../../../src/trace/event.js';
import { FOUR, healthyCall, TraceBuilder } from '../../trace-builder.js';
import { catches, holds } from './verdicts.js';

function connected(): TraceBuilder {
  return new TraceBuilder({ devices: FOUR }).at(100).rings('alice/phone', 'bob').at(400).acts('bob/phone', 'accept');
}

t.test('frames may come twice as long as nothing happens twice', async (t) => {
  holds(t, 'exactly-once', healthyCall());
  holds(t, 'exactly-once', healthyCall({ server: false }));
  const trace = connected();
  trace.wire('alice/phone', 'in', 'alice/phone', 'event.connected', 'c1', null);
  holds(t, 'exactly-once', trace.rests().ends());
});

t.test('a version that is applied twice', async (t) => {
  const trace = connected();
  trace.applies('c1', 'alice/phone', null);
  catches(t, 'exactly-once', trace.rests().ends(), /alice\/phone applied version 3 \(connected\) of call c1 twice/);
});

t.test('a notification that is repeated', async (t) => {
  const trace = new TraceBuilder({ server: false });
  trace.view('alice/phone', { state: 'ringing' });
  trace.view('alice/phone', { state: 'ringing' });
  catches(t, 'exactly-once', trace.events, /alice was notified twice in a row of ringing in call c1/);
});

t.test('one action that changes two things', async (t) => {
  const trace = connected();
  const op = trace.after(100).op('alice/phone', 'hang up', 'c1');
  const out = trace.wire('alice/phone', 'out', 'alice/phone', 'command.hangup', 'c1', op);
  const twice = [1, 2].map(() => trace.wire('server', 'in', 'alice/phone', 'command.hangup', 'c1', out));
  trace.moves('c1', 'hangup', 'alice/phone', twice[0] ?? null);
  trace.invites('c2', 'alice/phone', 'bob', twice[1] ?? null);
  catches(
    t,
    'exactly-once',
    trace.events,
    /one `hang up` of alice\/phone took effect 2 times: ended \(call c1, version 4\), inviting \(call c2, version 1\)/,
  );
});

t.test('a call that the server ends at once is still one effect of its action', async (t) => {
  const trace = new TraceBuilder().at(100);
  const command = trace.command('alice/phone', 'invite', 'c1', trace.op('alice/phone', 'call', 'c1', 'bob'));
  trace.invites('c1', 'alice/phone', 'bob', command);
  trace.tells('c1', trace.moves('c1', 'busy', null, command), ['alice/phone']);
  holds(t, 'exactly-once', trace.rests().ends());
});

t.test('one press of the button that makes two calls', async (t) => {
  const trace = connected();
  trace.invites('c2', 'alice/phone', 'bob', null);
  catches(t, 'exactly-once', trace.events, /alice\/phone called bob once, which made 2 calls: c1, c2/);
  const blackBox = new TraceBuilder({ server: false }).at(100).rings('alice/phone', 'bob');
  blackBox.view('bob/phone', { state: 'ringing', call: 'c2' });
  catches(t, 'exactly-once', blackBox.events, /alice\/phone called bob once, which made 2 calls: c1, c2/);
});

t.test('two presses make two calls, also when both call each other', async (t) => {
  const trace = connected().acts('bob/phone', 'hang up');
  trace.after(100).rings('alice/phone', 'bob', 'c2').acts('alice/phone', 'cancel', 'c2');
  holds(t, 'exactly-once', trace.rests().ends());
  const glare = new TraceBuilder({ server: false }).at(100).rings('alice/phone', 'bob').rings('bob/phone', 'alice', 'c2');
  holds(t, 'exactly-once', glare.events);
});

t.test('a signal that is applied twice', async (t) => {
  const signal = (answers: number): TraceEvent[] => {
    const trace = connected();
    for (let copy = 0; copy < 2; copy++) {
      const read = trace.wire('bob/phone', 'in', 'bob/phone', 'signal.description', 'c1', null, 77);
      trace.wire('bob/phone', 'out', 'bob/phone', 'ack', null, read);
      if (copy < answers) trace.wire('bob/phone', 'out', 'bob/phone', 'signal.description', 'c1', read);
    }
    return trace.rests().ends();
  };
  holds(t, 'exactly-once', signal(1));
  catches(t, 'exactly-once', signal(2), /bob\/phone applied the same signal\.description of call c1 2 times/);
});
