/** What a device does when word does not come: of a move that the other side should apply, of a call without a socket, of its clock. */
import t from 'tap';
import { type AgentDecisions, SOUND_DECISIONS } from '../../src/client/decisions.js';
import type { AgentEffect } from '../../src/client/io.js';
import { betterSample } from '../../src/client/server-clock.js';
import { applyMove, type CallRecord, invite, type Move } from '../../src/protocol/call.js';
import type { ServerFrame } from '../../src/protocol/frames.js';
import { LIMITS, WAITS } from '../../src/protocol/limits.js';
import { World } from '../world.js';
import { framesOf, Lone, violationsOf, WELCOME } from './lone.js';

const phone = (user: string) => ({ user, device: 'phone' });
const after = (record: CallRecord, ...moves: readonly (readonly [Move, string])[]): CallRecord =>
  moves.reduce((now, [move, by]) => applyMove(now, move, phone(by), 2_000).record, record);
const ringing = after(invite('c-1', phone('alice'), 'bob', 1_000), ['ring', 'bob']);
const connected = after(ringing, ['accept', 'bob']);
const ended = after(connected, ['hangup', 'alice']);

const of = <T extends AgentEffect['type']>(effects: readonly AgentEffect[], type: T) =>
  effects.filter((effect): effect is Extract<AgentEffect, { type: T }> => effect.type === type);
const without = (decisions: Partial<AgentDecisions>): AgentDecisions => ({ ...SOUND_DECISIONS, ...decisions });

/** Bob accepts, and the server says that he did. */
function accepted(): Lone {
  const bob = new Lone().online([ringing]);
  const [command] = framesOf(bob.act('accept'), 'command');
  bob.result(command!.id, connected);
  return bob;
}

/** A device that lost its connection in a call, and has no other yet. */
function cutOff(decisions: AgentDecisions = SOUND_DECISIONS, record = connected): Lone {
  const bob = new Lone('bob/phone', false, decisions).online([record]);
  bob.close();
  return bob;
}

/** Lets time pass while no attempt to connect succeeds. */
function runAlone(bob: Lone, ms: number): AgentEffect[] {
  const before = bob.effects.length;
  for (const end = bob.now + ms; bob.now < end; ) {
    const conn = bob.conn;
    bob.run(Math.min(50, end - bob.now));
    if (bob.conn !== conn) bob.close();
  }
  return bob.effects.slice(before);
}

const receipt = (seq: number, version: number, user = 'alice', device = 'phone'): ServerFrame => ({
  type: 'receipt',
  seq,
  call: 'c-1',
  version,
  device: { user, device },
});

t.test('a receipt of the other side settles a move; without one the device says so once, after appliedMs', async (t) => {
  const told = accepted();
  t.equal(told.agent.unconfirmed, 1);
  told.frame(receipt(2, 3));
  t.equal(told.agent.unconfirmed, 0);
  t.strictSame(of(told.run(WAITS.appliedMs + 1), 'not-applied'), []);

  const untold = accepted();
  t.strictSame(of(untold.run(WAITS.appliedMs - 1), 'not-applied'), []);
  t.strictSame(of(untold.run(1), 'not-applied'), [
    { type: 'not-applied', call: 'c-1', version: 3, side: 'caller', afterMs: WAITS.appliedMs },
  ]);
  t.strictSame(violationsOf(untold.effects), [], 'no error: the other side may be away');
  t.strictSame(of(untold.run(WAITS.silentMs - WAITS.appliedMs - 1), 'not-applied'), []);
  t.match(of(untold.frame(receipt(2, 3)), 'applied'), [{ version: 3 }], 'a late receipt is still told');
});

t.test('receipts of others, and of versions before, are none of the other side', async (t) => {
  for (const [name, frame] of [
    ['an earlier version', receipt(2, 2)],
    ['another device of the caller', receipt(2, 3, 'alice', 'laptop')],
    ['a sibling', receipt(2, 3, 'bob', 'laptop')],
  ] as const) {
    const bob = accepted();
    bob.frame(frame);
    t.equal(bob.agent.unconfirmed, 1, name);
  }
});

t.test('cancel is applied when any device of the callee says so; what others did is not waited for', async (t) => {
  const alice = new Lone('alice/phone').online([ringing]);
  const [command] = framesOf(alice.act('cancel'), 'command');
  alice.result(command!.id, after(ringing, ['cancel', 'alice']));
  t.equal(alice.agent.unconfirmed, 1);
  alice.frame(receipt(2, 3, 'bob', 'laptop'));
  t.equal(alice.agent.unconfirmed, 0);

  const bob = accepted();
  bob.frame({ type: 'event', seq: 2, record: ended, cause: { move: 'hangup', by: phone('alice'), command: 'm' } });
  t.equal(bob.agent.unconfirmed, 0, 'whoever hung up had taken on the answer');
  t.equal(new Lone().online([connected]).agent.unconfirmed, 0, 'nor what an earlier life of the device did');
  const crashed = accepted();
  crashed.act('crash');
  t.equal(crashed.agent.unconfirmed, 0);
  t.strictSame(of(crashed.run(WAITS.appliedMs), 'not-applied'), []);
});

