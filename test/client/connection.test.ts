/** How a device gets and keeps its connection: greeting, resuming, back-off, silence, closes that are final, and the clock. */
import t from 'tap';
import { delayBefore, RECONNECT } from '../../src/protocol/backoff.js';
import { LIMITS, WAITS } from '../../src/protocol/limits.js';
import { CLOSE } from '../../src/protocol/reasons.js';
import { World } from '../world.js';
import { framesOf, Lone, violationsOf, WELCOME } from './lone.js';

t.test('presence: away, offline until greeted, online', async (t) => {
  const bob = new Lone();
  t.equal(bob.agent.presence, 'away');
  bob.act('open');
  t.equal(bob.agent.presence, 'offline');
  bob.put({ type: 'opened', conn: bob.conn });
  t.equal(bob.agent.presence, 'offline', 'a socket is not enough');
  bob.welcome();
  t.equal(bob.agent.presence, 'online');
  bob.act('go offline');
  t.equal(bob.agent.presence, 'away');
});

t.test('the first hello asks for nothing; the next resumes where it was', async (t) => {
  const bob = new Lone();
  bob.act('open');
  t.strictSame(framesOf(bob.put({ type: 'opened', conn: 1 }), 'hello'), [{ type: 'hello', token: 'bob', device: 'phone' }]);
  bob.welcome();
  bob.frame({ type: 'receipt', seq: 1, call: 'c-1', version: 1, device: { user: 'alice', device: 'phone' } });
  bob.close();
  bob.run(1_000);
  t.match(framesOf(bob.put({ type: 'opened', conn: 2 }), 'hello'), [{ resume: { session: 's-1', ack: 1 } }]);
  const crashed = new Lone().online();
  crashed.act('crash');
  crashed.act('open');
  t.strictSame(
    framesOf(crashed.put({ type: 'opened', conn: 2 }), 'hello').map(({ resume }) => resume),
    [undefined],
  );
});

t.test('attempts follow the back-off with a draw of their own, until there were enough; a greeting starts over', async (t) => {
  const bob = new Lone().online();
  for (let attempt = 0; attempt < RECONNECT.attemptsMax; attempt++) {
    const { conn } = bob;
    const expected = delayBefore(attempt, bob.rng.fork(`reconnect-${conn}`))!;
    // Ids drawn meanwhile do not shift the waits.
    bob.act('call', 'alice');
    bob.close();
    bob.run(expected - 1e-6);
    if (bob.conn !== conn) t.fail(`attempt ${attempt} came early`);
    bob.run(2e-6);
    if (bob.conn !== conn + 1) t.fail(`attempt ${attempt} did not come after ${expected} ms`);
  }
  t.strictSame(violationsOf(bob.close()), ['unreachable']);
  t.strictSame(
    bob.run(60_000).filter(({ type }) => type === 'connect'),
    [],
  );
  t.equal(bob.agent.presence, 'offline');
  bob.act('come back');
  t.not(bob.conn, RECONNECT.attemptsMax, 'the user can ask for more');
  for (const before of ['a greeting', 'another']) {
    bob.welcome({ resumed: true });
    const { conn } = bob;
    bob.close();
    bob.run(delayBefore(0, bob.rng.fork(`reconnect-${conn}`))! + 1e-6);
    t.equal(bob.conn, conn + 1, `after ${before} the first wait is short again`);
  }
});

t.test('a close that is noticed twice is one', async (t) => {
  const bob = new Lone().online();
  bob.run(WAITS.silentMs);
  const { conn } = bob;
  t.match(bob.effects.at(-1), { type: 'disconnect', conn, how: 'break' });
  const due = bob.agent.deadline();
  t.strictSame(bob.close(1006), [], 'the socket confirms what the silence said');
  t.equal(bob.agent.deadline(), due);
  bob.run(100);
  t.equal(bob.conn, conn + 1);
});

