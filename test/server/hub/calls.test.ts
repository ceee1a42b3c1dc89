/** Calls through the whole stack in virtual time: what every device shows, what the hub holds, and that nothing is left behind. */
import t, { type Test } from 'tap';
import { WAITS } from '../../../src/protocol/limits.js';
import { World } from '../../world.js';

const A = 'alice/phone';
const B = 'bob/phone';
const TAB = 'bob/tab';
const C = 'carol/phone';

const online = (...names: string[]): World => new World().open(...names);

/** alice calls bob and it rings. */
function ringing(world: World): World {
  world.act(A, 'call', 'bob');
  if (!world.until(() => world.view(A) === 'ringing' && world.view(B) === 'ringing', 1_000)) throw new Error('it does not ring');
  return world.run(50);
}

function connected(world: World): World {
  ringing(world).act(B, 'accept');
  if (!world.until(() => world.view(A) === 'connected' && world.view(B) === 'connected', 1_000)) throw new Error('no answer');
  return world;
}

/** Nothing is busy, and when all have gone, no deadline but those of ended calls is left, and then none at all. */
function nothingIsLeft(t: Test, world: World): void {
  t.match(world.hub.census(), { liveCalls: 0, busyUsers: 0 }, 'nobody is busy');
  t.ok(
    world.names.every((name) => world.agent(name).isQuiet),
    'nothing is under way',
  );
  for (const name of world.names) world.act(name, 'go offline');
  world.run(WAITS.graceMs + 1_000);
  t.strictSame(world.hub.census(), { connections: 0, sessions: 0, liveCalls: 0, busyUsers: 0 });
  const last = Math.max(0, ...world.hubEffects('changed').map(({ record }) => record.endedAt ?? 0));
  const left = world.hub.deadline();
  t.ok(left === null || left <= last + WAITS.endedMs, 'only ended calls wait to be forgotten');
  world.run(WAITS.endedMs + 1_000);
  t.equal(world.hub.deadline(), null, 'and then nothing does');
  for (const name of world.names) t.equal(world.agent(name).deadline(), null, `${name} waits for nothing`);
}

t.test('accept and hang up: the stories of both sides', async (t) => {
  for (const who of [A, B]) {
    const world = connected(online(A, B));
    world.act(who, 'hang up');
    world.run(500);
    t.strictSame(world.story(A), ['inviting', 'ringing', 'connected', 'ended(hangup)']);
    t.strictSame(world.story(B), ['inviting', 'ringing', 'connected', 'ended(hangup)']);
    t.match(world.record(world.agent(A).shown.call, 'alice'), { version: 4, endedBy: { user: who.split('/')[0] } });
    nothingIsLeft(t, world);
  }
});

t.test('decline, cancel, and both in either order', async (t) => {
  const cases = [
    [[[B, 'reject']], 'ended(rejected)'],
    [[[A, 'cancel']], 'ended(cancelled)'],
    [
      [
        [B, 'reject'],
        [A, 'cancel'],
      ],
      'ended(rejected)',
    ],
    [
      [
        [A, 'cancel'],
        [B, 'reject'],
      ],
      'ended(cancelled)',
    ],
    [
      [
        [A, 'cancel'],
        [B, 'accept'],
      ],
      'ended(cancelled)',
    ],
    [
      [
        [B, 'accept'],
        [A, 'cancel'],
      ],
      'connected',
    ],
  ] as const;
  for (const [acts, outcome] of cases) {
    const world = ringing(online(A, B));
    for (const [who, verb] of acts) world.act(who, verb);
    world.run(500);
    for (const who of [A, B]) t.strictSame(world.story(who), ['inviting', 'ringing', outcome], `${who}: ${acts}`);
    if (outcome === 'connected') world.act(A, 'hang up');
    world.run(500);
    nothingIsLeft(t, world);
  }
});

t.test('missed after ringMs, not before; answered at the last moment stays answered', async (t) => {
  const world = ringing(online(A, B));
  const { ringingAt } = world.record(world.agent(A).shown.call, 'alice')!;
  world.run(ringingAt! + WAITS.ringMs - world.serverTime - 1);
  t.strictSame(world.views(A, B), ['ringing', 'ringing']);
  world.run(100);
  t.strictSame(world.views(A, B), ['ended(missed)', 'ended(missed)']);
  t.equal(world.record(world.agent(A).shown.call, 'alice')?.endedAt, ringingAt! + WAITS.ringMs);
  nothingIsLeft(t, world);
  const late = ringing(online(A, B));
  late.run(WAITS.ringMs - 200);
  late.act(B, 'accept');
  late.run(2 * WAITS.ringMs);
  t.strictSame(late.views(A, B), ['connected', 'connected']);
});

