/** The media of a call at each device: prepared early, told late, only between the two devices that talk, closed at the end. */
import t from 'tap';
import type { AgentEffect } from '../../src/client/io.js';
import { MediaTrack } from '../../src/client/media-track.js';
import { MediaTracks } from '../../src/client/media-tracks.js';
import type { MediaReport } from '../../src/client/ports.js';
import { applyMove, invite } from '../../src/protocol/call.js';
import type { MediaStats } from '../../src/protocol/media.js';
import { World } from '../world.js';

const A = 'alice/phone';
const B = 'bob/phone';
const TAB = 'bob/tab';
const offer = { type: 'offer', sdp: 'v=0 offer' } as const;
const answer = { type: 'answer', sdp: 'v=0 answer' } as const;
const candidate = (name: string) => ({ candidate: `candidate:${name}`, sdpMid: '0' });
const stats: MediaStats = {
  packetsSent: 1,
  packetsReceived: 1,
  packetsLost: 0,
  duplicates: 0,
  reordered: 0,
  jitterMs: 0,
  delayMsP50: null,
  delayMsMax: null,
};

function mediaWorld(): World {
  const world = new World();
  for (const name of [A, B, TAB]) world.add(name, { media: true });
  return world.open(A, B, TAB);
}

/** What a device asked of its media port, as words. */
const asked = (world: World, name: string): string[] =>
  world
    .effects(name, 'media')
    .map((effect) =>
      effect.do === 'describe'
        ? `describe ${effect.description.type}`
        : effect.do === 'candidate'
          ? effect.candidate.candidate
          : effect.do,
    );

/** The signals that left a device, as words. */
const told = (world: World, name: string): string[] =>
  world.effects(name, 'transmit').flatMap(({ frame }) => {
    if (frame.type !== 'signal') return [];
    return 'sdp' in frame.data ? [frame.data.type] : [frame.data.candidate];
  });

const report = (world: World, name: string, what: MediaReport): void => {
  const call = world.effects(name, 'media')[0]!.call;
  world.feed(name, { type: 'media', call, report: what });
};

t.test('the offer is made while it rings, told when it is answered, candidates behind it in their order', async (t) => {
  const world = mediaWorld();
  world.act(A, 'call', 'bob');
  t.strictSame(asked(world, A), ['open', 'offer'], 'without waiting for the server');
  report(world, A, { kind: 'description', at: 0, description: offer });
  for (const name of ['1', '2']) report(world, A, { kind: 'candidate', at: 0, candidate: candidate(name) });
  world.run(1_000);
  t.strictSame(told(world, A), [], 'nobody is told of addresses while it only rings');
  t.strictSame([...asked(world, B), ...asked(world, TAB)], [], 'and nobody else has media');
  t.equal(world.agent(A).mediaState(world.agent(A).shown.call!), 'idle');
  world.act(B, 'accept');
  world.run(1_000);
  t.strictSame(told(world, A), ['offer', 'candidate:1', 'candidate:2']);
  t.strictSame(asked(world, B), ['open', 'describe offer', 'candidate:1', 'candidate:2']);
  t.strictSame(asked(world, TAB), [], 'only the device that answered');
  report(world, A, { kind: 'candidate', at: 0, candidate: candidate('3') });
  report(world, B, { kind: 'description', at: 0, description: answer });
  report(world, B, { kind: 'candidate', at: 0, candidate: candidate('4') });
  world.run(1_000);
  t.strictSame(told(world, A).slice(3), ['candidate:3'], 'from now on at once');
  t.strictSame(asked(world, A), ['open', 'offer', 'describe answer', 'candidate:4']);
  t.strictSame(world.hubEffects('stray'), []);
});

t.test('states follow what the port reports, and the end closes both sides', async (t) => {
  const world = mediaWorld();
  world.act(A, 'call', 'bob');
  world.run(500);
  world.act(B, 'accept');
  world.run(500);
  const { call } = world.agent(A).shown;
  const states = (name: string): string[] =>
    world.effects(name, 'media-state').map(({ event }) => `${event.state}/${event.stage}`);
  t.equal(world.agent(B).mediaState(call!), 'connecting');
  for (const stage of ['ice', 'dtls', 'rtp'] as const) {
    report(world, A, { kind: 'progress', at: 0, stage, setupStalled: stage === 'dtls' });
  }
  report(world, A, { kind: 'stalled', at: 0, stats });
  report(world, A, { kind: 'resumed', at: 0, stats });
  report(world, A, { kind: 'stats', at: 0, stats });
  t.strictSame(states(A), [
    'connecting/null',
    'connecting/ice',
    'connecting/dtls',
    'flowing/rtp',
    'stalled/rtp',
    'flowing/rtp',
    'flowing/rtp',
  ]);
  t.ok(world.effects(A, 'media-state').at(-1)?.event.setupStalled, 'a stalled set-up is remembered');
  world.act(B, 'hang up');
  world.run(500);
  t.equal(asked(world, A).at(-1), 'close');
  t.equal(asked(world, B).at(-1), 'close');
  report(world, A, { kind: 'candidate', at: 0, candidate: candidate('late') });
  t.notOk(told(world, A).includes('candidate:late'), 'nothing is told after the end');
  report(world, A, { kind: 'closed', at: 0, stats });
  t.equal(states(A).at(-1), 'idle/null');
  t.equal(world.agent(A).mediaState(call!), 'idle');
});

