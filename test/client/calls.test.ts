/** Calls as one device sees them: ringing by itself, invitations under way, other callers, and what a greeting changes. */
import t from 'tap';
import { applyMove, type CallRecord, invite, type Move } from '../../src/protocol/call.js';
import { WAITS } from '../../src/protocol/limits.js';
import { World } from '../world.js';
import { framesOf, Lone, refusalsOf, violationsOf } from './lone.js';

const A = 'alice/phone';
const B = 'bob/phone';
const phone = (user: string) => ({ user, device: 'phone' });
const call = (id: string, from = 'alice', to = 'bob', at = 1_000): CallRecord => invite(id, phone(from), to, at);

/** A record after moves, each by the user named or by the server. */
function after(record: CallRecord, ...moves: readonly (readonly [Move, string | null])[]): CallRecord {
  return moves.reduce((now, [move, by]) => applyMove(now, move, by === null ? null : phone(by), 2_000).record, record);
}

t.test('a device that is called rings by itself, once', async (t) => {
  const bob = new Lone().online();
  const effects = bob.event(call('c-1'));
  t.match(framesOf(effects, 'command'), [{ op: 'ring', call: 'c-1' }]);
  t.match(framesOf(effects, 'receipt'), [{ call: 'c-1', version: 1 }]);
  t.strictSame(framesOf(bob.event(call('c-1')), 'command'), [], 'the same record again');
  t.equal(bob.view, 'inviting');
  bob.event(after(call('c-1'), ['ring', 'bob']));
  t.equal(bob.view, 'ringing');
});

t.test('who does not ring: the caller, his other device, a callee whose call rings already or went elsewhere', async (t) => {
  const records = [call('c-1'), after(call('c-2'), ['ring', 'bob']), after(call('c-3'), ['accept', 'bob'])];
  for (const [name, calls] of [
    ['alice/phone', records.slice(0, 1)],
    ['alice/tab', records],
    ['bob/tab', records.slice(1)],
  ] as const) {
    const device = new Lone(name).online([...calls]);
    t.strictSame(framesOf(device.effects, 'command'), [], name);
  }
});

t.test('a call that a stale one hid rings once the stale one is seen to be over', async (t) => {
  const first = after(call('c-1'), ['ring', 'bob'], ['accept', 'bob']);
  const second = call('c-2', 'carol');
  const over = after(first, ['hangup', 'alice']);
  const bob = new Lone().online([first]);
  t.equal(bob.view, 'connected');
  bob.close();
  bob.run(1_000);
  const effects = bob.welcome({ session: 's-2', calls: [second, over] });
  t.equal(bob.agent.shown.call, 'c-2');
  t.match(framesOf(effects, 'command'), [{ op: 'ring', call: 'c-2' }], 'the live call came first in the greeting');
});

t.test('a call that ended before it was shown does not ring', async (t) => {
  const bob = new Lone().online();
  const over = after(call('c-1'), ['cancel', 'alice']);
  const event = { type: 'event', record: over, cause: { move: 'cancel', by: phone('alice'), command: null } } as const;
  bob.frame({ ...event, seq: 2 });
  const effects = bob.event(call('c-1'));
  t.equal(bob.view, 'ended(cancelled)', 'both were delivered');
  t.strictSame(framesOf(effects, 'command'), []);
});

t.test('old and repeated versions change nothing', async (t) => {
  const bob = new Lone().online();
  const connected = after(call('c-1'), ['ring', 'bob'], ['accept', 'bob']);
  bob.event(connected);
  for (const old of [call('c-1'), after(call('c-1'), ['ring', 'bob']), connected]) {
    const effects = bob.event(old);
    t.strictSame(
      effects.filter(({ type }) => type === 'record' || type === 'shown'),
      [],
    );
    t.strictSame(framesOf(effects, 'receipt'), []);
  }
  t.equal(bob.view, 'connected');
});

