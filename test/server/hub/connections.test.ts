/** Connections and sessions of the hub, fed by hand: greeting, resuming, fencing, silence, limits. */
import t from 'tap';
import { LIMITS, WAITS } from '../../../src/protocol/limits.js';
import { Bench, connectedBench } from './bench.js';

t.test('a welcome tells the session, the time and the calls; a fresh session is not resumed', async (t) => {
  const bench = new Bench();
  const welcome = bench.join('alice');
  t.match(welcome, { resumed: false, ack: 0, time: bench.now, heartbeatMs: WAITS.heartbeatMs, calls: [] });
  t.match(welcome.session, /^s-[0-9a-z]{21}$/);
  t.not(bench.join('bob').session, welcome.session);
});

t.test('no hello in time, a frame before it, and a second one: refused with a code of its own', async (t) => {
  const bench = new Bench();
  bench.open('late');
  bench.run(WAITS.helloMs - 1);
  t.strictSame(bench.closes('late'), []);
  bench.run(1);
  t.strictSame(bench.closes('late'), ['helloTimeout']);
  t.match(bench.sent('late', 'error'), [{ code: 4408 }]);
  bench.open('eager');
  bench.put({ type: 'frame', conn: 'eager', frame: { type: 'ack', ack: 1 } });
  t.strictSame(bench.closes('eager'), ['unauthorized']);
  t.match(bench.sent('eager', 'error'), [{ code: 4401, message: /ack frame before hello/ }]);
  bench.join('alice');
  bench.hello('alice', 'alice');
  t.strictSame(bench.closes('alice'), ['badFrame']);
  t.match(bench.sent('alice', 'error'), [{ code: 4400, message: /second hello/ }]);
  bench.run(WAITS.graceMs);
  t.strictSame(bench.hub.census(), { connections: 0, sessions: 0, liveCalls: 0, busyUsers: 0 });
  t.equal(bench.hub.deadline(), null);
});

t.test('what still arrives on a connection that the hub closed is ignored', async (t) => {
  const bench = connectedBench();
  bench.open('late');
  bench.run(WAITS.helloMs);
  bench.effects.length = 0;
  bench.hello('late', 'alice');
  t.strictSame(bench.effects, [], 'a hello just after its time does not take the session over');
  bench.run(WAITS.silentMs);
  t.strictSame(bench.closes('alice'), ['silent']);
  bench.effects.length = 0;
  bench.say('alice', { type: 'receipt', call: 'c-1', version: 1 });
  bench.put({ type: 'frame', conn: 'alice', frame: { type: 'ping', at: 1 } });
  bench.put({ type: 'reject', conn: 'alice', close: 'badFrame', message: 'x' });
  bench.put({ type: 'closed', conn: 'alice' });
  bench.put({ type: 'closed', conn: 'never-there' });
  t.strictSame(bench.effects, [], 'above all not answered with a code that is final for clients');
});

t.test('what the shell could not read closes the connection with its code; the session has its grace', async (t) => {
  const bench = connectedBench();
  bench.put({ type: 'reject', conn: 'bob', close: 'unknownType', message: 'unknown frame type "x"' });
  t.strictSame(bench.closes('bob'), ['unknownType']);
  t.match(bench.sent('bob', 'error'), [{ code: 4422, message: 'unknown frame type "x"' }]);
  t.equal(bench.record('c-1')?.phase, 'connected');
  bench.put({ type: 'closed', conn: 'bob' });
  bench.run(WAITS.graceMs);
  t.match(bench.record('c-1'), { phase: 'ended', reason: 'peer-lost' });
});

t.test('resume: what was sent meanwhile is sent again, from where the client is, with its numbers', async (t) => {
  const bench = connectedBench();
  const { session } = bench.sent('bob', 'welcome')[0]!;
  const last = bench.sent('bob', 'event').at(-1)!.seq;
  bench.put({ type: 'closed', conn: 'bob' });
  bench.command('alice', 'hangup', 'c-1');
  bench.open('bob-2');
  bench.hello('bob-2', 'bob', 'phone', { session, ack: last });
  t.match(bench.sent('bob-2', 'welcome'), [{ session, resumed: true, ack: 2, calls: [{ phase: 'ended' }] }]);
  t.match(bench.sent('bob-2', 'event'), [{ seq: last + 1, record: { phase: 'ended', version: 4 } }]);
  bench.put({ type: 'closed', conn: 'bob-2' });
  bench.open('bob-3');
  bench.hello('bob-3', 'bob', 'phone', { session, ack: last - 1 });
  t.strictSame(
    bench.sent('bob-3', 'event').map(({ seq, record }) => [seq, record.phase]),
    [[last + 1, 'ended']],
    'what was acknowledged before stays so',
  );
});