t.test('media is closed however the call ends before the answer', async (t) => {
  for (const end of ['cancel', 'reject'] as const) {
    const world = mediaWorld();
    world.act(A, 'call', 'bob');
    world.run(500);
    world.act(end === 'cancel' ? A : B, end);
    world.run(500);
    t.strictSame(asked(world, A), ['open', 'offer', 'close'], end);
    t.strictSame([...asked(world, B), ...asked(world, TAB)], []);
  }
});

t.test('a refused invitation closes its media; a call without media has none', async (t) => {
  const world = mediaWorld();
  world.act(A, 'call', 'alice');
  world.run(500);
  t.strictSame(asked(world, A), ['open', 'offer', 'close']);
  world.feed(A, { type: 'act', verb: 'call', callee: 'bob', media: false });
  world.run(500);
  world.act(B, 'accept');
  world.run(500);
  t.equal(world.view(A), 'connected');
  t.strictSame(asked(world, A), ['open', 'offer', 'close']);
});

t.test('a crash closes the media; its last figures still count', async (t) => {
  const world = mediaWorld();
  world.act(A, 'call', 'bob');
  world.run(500);
  world.act(B, 'accept');
  world.run(500);
  report(world, B, { kind: 'progress', at: 0, stage: 'rtp', setupStalled: false });
  world.act(B, 'crash');
  t.equal(asked(world, B).at(-1), 'close');
  report(world, B, { kind: 'progress', at: 0, stage: 'rtp', setupStalled: false });
  report(world, B, { kind: 'closed', at: 0, stats });
  t.strictSame(
    world.effects(B, 'media-state').map(({ event }) => event.state),
    ['connecting', 'flowing', 'idle'],
    'nothing flows in the trace when nothing flows',
  );
});

t.test('a track by itself: prepared once, closed once, silent when it was never opened', async (t) => {
  const caller = { user: 'alice', device: 'phone' };
  const record = invite('c-1', caller, 'bob', 0);
  const bob = { user: 'bob', device: 'phone' };
  const connected = applyMove(record, 'accept', bob, 1).record;
  const ended = applyMove(connected, 'hangup', bob, 2).record;
  const does = (effects: readonly AgentEffect[]): string[] =>
    effects.flatMap((effect) => (effect.type === 'media' ? [effect.do] : []));
  const track = new MediaTrack('c-1', 'caller');
  t.strictSame(does(track.prepare().effects), ['open', 'offer']);
  t.strictSame(does(track.prepare().effects), []);
  t.strictSame(does(track.follow(connected, caller).effects), [], 'it is open already');
  t.strictSame(track.follow(connected, caller).effects, [], 'the same record again');
  t.strictSame(does(track.follow(ended, caller).effects), ['close']);
  t.strictSame(does(track.close().effects), []);
  t.strictSame(track.signal({ data: answer }).effects, [], 'a signal after the end asks nothing of the port');
  const sibling = new MediaTrack('c-1', 'callee');
  t.strictSame(sibling.follow(connected, { user: 'bob', device: 'tab' }), { effects: [], signals: [] });
  t.strictSame(sibling.signal({ data: offer }).effects, []);
});

t.test('the media of a device remember nothing of a call that is over', async (t) => {
  const caller = { user: 'alice', device: 'phone' };
  const bob = { user: 'bob', device: 'phone' };
  const record = invite('c-1', caller, 'bob', 0);
  const connected = applyMove(record, 'accept', bob, 1).record;
  const ended = applyMove(connected, 'hangup', bob, 2).record;
  const lives = [
    ['the caller', caller, true],
    ['the caller, without media', caller, false],
    ['who answered', bob, null],
    ['a sibling of who answered', { user: 'bob', device: 'tab' }, null],
  ] as const;
  for (const [who, device, media] of lives) {
    const tracks = new MediaTracks(true);
    if (media !== null) tracks.begin('c-1', media);
    const asked = [connected, ended].flatMap((version) => tracks.follow(version, device).effects);
    if (asked.some((effect) => effect.type === 'media' && effect.do === 'close'))
      tracks.report('c-1', { kind: 'closed', at: 3, stats });
    t.equal(tracks.size, 0, who);
  }
});