t.test('there is one connection at a time', async (t) => {
  const connects = (lone: Lone): number => lone.effects.filter(({ type }) => type === 'connect').length;
  const opening = new Lone();
  opening.act('open');
  opening.act('come back');
  t.equal(connects(opening), 1, 'a come-back while it connects waits for that');
  const waiting = new Lone().online();
  waiting.close();
  waiting.act('come back');
  t.equal(connects(waiting), 2, 'a come-back does not wait for the next attempt');
  waiting.welcome({ resumed: true });
  waiting.run(WAITS.silentMs - 1);
  t.equal(connects(waiting), 2, 'and that attempt is not made any more');
  const left = new Lone();
  left.act('open');
  left.act('go offline');
  t.strictSame(left.put({ type: 'opened', conn: 1 }), [], 'a socket that opens after that is not greeted');
  t.equal(left.agent.deadline(), null);
});

t.test('frames and closes of an earlier connection are ignored', async (t) => {
  const bob = new Lone().online();
  bob.close();
  bob.run(1_000);
  bob.welcome({ resumed: true });
  bob.run(1);
  t.strictSame(bob.put({ type: 'closed', conn: 1, code: CLOSE.replaced.code, reason: '' }), []);
  t.strictSame(bob.put({ type: 'frame', conn: 1, frame: { type: 'error', code: 4401, message: 'x' } }), []);
  t.equal(bob.agent.presence, 'online');
  bob.act('go offline');
  t.strictSame(bob.frame({ type: 'pong', at: 0, time: 0 }), [], 'nor does one that was left revive');
  t.equal(bob.agent.deadline(), null);
});

t.test('closes after which coming back is pointless are violations and stop it; others do not', async (t) => {
  for (const name of ['unauthorized', 'replaced'] as const) {
    const bob = new Lone().online();
    const { code } = CLOSE[name];
    t.strictSame(violationsOf(bob.close(code)), [`closed-${code}`], name);
    t.equal(bob.agent.presence, 'away');
    t.equal(bob.agent.deadline(), null);
  }
  for (const name of ['normal', 'goingAway', 'helloTimeout', 'slowConsumer', 'silent', 'tooBig'] as const) {
    const bob = new Lone().online();
    t.strictSame(violationsOf(bob.close(CLOSE[name].code)), [], name);
    bob.run(RECONNECT.firstMs);
    t.equal(bob.conn, 2);
  }
});

t.test('after a close for what it sent it comes back, for that may have been damaged on the way, but not for ever', async (t) => {
  const back = (bob: Lone): void => {
    bob.run(10_000);
    bob.put({ type: 'opened', conn: bob.conn });
    bob.welcome({ resumed: true });
  };
  for (const name of ['badFrame', 'unknownType'] as const) {
    const bob = new Lone().online();
    const { code } = CLOSE[name];
    for (let times = 0; times < LIMITS.faultClosesMax; times++) {
      t.strictSame(violationsOf(bob.close(code)), [], `${name}, time ${times + 1}`);
      back(bob);
    }
    t.strictSame(violationsOf(bob.close(code)), [`closed-${code}`], 'it is this device that is wrong');
    t.equal(bob.agent.presence, 'away');
  }
  const bob = new Lone().online();
  for (let times = 0; times < 3 * LIMITS.faultClosesMax; times++) {
    t.strictSame(violationsOf(bob.close(CLOSE.badFrame.code)), [], 'a heartbeat that was answered makes it good again');
    back(bob);
    bob.frame({ type: 'pong', at: bob.now, time: bob.now });
  }
});

t.test('it pings at the heartbeat that the server asks for and breaks a connection that is silent', async (t) => {
  const bob = new Lone();
  bob.act('open');
  bob.welcome({ heartbeatMs: 4_000 });
  const { now } = bob;
  const pings = framesOf(bob.run(9_000), 'ping');
  t.match(pings, [{ at: now + 4_000 }, { at: now + 8_000 }]);
  bob.frame({ type: 'pong', at: now + 8_000, time: 1 });
  t.notOk(bob.run(WAITS.silentMs - 1).some(({ type }) => type === 'disconnect'));
  t.ok(bob.run(1).some(({ type }) => type === 'disconnect'));
  t.equal(bob.agent.presence, 'offline');
});

t.test('a server that never greets is given up after helloMs', async (t) => {
  const bob = new Lone();
  bob.act('open');
  bob.put({ type: 'opened', conn: 1 });
  t.notOk(bob.run(WAITS.helloMs - 1).some(({ type }) => type === 'disconnect'));
  t.ok(bob.run(1).some(({ type }) => type === 'disconnect'));
  bob.run(RECONNECT.firstMs);
  t.equal(bob.conn, 2);
});