t.test('a fresh session of the same device gets the snapshot and none of the old frames', async (t) => {
  for (const resume of [undefined, { session: 's-unknown', ack: 7 }]) {
    const bench = connectedBench();
    bench.put({ type: 'closed', conn: 'bob' });
    bench.open('bob-2');
    bench.hello('bob-2', 'bob', 'phone', resume);
    t.match(bench.sent('bob-2', 'welcome'), [{ resumed: false, ack: 0, calls: [{ id: 'c-1', phase: 'connected' }] }]);
    t.strictSame(bench.sent('bob-2', 'event'), []);
    bench.run(WAITS.graceMs * 1.5);
    t.equal(bench.record('c-1')?.phase, 'connected', 'the device is back: its call goes on');
  }
});

t.test("a session belongs to its device: another user's or device's session is not resumed", async (t) => {
  const bench = connectedBench();
  const { session } = bench.sent('alice', 'welcome')[0]!;
  for (const [conn, user, device] of [
    ['thief', 'carol', 'phone'],
    ['tab', 'alice', 'tab'],
  ] as const) {
    bench.open(conn);
    bench.hello(conn, user, device, { session, ack: 0 });
    t.match(bench.sent(conn, 'welcome'), [{ resumed: false }]);
    t.strictSame(bench.sent(conn, 'event'), []);
  }
});

t.test('a repeated command gets its first result also in a fresh session', async (t) => {
  const bench = new Bench();
  for (const user of ['alice', 'bob']) bench.join(user);
  bench.command('alice', 'invite', 'c-1', 'bob');
  bench.command('bob', 'hangup', 'c-1', undefined, 'h-1');
  bench.command('bob', 'accept', 'c-1');
  bench.put({ type: 'closed', conn: 'bob' });
  bench.join('bob-2', 'bob');
  t.match(bench.command('bob-2', 'hangup', 'c-1', undefined, 'h-1'), { refused: 'not-connected', record: { version: 1 } });
  t.equal(bench.record('c-1')?.phase, 'connected');
});

t.test('a newer connection of a device fences the old one', async (t) => {
  const bench = connectedBench();
  const { session } = bench.sent('bob', 'welcome')[0]!;
  bench.open('bob-2');
  bench.hello('bob-2', 'bob', 'phone', { session, ack: 0 });
  t.strictSame(bench.closes('bob'), ['replaced']);
  t.match(bench.effects.flatMap((effect) => (effect.type === 'session' ? [effect.change] : [])).slice(-2), [
    'replaced',
    'resumed',
  ]);
  bench.say('bob', { type: 'command', id: 'stale', op: 'hangup', call: 'c-1' });
  t.equal(bench.record('c-1')?.phase, 'connected', 'a frame of the stale one is ignored');
  bench.run(WAITS.graceMs / 2);
  bench.put({ type: 'closed', conn: 'bob' });
  for (let beat = 0; beat < 5; beat++) {
    for (const conn of ['alice', 'bob-2']) bench.put({ type: 'frame', conn, frame: { type: 'ping', at: bench.now } });
    bench.run(WAITS.heartbeatMs);
  }
  t.equal(bench.record('c-1')?.phase, 'connected', 'its late close does not disturb the new one');
  t.strictSame(bench.closes('bob-2'), []);
  t.equal(bench.hub.census().connections, 2);
});

t.test('a silent client is closed, and its call ends for the other side after the grace', async (t) => {
  const bench = connectedBench();
  const start = bench.now;
  while (bench.now < start + WAITS.silentMs + WAITS.graceMs - 2_000) {
    bench.run(1_000);
    bench.put({ type: 'frame', conn: 'alice', frame: { type: 'ping', at: bench.now } });
    if (bench.now < start + WAITS.silentMs) t.strictSame(bench.closes('bob'), []);
  }
  t.strictSame(bench.closes('bob'), ['silent']);
  t.equal(bench.record('c-1')?.phase, 'connected');
  bench.run(2_000);
  t.match(bench.record('c-1'), {
    phase: 'ended',
    reason: 'peer-lost',
    endedBy: null,
    endedAt: start + WAITS.silentMs + WAITS.graceMs,
  });
  t.match(bench.sent('alice', 'event').at(-1), { record: { phase: 'ended' }, cause: { move: 'lost', by: null } });
  t.match(bench.hub.census(), { sessions: 1, liveCalls: 0, busyUsers: 0 });
});

