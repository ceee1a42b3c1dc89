import t from 'tap';
import { FOUR, healthyCall, type Setting, TraceBuilder } from '../../trace-builder.js';
import { catches, holds, verdictOn, wonders } from './verdicts.js';

function ringing(setting: Setting = {}): TraceBuilder {
  return new TraceBuilder({ devices: FOUR, ...setting }).at(100).rings('alice/phone', 'bob').at(400);
}

t.test('live and ended calls on which everybody agrees', async (t) => {
  for (const server of [true, false]) {
    holds(t, 'convergence', healthyCall({ server }));
    holds(t, 'convergence', ringing({ server }).rests().ends());
    holds(t, 'convergence', ringing({ server }).acts('bob/phone', 'accept').rests().ends());
    holds(t, 'convergence', ringing({ server }).acts('bob/phone', 'reject').rests().ends());
    holds(t, 'convergence', ringing({ server }).acts('alice/phone', 'cancel').rests().ends());
  }
});

t.test('the lost answer: who shows what, since when, and where the news stopped', async (t) => {
  const trace = ringing({ devices: ['alice/phone', 'bob/phone'] }).acts('bob/phone', 'accept', 'c1', ['bob/phone']);
  const result = catches(
    t,
    'convergence',
    trace.after(1_000).rests().ends(),
    /^alice=ringing bob=connected in call c1 since 0\.405 s, for 1\.055 s /,
  );
  const { message, actual, expected } = result.findings[0] ?? { message: '', actual: '', expected: '' };
  t.equal(actual, 'alice=ringing bob=connected');
  t.equal(expected, 'alice=connected bob=connected');
  t.match(message, 'the server is at connected (version 3)');
  t.match(message, 'alice/phone applied version 2 last');
  t.match(message, 'server -> alice/phone: event.ringing written at 0.115 s, read at 0.120 s');
  t.match(message, 'server -> bob/phone: event.connected written at 0.405 s');
  t.match(message, 'bob/phone -> server: command.accept written at 0.400 s, read at 0.405 s');
});

t.test('the lost answer of a black box', async (t) => {
  const trace = ringing({ server: false }).acts('bob/phone', 'accept', 'c1', ['bob/phone', 'bob/laptop']);
  const result = catches(
    t,
    'convergence',
    trace.after(1_000).rests().ends(),
    /^alice\.phone=ringing bob\.phone=connected in call c1 since 0\.410 s/,
  );
  t.equal(result.findings[0]?.actual, 'alice.phone=ringing bob.phone=connected');
});

t.test('a sibling that was not told keeps ringing, and is named by its device', async (t) => {
  for (const server of [true, false]) {
    const trace = ringing({ server }).acts('bob/phone', 'accept', 'c1', ['alice/phone', 'bob/phone']);
    const result = catches(t, 'convergence', trace.rests().ends(), /bob\.laptop=ringing/);
    t.match(result.findings[0]?.actual, 'alice.phone=connected bob.phone=connected bob.laptop=ringing');
  }
});

t.test('a disagreement that healed in passing only tells in the account of the next', async (t) => {
  const healed = (): TraceBuilder => {
    const trace = ringing({ devices: ['alice/phone', 'bob/phone'] }).acts('bob/phone', 'accept', 'c1', ['bob/phone']);
    trace.at(900).tells('c1', null, ['alice/phone']);
    return trace.at(1_500);
  };
  holds(t, 'convergence', healed().rests().ends());
  const again = healed().acts('bob/phone', 'hang up', 'c1', ['bob/phone']);
  catches(
    t,
    'convergence',
    again.rests().ends(),
    /alice=connected bob=ended\(hangup\) in call c1 since 1\.505 s.*differed for 0\.5\d\d s in passing/,
  );
});

t.test('the screen is held against the record, and the applied version against the server’s', async (t) => {
  const frozen = ringing().acts('bob/phone', 'accept').rests().ends();
  const noView = frozen.filter(
    (event) => !(event.type === 'state' && event.node === 'alice/phone' && event.state === 'connected'),
  );
  catches(t, 'convergence', noView, /alice\.phone=ringing bob\.phone=connected/);
  const noPhase = frozen.filter(
    (event) => !(event.type === 'record' && event.node === 'alice/phone' && event.phase === 'connected'),
  );
  catches(t, 'convergence', noPhase, /alice\/phone applied version 2 last/);
});

t.test('everybody agreeing against the server is a disagreement', async (t) => {
  const trace = ringing().acts('bob/phone', 'accept', 'c1', []);
  catches(t, 'convergence', trace.rests().ends(), /bob\.phone=ringing.*the server is at connected/);
});

t.test('a live call that the server does not have', async (t) => {
  const trace = ringing();
  trace.view('alice/phone', { state: 'inviting', call: 'phantom' });
  catches(t, 'convergence', trace.rests().ends(), /alice\.phone=inviting in call phantom/);
  const refused = ringing();
  refused.view('alice/phone', { state: 'ended', call: 'phantom', reason: 'busy' });
  refused.view('alice/phone', { state: 'ringing' });
  holds(t, 'convergence', refused.rests().ends());
  const hidden = ringing();
  hidden.view('alice/phone', { state: 'ended', call: 'phantom', reason: 'busy' });
  catches(t, 'convergence', hidden.rests().ends(), /alice\.phone=idle bob\.phone=ringing/);
});