t.test('frames out of turn around the greeting are violations and mix nothing up', async (t) => {
  const bob = new Lone();
  bob.act('open');
  bob.put({ type: 'opened', conn: 1 });
  const receipt = { type: 'receipt', call: 'c-1', version: 1, device: { user: 'a', device: 'p' } } as const;
  t.strictSame(violationsOf(bob.frame({ ...receipt, seq: 1 })), ['out-of-turn'], 'before the welcome');
  bob.welcome();
  t.strictSame(
    bob.frame({ ...receipt, seq: 1 }).map(({ type }) => type),
    ['applied'],
    'the same frame sent again is delivered',
  );
  t.strictSame(violationsOf(bob.frame({ ...WELCOME, session: 's-2' })), ['out-of-turn'], 'a second welcome');
  t.strictSame(
    bob.frame({ ...receipt, seq: 2 }).map(({ type }) => type),
    ['applied'],
    'the session goes on',
  );
  t.strictSame(bob.frame({ type: 'error', code: 4400, message: 'x' }), [
    { type: 'session', device: 'bob/phone', state: 'refused', text: '4400 x' },
  ]);
});

t.test('timers of both sides agree whatever their clocks say', async (t) => {
  const world = new World({ serverEpochMs: 1_700_000_000_000, delayMs: 30 });
  world.add('alice/phone', { clockMs: 123_456_789 }).add('bob/phone', { clockMs: 7 }).open('alice/phone', 'bob/phone');
  world.act('alice/phone', 'call', 'bob');
  world.run(1_000);
  t.equal(world.agent('alice/phone').timer(123_456_789 + world.now), null, 'no timer while it rings');
  world.act('bob/phone', 'accept');
  world.run(10_000);
  const read = (): number[] => [
    world.agent('alice/phone').timer(123_456_789 + world.now)!.elapsedMs,
    world.agent('bob/phone').timer(7 + world.now)!.elapsedMs,
  ];
  const answeredAt = world.record(world.agent('alice/phone').shown.call, 'alice')!.answeredAt!;
  for (const elapsed of read()) t.ok(Math.abs(elapsed - (world.serverTime - answeredAt)) < 1, `${elapsed}`);
  world.act('alice/phone', 'hang up');
  world.run(500);
  t.equal(world.agent('bob/phone').timer(7 + world.now), null);
});

t.test('the clock keeps the sample of the shortest round trip, and forgets it with the session', async (t) => {
  const record = {
    id: 'c-1',
    version: 3,
    phase: 'connected',
    caller: { user: 'alice', device: 'phone' },
    callee: { user: 'bob', device: 'phone' },
    invitedAt: 0,
    ringingAt: 0,
    answeredAt: 50_000,
    endedAt: null,
    reason: null,
    endedBy: null,
  } as const;
  const bob = new Lone();
  bob.act('open');
  bob.put({ type: 'opened', conn: 1 });
  bob.now += 400;
  // Half of 400 ms on the way back: the offset is 50,000 - (100 + 200).
  bob.frame({ ...WELCOME, time: 50_000, calls: [record] });
  const reading = (): number => bob.agent.timer(bob.now)!.elapsedMs;
  t.equal(reading(), 200);
  bob.now += 100;
  bob.frame({ type: 'pong', at: bob.now - 20, time: 50_300 + 40 });
  t.equal(reading(), 350, 'a shorter round trip is better');
  // What the server's clock reads now, 50,350 and not 50,340 + 10 by chance: the answer was 100 ms slower than the question.
  bob.frame({ type: 'pong', at: bob.now - 300, time: 50_350 - 200 });
  t.equal(reading(), 350, 'a longer one is not');
  bob.frame({ type: 'pong', at: bob.now + 5, time: 1 });
  t.equal(reading(), 350, 'an answer from before its question is none');
  bob.frame({ type: 'pong', at: bob.now - 300, time: 99_999 });
  t.equal(reading(), 50_149, 'but where both round trips together do not explain the difference, a clock was set');
  bob.close();
  bob.run(200);
  bob.put({ type: 'opened', conn: 2 });
  bob.now += 60;
  bob.frame({ ...WELCOME, session: 's-2', time: 60_000, calls: [record] });
  t.equal(reading(), 10_030, 'another server may have another clock');
});