t.test('a version that was missed is not missed: the next one is the whole truth', async (t) => {
  const alice = new Lone('alice/phone').online();
  alice.event(call('c-1'));
  alice.event(after(call('c-1'), ['ring', 'bob'], ['accept', 'bob']));
  t.equal(alice.view, 'connected');
  t.match(alice.agent.shown, { version: 3, side: 'caller', view: { timerStartedAt: 2_000 } });
});

t.test('a third caller never hides the call that is up', async (t) => {
  for (const moves of [
    [],
    [['ring', 'bob']],
    [
      ['ring', 'bob'],
      ['accept', 'bob'],
    ],
  ] as const) {
    const bob = new Lone().online();
    const up = after(call('c-1'), ...moves);
    bob.event(up);
    const before = bob.view;
    const third = call('c-2', 'carol', 'bob', 1_000);
    const effects = [...bob.event(third), ...bob.event(after(third, ['busy', null]))];
    t.equal(bob.agent.shown.call, 'c-1');
    t.equal(bob.view, before);
    t.strictSame(
      effects.filter(({ type }) => type === 'shown'),
      [],
      'not even in the same instant, nor for a moment',
    );
    t.strictSame(framesOf(effects, 'command'), [], 'and it is not answered with ringing');
  }
});

t.test('an invitation under way shows inviting, also while offline, and can be cancelled', async (t) => {
  const alice = new Lone('alice/phone').online();
  alice.close();
  alice.act('call', 'bob');
  t.equal(alice.view, 'inviting');
  t.match(alice.agent.shown, { version: null, side: 'caller' });
  const { call: id } = alice.agent.shown;
  alice.act('cancel');
  t.notOk(alice.agent.isQuiet);
  alice.run(1_000);
  t.match(framesOf(alice.welcome({ resumed: true }), 'command'), [
    { op: 'invite', call: id, to: 'bob', seq: 1 },
    { op: 'cancel', call: id, seq: 2 },
  ]);
});

t.test('a refused invitation returns to what was shown before', async (t) => {
  const alice = new Lone('alice/phone').online();
  const [command] = framesOf(alice.act('call', 'bob'), 'command');
  const effects = alice.result(command!.id, null, 'too-many-calls');
  t.equal(alice.view, 'idle');
  t.match(
    effects.find(({ type }) => type === 'log'),
    { message: 'refused: too-many-calls' },
  );
  const own = after(call('c-9', 'alice', 'carol'), ['ring', 'carol']);
  alice.event(own);
  const [second] = framesOf(alice.act('call', 'bob'), 'command');
  alice.result(second!.id, own, 'own-line-busy');
  t.equal(alice.agent.shown.call, 'c-9');
});

t.test('glare: the own invitation is dropped for the call that it answered', async (t) => {
  const alice = new Lone('alice/phone', true).online();
  const acted = alice.act('call', 'bob');
  const mine = alice.agent.shown.call!;
  t.match(
    acted.filter(({ type }) => type === 'media'),
    [
      { call: mine, do: 'open' },
      { call: mine, do: 'offer' },
    ],
  );
  const theirs = call('c-bob', 'bob', 'alice');
  const connected = after(theirs, ['accept', 'alice']);
  const effects = alice.result(framesOf(acted, 'command')[0]!.id, connected);
  t.match(alice.agent.shown, { call: 'c-bob', side: 'callee', view: { state: 'connected' } });
  t.match(
    effects.filter(({ type }) => type === 'media'),
    [
      { call: mine, do: 'close' },
      { call: 'c-bob', do: 'open' },
    ],
    'its media too',
  );
  alice.event(after(connected, ['hangup', 'bob']));
  t.equal(alice.view, 'ended(hangup)');
});

t.test('an action without a call is refused and sends nothing', async (t) => {
  const bob = new Lone().online();
  for (const verb of ['accept', 'reject', 'cancel', 'hang up'] as const) {
    const effects = bob.act(verb);
    t.strictSame(refusalsOf(effects), [`${verb}: this device shows no call`]);
    t.strictSame(violationsOf(effects), [], 'what a user does is no fault of the protocol');
    t.strictSame(framesOf(effects, 'command'), []);
  }
});