t.test('both sides of a real call learn that the other one followed', async (t) => {
  const world = new World().open('alice/phone', 'bob/phone');
  world.act('alice/phone', 'call', 'bob');
  world.run(200);
  world.act('bob/phone', 'accept');
  world.run(200);
  world.act('alice/phone', 'hang up');
  world.run(WAITS.appliedMs * 2);
  for (const name of ['alice/phone', 'bob/phone']) {
    t.strictSame(world.effects(name, 'not-applied'), [], name);
    t.equal(world.agent(name).unconfirmed, 0);
  }
  world.act('alice/phone', 'call', 'bob');
  world.run(200);
  world.act('bob/phone', 'go offline');
  world.act('alice/phone', 'cancel');
  world.run(WAITS.appliedMs + 200);
  t.match(world.effects('alice/phone', 'not-applied'), [{ side: 'callee', version: 3 }]);
});

t.test('a device with a live call and no socket asks by HTTP, again with back-off, and takes on what it is told', async (t) => {
  const bob = cutOff();
  t.strictSame(of(runAlone(bob, WAITS.fallbackMs - 100), 'fetch-call'), []);
  const [first] = of(runAlone(bob, 200), 'fetch-call');
  t.match(first, { call: 'c-1', request: 1 });
  bob.put({ type: 'fetched', request: 1, call: 'c-1', answer: 'failed' });
  t.match(of(runAlone(bob, WAITS.refetchMs + 50), 'fetch-call'), [{ request: 2 }]);
  bob.put({ type: 'fetched', request: 1, call: 'c-1', answer: ended });
  t.equal(bob.view, 'connected', 'an answer to an earlier question comes too late');
  bob.put({ type: 'fetched', request: 2, call: 'c-1', answer: ringing });
  t.equal(bob.view, 'connected', 'an older version is no news');
  t.match(of(runAlone(bob, WAITS.refetchMs + 50), 'fetch-call'), [{ request: 3 }]);
  t.match(of(bob.put({ type: 'fetched', request: 3, call: 'c-1', answer: ended }), 'record'), [{ record: { version: 4 } }]);
  t.equal(bob.view, 'ended(hangup)');
  t.strictSame(of(runAlone(bob, 30_000), 'fetch-call'), [], 'what is over is not asked for');
});

t.test('a request that is never answered is given up, and the next one follows; a connection ends the asking', async (t) => {
  const bob = cutOff();
  const asked = of(runAlone(bob, WAITS.fallbackMs + WAITS.fetchMs + WAITS.refetchMs + 100), 'fetch-call');
  t.strictSame(
    asked.map(({ request }) => request),
    [1, 2],
  );
  bob.run(WAITS.reconnectMsMax);
  bob.welcome({ resumed: true, calls: [connected] });
  bob.put({ type: 'fetched', request: 2, call: 'c-1', answer: null });
  t.equal(bob.view, 'connected', 'what the socket says is newer');
  t.strictSame(of(bob.run(WAITS.silentMs - 1), 'fetch-call'), []);
});

t.test('a call that the server does not have any more has ended: it was lost, or the device was away too long', async (t) => {
  const bob = cutOff();
  runAlone(bob, WAITS.fallbackMs + 100);
  bob.put({ type: 'fetched', request: 1, call: 'c-1', answer: null });
  t.equal(bob.view, 'ended(server-error)');
  const late = cutOff();
  for (let n = 1; late.now < WAITS.graceMs + 1_000; n = of(late.effects, 'fetch-call').length) {
    runAlone(late, 100);
    late.put({ type: 'fetched', request: n, call: 'c-1', answer: connected });
  }
  runAlone(late, WAITS.refetchMs + 100);
  const [last] = of(late.effects, 'fetch-call').slice(-1);
  late.put({ type: 'fetched', request: last!.request, call: 'c-1', answer: null });
  t.equal(late.view, 'ended(peer-lost)');
});