t.test('devices that are away are left out, and held again once they are back', async (t) => {
  for (const server of [true, false]) {
    const away = (): TraceBuilder => {
      const trace = ringing({ server });
      trace.op('alice/phone', 'go offline');
      return trace.acts('bob/phone', 'accept', 'c1', ['bob/phone', 'bob/laptop']);
    };
    holds(t, 'convergence', away().rests().ends());
    const back = away();
    back.op('alice/phone', 'come back');
    catches(t, 'convergence', back.rests().ends(), /alice\.phone=ringing bob\.phone=connected/);
    const crashed = away();
    crashed.op('alice/phone', 'crash');
    holds(t, 'convergence', crashed.rests().ends());
  }
});

t.test('a device that begins anew in a live call has to be told of it', async (t) => {
  const crashed = (): TraceBuilder => {
    const trace = ringing().acts('bob/phone', 'accept');
    trace.op('alice/phone', 'crash');
    trace.after(100).op('alice/phone', 'open');
    return trace.after(100);
  };
  catches(t, 'convergence', crashed().rests().ends(), /alice\.phone=idle bob\.phone=connected/);
  const told = crashed();
  told.applies('c1', 'alice/phone', null);
  holds(t, 'convergence', told.rests().ends());
});

t.test('a device opened in mid-call, or never told of a call that is busy or unreachable, may be idle', async (t) => {
  const opened = ringing({ devices: [...FOUR, 'bob/tablet'] });
  // The tablet rings in this trace only because the builder tells every device; a late device has no such past.
  const late = opened.events.filter(
    (event) => event.node !== 'bob/tablet' && !(event.type === 'wire' && event.link.startsWith('bob/tablet')),
  );
  opened.events.splice(0, opened.events.length, ...late);
  opened.acts('bob/phone', 'accept', 'c1', FOUR.slice(0, 1).concat(FOUR.slice(2)));
  const next = opened.events.at(-1)?.n ?? 0;
  opened.events.push({
    n: next + 1,
    at: opened.now,
    wall: 0,
    node: 'bob/tablet',
    cause: null,
    type: 'action',
    action: 'open',
    peer: null,
    call: null,
  });
  const end = {
    at: opened.now + 50,
    wall: 0,
    node: 'probe',
    cause: null,
    type: 'mark' as const,
    path: null,
    text: 'quiesced',
    actual: null,
  };
  opened.events.push({ ...end, n: next + 2, name: 'quiesced', ok: true });
  holds(t, 'convergence', opened.events);

  const busy = new TraceBuilder().at(100);
  busy.invites('c1', 'alice/phone', 'bob', busy.op('alice/phone', 'call', 'c1', 'bob'));
  busy.tells('c1', busy.moves('c1', 'busy', null, null), ['alice/phone']);
  holds(t, 'convergence', busy.rests().ends());
});

t.test('a lost invitation is a disagreement, even after the call was given up', async (t) => {
  const live = new TraceBuilder().at(100);
  live.tells('c1', live.invites('c1', 'alice/phone', 'bob', live.op('alice/phone', 'call', 'c1', 'bob')), ['alice/phone']);
  catches(t, 'convergence', live.rests().ends(), /alice=inviting bob=idle/);
  const blackBox = new TraceBuilder({ server: false }).at(100);
  blackBox.tells('c1', blackBox.invites('c1', 'alice/phone', 'bob', blackBox.op('alice/phone', 'call', 'c1', 'bob')), [
    'alice/phone',
  ]);
  catches(t, 'convergence', blackBox.rests().ends(), /alice=inviting bob=idle/);
  const deafLaptop = ringing().acts('alice/phone', 'cancel').rests().ends();
  catches(
    t,
    'convergence',
    deafLaptop.filter((event) => event.node !== 'bob/laptop'),
    /bob\.laptop=idle/,
  );
});

t.test('two devices of one user that both talk in a black box', async (t) => {
  const trace = ringing({ server: false }).acts('bob/phone', 'accept', 'c1', ['alice/phone', 'bob/phone']);
  trace.view('bob/laptop', { state: 'connected' });
  catches(t, 'convergence', trace.rests().ends(), /bob\.phone=connected bob\.laptop=connected/);
  const nobody = ringing({ server: false });
  nobody.view('alice/phone', { state: 'connected' });
  for (const device of ['bob/phone', 'bob/laptop']) nobody.view(device, { state: 'ended', reason: 'answered-elsewhere' });
  catches(t, 'convergence', nobody.rests().ends(), /alice\.phone=connected/);
});

t.test('no rest, or no call, is unknown', async (t) => {
  wonders(t, 'convergence', ringing().events, /never|cut before it was quiet/);
  wonders(t, 'convergence', new TraceBuilder().rests().ends(), /nobody called/);
  t.equal(verdictOn('convergence', ringing().rests().events).valid, true);
});