t.test('no result in commandMs is a violation, once, and the result may still come', async (t) => {
  const alice = new Lone('alice/phone').online();
  const [command] = framesOf(alice.act('call', 'bob'), 'command');
  const listen = (): unknown => alice.frame({ type: 'pong', at: alice.now, time: 5_000 + alice.now });
  t.strictSame(violationsOf(alice.run(WAITS.commandMs - 1)), []);
  listen();
  const effects = alice.run(1);
  t.strictSame(violationsOf(effects), ['no-result']);
  t.equal(alice.view, 'ended(unreachable)');
  t.match(framesOf(effects, 'command'), [{ op: 'cancel', call: command!.call }], 'it is taken back, should it get through');
  t.strictSame(violationsOf(alice.run(WAITS.commandMs - 2)), []);
  listen();
  t.strictSame(violationsOf(alice.run(WAITS.silentMs - 1)), ['no-result'], 'of that');
  alice.result(command!.id, { ...call('x'), id: command!.call });
  t.equal(alice.view, 'inviting', 'what the server says counts');
  t.equal(alice.agent.shown.version, 1);
});

t.test('the answer given while the caller was away arrives when it comes back', async (t) => {
  for (const how of ['offline', 'cut', 'dead'] as const) {
    const world = new World().open(A, B);
    world.act(A, 'call', 'bob');
    world.run(500);
    if (how === 'offline') world.act(A, 'go offline');
    else world.cut(A, how === 'cut' ? 'closed' : 'dead');
    if (how === 'cut') world.refuse(A, true);
    world.act(B, 'accept');
    world.run(3_000);
    t.strictSame(world.views(A, B), ['ringing', 'connected'], 'it cannot know yet');
    world.refuse(A, false);
    if (how === 'offline') world.act(A, 'come back');
    t.ok(
      world.until(() => world.view(A) === 'connected', WAITS.silentMs + 1_000),
      how,
    );
    t.match(world.hubEffects('session').at(-1), { change: 'resumed' });
    t.strictSame(world.story(A), ['inviting', 'ringing', 'connected']);
  }
});

t.test('a crash forgets everything; what comes after is told by the greeting', async (t) => {
  const world = new World().open(A, B);
  world.act(A, 'call', 'bob');
  world.run(500);
  world.act(B, 'accept');
  world.run(500);
  world.act(B, 'crash');
  t.equal(world.view(B), 'idle');
  t.equal(world.agent(B).deadline(), null);
  t.ok(world.agent(B).isQuiet);
  world.run(1_000);
  world.act(B, 'come back');
  world.run(500);
  t.strictSame(world.views(A, B), ['connected', 'connected'], 'its call was kept for the grace');
  t.match(world.hubEffects('session').at(-1), { change: 'opened' });
  const alice = new Lone('alice/phone').online();
  alice.act('call', 'bob');
  alice.act('crash');
  t.equal(alice.agent.deadline(), null, 'a command under way is forgotten too');
  t.ok(alice.agent.isQuiet);
});

t.test('a device that crashed before its ringing got through rings again', async (t) => {
  const world = new World().open(A, B);
  world.act(A, 'call', 'bob');
  world.until(() => world.view(B) === 'inviting', 1_000);
  world.cut(B, 'up');
  world.act(B, 'crash');
  world.run(500);
  world.act(B, 'come back');
  world.run(500);
  t.strictSame(world.views(A, B), ['ringing', 'ringing']);
});