t.test('a device that only rang may go; the last one of the callee may not', async (t) => {
  const bench = new Bench();
  bench.join('alice');
  bench.join('bob');
  bench.join('tab', 'bob', 'tab');
  bench.command('alice', 'invite', 'c-1', 'bob');
  for (const conn of ['bob', 'tab']) bench.command(conn, 'ring', 'c-1');
  const leave = (conn: string): void => {
    bench.put({ type: 'closed', conn });
    bench.run(WAITS.graceMs);
  };
  leave('bob');
  t.equal(bench.record('c-1')?.phase, 'ringing');
  bench.put({ type: 'frame', conn: 'alice', frame: { type: 'ping', at: 0 } });
  leave('tab');
  t.match(bench.record('c-1'), { phase: 'ended', reason: 'peer-lost' });
});

t.test('an idle sibling of the caller or of the answering device may go', async (t) => {
  const bench = connectedBench();
  bench.join('alice-tab', 'alice', 'tab');
  bench.join('bob-tab', 'bob', 'tab');
  for (const conn of ['alice-tab', 'bob-tab']) bench.put({ type: 'closed', conn });
  bench.run(WAITS.graceMs);
  t.equal(bench.record('c-1')?.phase, 'connected');
  t.equal(bench.hub.census().sessions, 2);
});

t.test('a heartbeat is answered with the time and acknowledges both ways', async (t) => {
  const bench = connectedBench();
  bench.run(5_000);
  bench.put({ type: 'frame', conn: 'alice', frame: { type: 'ping', at: 77, ack: 100 } });
  t.strictSame(bench.sent('alice', 'pong'), [{ type: 'pong', at: 77, time: bench.now, ack: 1 }]);
  bench.effects.length = 0;
  bench.run(WAITS.resendMsMax);
  t.strictSame(bench.sent('alice', 'event'), [], 'what the ping acknowledged is not sent again');
});

t.test('one user may have so many devices, one server so many connections', async (t) => {
  const bench = new Bench();
  for (let count = 0; count < LIMITS.devicesPerUserMax; count++) bench.join(`c${count}`, 'alice', `d${count}`);
  bench.open('more');
  bench.hello('more', 'alice', 'one-more');
  t.strictSame(bench.closes('more'), ['tooManyDevices']);
  t.match(bench.sent('more', 'error'), [{ message: /alice has 16 devices online/ }]);
  bench.join('again', 'alice', 'd3');
  t.strictSame(bench.closes('c3'), ['replaced'], 'a device that is known comes in');
  for (let count = bench.hub.census().connections; count < LIMITS.connectionsMax; count++)
    bench.put({ type: 'open', conn: `x${count}` });
  bench.open('too-many');
  t.strictSame(bench.closes('too-many'), ['goingAway']);
  t.equal(bench.hub.census().connections, LIMITS.connectionsMax);
});

t.test('a consumer that acknowledges nothing is closed and forgotten, with its call, and leaves no deadline', async (t) => {
  const bench = connectedBench();
  bench.join('carol');
  for (let count = 0; bench.closes('bob').length === 0 && count < 2 * LIMITS.outboxFramesMax; count++) {
    bench.say('alice', { type: 'signal', kind: 'candidate', call: 'c-1', data: { candidate: `${count}`, sdpMid: '0' } });
    bench.put({ type: 'frame', conn: 'alice', frame: { type: 'ack', ack: 1_000_000 } });
  }
  t.strictSame(bench.closes('bob'), ['slowConsumer']);
  t.match(bench.record('c-1'), { phase: 'ended', reason: 'peer-lost' });
  t.match(bench.hub.census(), { sessions: 2, liveCalls: 0 });
  for (const conn of ['alice', 'carol']) bench.put({ type: 'closed', conn });
  bench.run(WAITS.graceMs + WAITS.endedMs);
  t.equal(bench.hub.deadline(), null);
});

t.test('an overflow in the middle of one input: what comes after it in the same input is not done', async (t) => {
  const bench = connectedBench();
  bench.join('carol');
  const say = (seq: number, op: 'cancel' | 'invite'): void => {
    const frame = { type: 'command', seq, id: `x-${seq}`, op, call: `y-${seq}`, to: 'bob' } as const;
    bench.put({ type: 'frame', conn: 'carol', frame });
  };
  for (let seq = 1; seq < LIMITS.outboxFramesMax; seq++) say(seq, 'cancel');
  // The result of the frame that fills the gap is the last that fits; those behind it find the session gone.
  say(LIMITS.outboxFramesMax + 2, 'invite');
  say(LIMITS.outboxFramesMax + 1, 'cancel');
  say(LIMITS.outboxFramesMax, 'cancel');
  t.strictSame(bench.closes('carol'), ['slowConsumer']);
  t.equal(bench.record(`y-${LIMITS.outboxFramesMax + 2}`, 'carol'), null);
  t.equal(bench.hub.census().sessions, 2);
});

t.test('a tick that comes early does nothing', async (t) => {
  const bench = connectedBench();
  bench.run(WAITS.resendMs - 1);
  t.strictSame(bench.put({ type: 'tick' }), []);
});