t.test('with neither socket nor HTTP a live call ends at giveUpMs; a device that is told by HTTP waits on', async (t) => {
  const bob = cutOff();
  runAlone(bob, WAITS.giveUpMs - 200);
  t.equal(bob.view, 'connected');
  runAlone(bob, 200);
  t.equal(bob.view, 'ended(server-error)');
  t.equal(bob.agent.shown.version, null);
  bob.run(WAITS.reconnectMsMax);
  const effects = bob.welcome({ resumed: true, calls: [connected] });
  t.equal(bob.view, 'connected', 'the server still has it');
  t.strictSame(of(effects, 'record'), [], 'in the version that was known');

  const told = cutOff();
  for (let asked = 0; told.now < 2 * WAITS.giveUpMs; ) {
    const requests = of(runAlone(told, 100), 'fetch-call');
    asked += requests.length;
    for (const { request } of requests) told.put({ type: 'fetched', request, call: 'c-1', answer: connected });
    if (told.now > WAITS.giveUpMs && asked < 5) t.fail(`asked ${asked} times`);
  }
  t.equal(told.view, 'connected');

  const left = new Lone().online([connected]);
  left.act('go offline');
  t.strictSame(of(left.run(WAITS.giveUpMs), 'fetch-call'), [], 'who wants no connection does not ask');
  t.equal(left.view, 'ended(server-error)', 'and does not talk for ever');
});

t.test('an invitation without a socket is unreachable after commandMs, and is taken back when it gets through', async (t) => {
  const alice = new Lone('alice/phone').online();
  alice.close();
  const call = of(alice.act('call', 'bob'), 'action')[0]!.call!;
  runAlone(alice, WAITS.commandMs - 100);
  t.equal(alice.view, 'inviting');
  for (const { request } of of(alice.effects, 'fetch-call')) alice.put({ type: 'fetched', request, call, answer: null });
  t.equal(alice.view, 'inviting', 'the server has not heard of it yet');
  runAlone(alice, 200);
  t.equal(alice.view, 'ended(unreachable)');
  alice.run(WAITS.reconnectMsMax);
  const effects = alice.welcome({ resumed: true });
  t.strictSame(
    framesOf(effects, 'command').map(({ op }) => op),
    ['invite', 'cancel'],
  );
});

t.test('broken twins: without its hardening each device is wrong in the way it was there for', async (t) => {
  const mute = cutOff(without({ asksByHttp: false }));
  t.strictSame(of(runAlone(mute, 15_000), 'fetch-call'), []);
  const patient = cutOff(without({ givesUp: false }));
  runAlone(patient, 3 * WAITS.giveUpMs);
  t.equal(patient.view, 'connected');
  const stubborn = cutOff(without({ yields: false }));
  runAlone(stubborn, WAITS.giveUpMs);
  stubborn.run(WAITS.reconnectMsMax);
  stubborn.welcome({ resumed: true, calls: [connected] });
  t.equal(stubborn.view, 'ended(server-error)');
});

t.test('a slow greeting is followed by a few pings, until one is quick; a quick greeting by none', async (t) => {
  const pings = (bob: Lone, ms: number): number => framesOf(bob.run(ms), 'ping').length;
  const greeted = (rttMs: number): Lone => {
    const bob = new Lone();
    bob.act('open');
    bob.put({ type: 'opened', conn: 1 });
    bob.now += rttMs;
    // All of the time was spent on the way there: the offset is wrong by half of it.
    bob.frame({ ...WELCOME, time: 5_000 + bob.now, calls: [connected] });
    return bob;
  };
  t.equal(pings(greeted(LIMITS.clockRttMs), WAITS.heartbeatMs - 1), 0);
  t.equal(pings(greeted(220), WAITS.heartbeatMs - 1), 1, 'what holds up one would hold up another behind it');
  const far = greeted(220);
  let count = 0;
  for (let round = 0; round < LIMITS.quickPingsMax + 2; round++) {
    const sent = pings(far, WAITS.quickPingMs);
    count += sent;
    far.now += 220;
    if (sent > 0) far.frame({ type: 'pong', at: far.now - 220, time: 5_000 + far.now - 110 });
  }
  t.equal(count, LIMITS.quickPingsMax, 'bounded where every answer is slow');
  const bob = greeted(220);
  const skewMs = (): number => bob.agent.timer(bob.now)!.elapsedMs - (5_000 + bob.now - connected.answeredAt!);
  t.equal(skewMs(), 110);
  t.equal(pings(bob, 1), 1, 'the first at once');
  bob.now += 4;
  bob.frame({ type: 'pong', at: bob.now - 4, time: 5_000 + bob.now - 2 });
  t.equal(skewMs(), 0);
  t.equal(pings(bob, WAITS.heartbeatMs - 1), 0, 'that was good enough');
  t.equal(pings(bob, 1), 1, 'the heartbeat goes on');
});

t.test('a sample that contradicts the best one takes its place', async (t) => {
  const best = betterSample(null, 1_000, 0, 10)!;
  t.strictSame(best, { offsetMs: 995, rttMs: 10 });
  t.equal(betterSample(best, 1_150, 100, 200), best, 'explained by the two round trips');
  t.strictSame(betterSample(best, 1_500, 100, 200), { offsetMs: 1_350, rttMs: 100 });
  t.equal(betterSample(best, 1_500, 200, 100), best, 'an answer from before its question is no sample');
});