t.test('a live call that the server has forgotten has ended; one that ended before is shown as it did', async (t) => {
  const connected = after(call('c-1'), ['ring', 'bob'], ['accept', 'bob']);
  for (const [record, view] of [
    [null, 'ended(server-error)'],
    [after(connected, ['hangup', 'alice']), 'ended(hangup)'],
  ] as const) {
    const bob = new Lone('bob/phone', true).online([connected]);
    if (record !== null) bob.event(record);
    bob.close();
    bob.run(1_000);
    const effects = bob.welcome({ session: 's-2', calls: [] });
    t.equal(bob.view, view);
    t.match(
      effects.filter(({ type }) => type === 'media'),
      record === null ? [{ call: 'c-1', do: 'close' }] : [],
    );
  }
  const resumed = new Lone().online([connected]);
  resumed.close();
  resumed.run(1_000);
  resumed.welcome({ resumed: true, calls: [] });
  t.equal(resumed.view, 'connected', 'a session that goes on will still tell the end');
});

t.test('a greeting tells the ends that a device missed, and no call that was over before it knew of it', async (t) => {
  const connected = after(call('c-1'), ['ring', 'bob'], ['accept', 'bob']);
  const ended = after(connected, ['hangup', 'alice']);
  const stranger = new Lone().online([ended]);
  t.equal(stranger.view, 'idle');
  t.notOk(
    stranger.effects.some(({ type }) => type === 'record'),
    'it is not taken on',
  );
  const bob = new Lone().online([connected]);
  bob.close();
  bob.run(1_000);
  bob.welcome({ session: 's-2', calls: [ended] });
  t.equal(bob.view, 'ended(hangup)');
});

t.test('a command whose result went down with the session is settled by the greeting', async (t) => {
  const alice = new Lone('alice/phone').online();
  const [command] = framesOf(alice.act('call', 'bob'), 'command');
  alice.frame({ type: 'ack', ack: command!.seq });
  t.notOk(alice.agent.isQuiet, 'acknowledged, but without a result');
  alice.close();
  alice.run(1_000);
  const effects = alice.welcome({ session: 's-2', calls: [] });
  t.equal(alice.view, 'ended(server-error)', 'the call is not there: it is over and forgotten');
  t.ok(alice.agent.isQuiet);
  t.match(
    effects.find(({ type }) => type === 'log'),
    { message: 'result of invite lost with its session' },
  );
  t.strictSame(violationsOf(alice.run(2 * WAITS.commandMs)), []);
});

t.test('an overdue invitation is not delivered to a server that knows nothing of it: it may have been and gone', async (t) => {
  const alice = new Lone('alice/phone').online();
  alice.act('call', 'bob');
  alice.close();
  alice.run(1_000);
  t.strictSame(violationsOf(alice.run(WAITS.commandMs)), ['no-result']);
  t.equal(alice.view, 'ended(unreachable)');
  const effects = alice.welcome({ session: 's-2', calls: [] });
  t.strictSame(framesOf(effects, 'command'), [], 'nor is what takes it back');
  t.equal(alice.view, 'ended(unreachable)');
  t.ok(alice.agent.isQuiet);
});

t.test('an invitation that reached the server, whose call ended and was forgotten, does not ring a second time', async (t) => {
  const world = new World({ waits: { endedMs: 15_000 } }).open(A, B);
  world.cut(A, 'down');
  world.act(A, 'call', 'bob');
  world.until(() => world.view(B) === 'ringing', 1_000);
  world.act(A, 'go offline');
  world.run(60_000);
  t.equal(world.view(B), 'ended(peer-lost)');
  world.act(A, 'come back');
  world.run(20_000);
  t.strictSame(world.views(A, B), ['ended(unreachable)', 'ended(peer-lost)']);
  t.equal(world.hubEffects('changed').filter(({ record }) => record.version === 1).length, 1);
});

t.test('a command that was not acknowledged goes out in the fresh session, under the same id', async (t) => {
  const alice = new Lone('alice/phone').online();
  const [command] = framesOf(alice.act('call', 'bob'), 'command');
  alice.close();
  alice.run(1_000);
  const effects = alice.welcome({ session: 's-2', calls: [] });
  t.match(framesOf(effects, 'command'), [{ id: command!.id, seq: 1, op: 'invite' }]);
  t.equal(alice.view, 'inviting');
});