t.test('unreachable: at once when nobody is there, after inviteMs when nobody rings', async (t) => {
  const empty = online(A);
  empty.act(A, 'call', 'bob');
  empty.run(100);
  t.strictSame(empty.story(A), ['inviting', 'ended(unreachable)']);
  nothingIsLeft(t, empty);
  const away = online(A, B);
  away.act(B, 'go offline');
  away.run(100);
  away.act(A, 'call', 'bob');
  away.run(WAITS.inviteMs - 100);
  t.equal(away.view(A), 'inviting', 'a device that may come back is waited for');
  away.run(200);
  t.equal(away.view(A), 'ended(unreachable)');
  nothingIsLeft(t, away);
});

t.test('a device that comes back in time rings', async (t) => {
  const world = online(A, B);
  world.act(B, 'go offline');
  world.run(100);
  world.act(A, 'call', 'bob');
  world.run(WAITS.inviteMs / 2);
  world.act(B, 'come back');
  world.run(500);
  t.strictSame(world.views(A, B), ['ringing', 'ringing']);
});

t.test('busy: the third caller ends, the call that is up does not notice', async (t) => {
  for (const [callee, shownBefore] of [
    ['bob', 'connected'],
    ['alice', 'connected'],
  ] as const) {
    const world = connected(online(A, B, C));
    const before = world.record(world.agent(A).shown.call, 'alice');
    const stories = [world.story(A), world.story(B)];
    world.act(C, 'call', callee);
    world.run(500);
    t.equal(world.view(C), 'ended(busy)');
    t.strictSame(world.views(A, B), [shownBefore, shownBefore]);
    t.strictSame([world.story(A), world.story(B)], stories, 'not even for a moment');
    t.strictSame(world.record(before!.id, 'alice'), before);
    t.strictSame(world.hub.busyUsers(), ['alice', 'bob']);
    world.act(B, 'hang up');
    world.run(500);
    nothingIsLeft(t, world);
  }
});

t.test('busy while it rings, and free again afterwards', async (t) => {
  const world = ringing(online(A, B, C));
  world.act(C, 'call', 'bob');
  world.run(500);
  t.strictSame(world.views(A, B, C), ['ringing', 'ringing', 'ended(busy)']);
  world.act(A, 'cancel');
  world.run(500);
  world.act(C, 'call', 'bob');
  world.run(500);
  t.strictSame(world.views(A, B, C), ['ended(cancelled)', 'ringing', 'ringing']);
});

t.test('a caller who has a call cannot start a second one', async (t) => {
  const world = connected(online(A, B, C));
  world.act(A, 'call', 'carol');
  world.run(500);
  t.match(world.hubEffects('refused'), [{ op: 'invite', why: 'own-line-busy' }]);
  t.strictSame(world.views(A, B, C), ['connected', 'connected', 'idle']);
});

t.test('glare: whoever is first, one call, connected, and no trace of the other', async (t) => {
  for (const [first, second, delay] of [
    [A, B, 0],
    [B, A, 0],
    [A, B, 5],
    [B, A, 9],
  ] as const) {
    const world = online(A, B);
    world.act(first, 'call', second.split('/')[0]);
    world.run(delay);
    world.act(second, 'call', first.split('/')[0]);
    world.run(500);
    t.strictSame(world.views(A, B), ['connected', 'connected'], `${first} first, ${delay} ms apart`);
    t.equal(world.agent(A).shown.call, world.agent(B).shown.call);
    t.equal(new Set(world.hubEffects('changed').map(({ record }) => record.id)).size, 1, 'the second never existed');
    t.match(world.record(world.agent(A).shown.call, 'alice')?.caller, { user: first.split('/')[0] }, 'the earlier stands');
    t.equal(world.agent(first).shown.side, 'caller');
    t.equal(world.agent(second).shown.side, 'callee');
    world.act(second, 'hang up');
    world.run(500);
    nothingIsLeft(t, world);
  }
});

t.test('calling back the one who rings here is an answer, also from another device', async (t) => {
  for (const device of [B, TAB]) {
    const world = ringing(online(A, B, TAB));
    world.act(device, 'call', 'alice');
    world.run(500);
    t.equal(world.view(A), 'connected');
    t.equal(world.view(device), 'connected');
    t.equal(world.view(device === B ? TAB : B), 'ended(answered-elsewhere)');
  }
});

t.test('two devices: both ring, one answers, the other is told; a second answer changes nothing', async (t) => {
  const world = online(A, B, TAB);
  ringing(world);
  t.strictSame(world.views(A, B, TAB), ['ringing', 'ringing', 'ringing']);
  world.act(TAB, 'accept');
  world.act(B, 'accept');
  world.run(500);
  t.strictSame(world.views(A, B, TAB), ['connected', 'ended(answered-elsewhere)', 'connected']);
  t.match(world.hubEffects('refused'), [{ op: 'accept', why: 'answered-elsewhere', device: { device: 'phone' } }]);
  world.act(B, 'hang up');
  world.run(500);
  t.equal(world.view(A), 'connected', 'the other device cannot end it');
  world.act(TAB, 'hang up');
  world.run(500);
  t.strictSame(world.views(A, B, TAB), ['ended(hangup)', 'ended(answered-elsewhere)', 'ended(hangup)']);
  nothingIsLeft(t, world);
});

