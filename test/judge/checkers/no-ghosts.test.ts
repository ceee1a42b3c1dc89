import t from 'tap';
import type { EventOf, TraceEvent } from '../../../src/trace/event.js';
import { FOUR, healthyCall, type Setting, TraceBuilder } from '../../trace-builder.js';
import { catches, holds, wonders } from './verdicts.js';

function connected(setting: Setting = {}): TraceBuilder {
  return new TraceBuilder({ devices: FOUR, ...setting }).at(100).rings('alice/phone', 'bob').at(400).acts('bob/phone', 'accept');
}

function withMark(
  trace: readonly TraceEvent[],
  name: EventOf<'mark'>['name'],
  change: Partial<EventOf<'mark'>> | null,
): TraceEvent[] {
  return trace.flatMap((event) =>
    event.type === 'mark' && event.name === name ? (change === null ? [] : [{ ...event, ...change }]) : [event],
  );
}

t.test('calls that were ended, by the scenario or by the epilogue', async (t) => {
  for (const server of [true, false]) {
    holds(t, 'no-ghosts', healthyCall({ server }));
    const trace = connected({ server }).rests();
    holds(
      t,
      'no-ghosts',
      trace.ends(() => trace.acts('alice/phone', 'hang up')),
    );
  }
});

t.test('a device that goes on ringing or talking', async (t) => {
  const ringing = connected();
  ringing.acts('alice/phone', 'hang up', 'c1', ['alice/phone', 'bob/phone']);
  const laptop = ringing.events.filter(
    (event) => !(event.node === 'bob/laptop' && event.type === 'state' && event.state === 'ended'),
  );
  ringing.events.splice(0, ringing.events.length, ...laptop);
  catches(t, 'no-ghosts', ringing.rests().ends(), /bob\.laptop still shows ringing for call c1 at .* after the server ended it/);
  const blackBox = connected({ server: false }).acts('alice/phone', 'hang up', 'c1', ['alice/phone']);
  const result = catches(t, 'no-ghosts', blackBox.rests().ends(), /bob\.phone still shows connected for call c1/);
  t.equal(result.findings.length, 1, 'and is told once, though it is still there after the second call');
});

t.test('a server that holds a live call, unless all of its users are away', async (t) => {
  const trace = connected();
  catches(t, 'no-ghosts', trace.rests().ends(), /the server still holds call c1 as connected since 0\.405 s/);
  const away = connected();
  for (const device of FOUR) away.op(device, 'crash');
  away.mark('torn-down', true);
  holds(t, 'no-ghosts', away.events);
});

t.test('a device that is away shows nothing', async (t) => {
  const trace = connected();
  trace.op('bob/phone', 'crash');
  holds(t, 'no-ghosts', trace.acts('alice/phone', 'hang up', 'c1', ['alice/phone', 'bob/laptop']).rests().ends());
});

t.test('the marks of the epilogue', async (t) => {
  catches(
    t,
    'no-ghosts',
    withMark(healthyCall(), 'torn-down', { ok: false, actual: 'alice=connected' }),
    /could not be cleared: alice=connected/,
  );
  catches(
    t,
    'no-ghosts',
    withMark(healthyCall(), 'redialed', { ok: false, actual: 'refused: busy' }),
    /same pair cannot call again: refused: busy/,
  );
  wonders(t, 'no-ghosts', withMark(healthyCall(), 'torn-down', null), /no mark `torn-down`/);
  wonders(t, 'no-ghosts', withMark(healthyCall(), 'redialed', null), /while the pair called again/);
  wonders(t, 'no-ghosts', withMark(healthyCall(), 'redialed', { ok: null }), /was not decided/);
  wonders(t, 'no-ghosts', withMark(withMark(healthyCall(), 'redialed', null), 'redial', null), /no mark `redialed`/);
});

t.test('no second call when one side is away, or nobody called', async (t) => {
  const trace = connected().acts('alice/phone', 'hang up');
  for (const device of ['bob/phone', 'bob/laptop']) trace.op(device, 'go offline');
  trace.mark('torn-down', true);
  holds(t, 'no-ghosts', trace.events);
  const quiet = new TraceBuilder();
  quiet.mark('torn-down', true);
  holds(t, 'no-ghosts', quiet.events);
});

t.test('remains of the second call', async (t) => {
  const trace = healthyCall().filter(
    (event) => !(event.type === 'state' && event.call === 'redial' && event.state === 'ended' && event.node === 'bob/phone'),
  );
  catches(t, 'no-ghosts', trace, /bob\.phone still shows ringing for call redial/);
});

t.test('media that outlives its call', async (t) => {
  const sound = (last: EventOf<'media'>['state'], lateMs: number): TraceEvent[] => {
    const trace = connected({ media: 'audio' });
    trace.media('bob/phone', 'flowing', { stage: 'rtp' });
    trace.after(500).acts('alice/phone', 'hang up').after(lateMs);
    trace.media('bob/phone', last);
    return trace.after(2_000).rests().ends();
  };
  holds(t, 'no-ghosts', sound('idle', 100));
  holds(t, 'no-ghosts', sound('failed', 100));
  holds(t, 'no-ghosts', sound('idle', 1_900));
  catches(t, 'no-ghosts', sound('flowing', 100), /media of bob\.phone is still flowing more than 1000 ms after call c1 ended/);
  catches(t, 'no-ghosts', sound('connecting', 1_900), /still connecting/);
});