t.test('two devices: one declines for both', async (t) => {
  const world = ringing(online(A, B, TAB));
  world.act(TAB, 'reject');
  world.run(500);
  t.strictSame(world.views(A, B, TAB), ['ended(rejected)', 'ended(rejected-elsewhere)', 'ended(rejected)']);
  nothingIsLeft(t, world);
});

t.test('a double accept and a double hang-up are one', async (t) => {
  const world = ringing(online(A, B));
  world.act(B, 'accept');
  world.act(B, 'accept');
  world.run(500);
  t.strictSame(world.hubEffects('refused'), []);
  world.act(A, 'hang up');
  world.act(B, 'hang up');
  world.act(A, 'hang up');
  world.run(500);
  t.strictSame(world.views(A, B), ['ended(hangup)', 'ended(hangup)']);
  t.equal(world.hubEffects('changed').length, 4);
  nothingIsLeft(t, world);
});

t.test('the same two can call again at once, in either direction', async (t) => {
  const world = connected(online(A, B));
  world.act(A, 'hang up');
  world.act(A, 'call', 'bob');
  world.run(500);
  t.strictSame(world.views(A, B), ['ringing', 'ringing']);
  world.act(B, 'accept');
  world.run(500);
  world.act(B, 'hang up');
  world.act(B, 'call', 'alice');
  world.run(500);
  t.strictSame(world.views(A, B), ['ringing', 'ringing']);
  t.equal(new Set(world.hubEffects('changed').map(({ record }) => record.id)).size, 3);
});

t.test('a device that opens in mid-call sees the call go on elsewhere; one that opens while it rings rings', async (t) => {
  const up = connected(online(A, B));
  up.open(TAB, 'alice/tab');
  up.run(500);
  t.strictSame(up.views(TAB, 'alice/tab'), ['ended(answered-elsewhere)', 'idle']);
  const rings = ringing(online(A, B));
  rings.open(TAB);
  rings.run(500);
  t.equal(rings.view(TAB), 'ringing');
  rings.act(TAB, 'accept');
  rings.run(500);
  t.strictSame(rings.views(A, B, TAB), ['connected', 'ended(answered-elsewhere)', 'connected']);
});

t.test('a side that vanishes without a word: silence, grace, and the other side is told', async (t) => {
  for (const [gone, stays, phase] of [
    [A, B, 'connected'],
    [B, A, 'connected'],
    [A, B, 'ringing'],
    [B, A, 'ringing'],
  ] as const) {
    const world = (phase === 'connected' ? connected : ringing)(online(A, B));
    world.cut(gone, 'dead');
    world.refuse(gone, true);
    const heard = world.now;
    world.run(WAITS.silentMs - WAITS.heartbeatMs);
    t.equal(world.view(stays), phase, 'not given up too early');
    t.ok(
      world.until(() => world.view(stays) === 'ended(peer-lost)', WAITS.silentMs + WAITS.graceMs),
      `${gone} gone while ${phase}`,
    );
    t.ok(world.now <= heard + WAITS.silentMs + WAITS.graceMs + 100);
    t.match(world.hub.census(), { liveCalls: 0, busyUsers: 0 });
    world.heal();
    world.run(6_000);
    t.equal(world.view(gone), 'ended(peer-lost)', 'who comes back later sees the same');
    nothingIsLeft(t, world);
  }
});

t.test('half-open in one direction: found out, reconnected, and the call goes on', async (t) => {
  for (const direction of ['up', 'down'] as const) {
    for (const who of [A, B]) {
      const world = connected(online(A, B));
      world.cut(who, direction);
      world.run(WAITS.silentMs + 2_000);
      t.strictSame(world.views(A, B), ['connected', 'connected'], `${who} ${direction}`);
      t.equal(world.agent(who).presence, 'online');
      world.act(A, 'hang up');
      world.run(500);
      t.strictSame(world.views(A, B), ['ended(hangup)', 'ended(hangup)']);
      nothingIsLeft(t, world);
    }
  }
});

t.test('ended calls are read for endedMs by their users, and then forgotten', async (t) => {
  const world = connected(online(A, B));
  const id = world.agent(A).shown.call;
  world.act(A, 'hang up');
  world.run(500);
  t.match(world.record(id, 'bob'), { phase: 'ended' });
  t.equal(world.record(id, 'carol'), null, 'strangers read nothing');
  t.equal(world.record('no-such', 'bob'), null);
  world.run(WAITS.endedMs - 1_000);
  t.match(world.record(id, 'alice'), { phase: 'ended' });
  world.run(1_000);
  t.equal(world.record(id, 'alice'), null);
  t.equal(world.view(A), 'ended(hangup)', 'the device still shows how its last call ended');
});
