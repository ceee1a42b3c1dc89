/** For every known bug a short play in virtual time, and what is seen in it of the broken twin and of the sound one. */

import type { DefectName } from '../lab/showing.js';
import { agentDecisionsWith, replicaPolicyWith } from '../src/probe/defects/index.js';
import { type CallRecord, invite } from '../src/protocol/call.js';
import { WAITS, type Waits } from '../src/protocol/limits.js';
import { createRng } from '../src/protocol/rng.js';
import { policyWith } from '../src/server/defects/index.js';
import { Hub } from '../src/server/hub/hub.js';
import { Lone } from './client/lone.js';
import { Bench, connectedBench } from './server/hub/bench.js';
import { World } from './world.js';

export interface Twin {
  /** What is seen with these defects. */
  play(defects: readonly string[]): unknown;
  readonly broken: unknown;
  readonly sound: unknown;
}

export const A = 'alice/phone';
export const B = 'bob/phone';
const TAB = 'bob/tab';

export const TWINS: Readonly<Record<DefectName, Twin>> = {
  'drop-answer': views(answered, ['ringing', 'connected'], ['connected', 'connected']),
  'answer-to-wrong-device': { play: toldOfTheAnswer, broken: [B, B], sound: [A, B] },
  'drop-reject': views((defects) => acted(defects, B, 'reject'), ['ringing', 'ended(rejected)'], both('ended(rejected)')),
  'drop-end': views((defects) => then(answered(defects), B, 'hang up'), ['connected', 'ended(hangup)'], both('ended(hangup)')),
  'no-replay-after-reconnect': views(answeredWhileAway, ['ringing', 'connected'], both('connected')),
  'call-id-rewritten': {
    play: (defects) => {
      const world = answered(defects);
      return world.agent(A).shown.call === world.agent(B).shown.call;
    },
    broken: false,
    sound: true,
  },
  'field-stripped': {
    play: (defects) => {
      const world = answered(defects);
      return [world.view(A), world.effects(A, 'violation').some(({ code }) => code === 'bad-frame')];
    },
    broken: ['ringing', true],
    sound: ['connected', false],
  },
  'answer-before-ringing': {
    play: (defects) => answered(defects).story(A),
    broken: ['inviting', 'connected', 'ringing'],
    sound: ['inviting', 'ringing', 'connected'],
  },
  'duplicate-answer': {
    play: (defects) => {
      const world = then(answered(defects), B, 'accept');
      const { call } = world.agent(B).shown;
      return world.record(call, 'bob')?.version;
    },
    broken: 4,
    sound: 3,
  },
  'slow-answer': { play: (defects) => secondsUntilConnected(defects), broken: 7, sound: 0 },
  'stale-busy': views(
    (defects) => then(then(answered(defects), A, 'hang up'), A, 'call', 'bob'),
    both('ended(busy)'),
    both('ringing'),
  ),
  'siblings-not-told': {
    play: (defects) => answered(defects, TAB).view(TAB),
    broken: 'ringing',
    sound: 'ended(answered-elsewhere)',
  },
  'accept-after-cancel': views(acceptedTooLate, both('connected'), both('ended(cancelled)')),
  'rings-for-ever': views(
    (defects) => ringing(defects, [], { ringMs: 1_000 }).run(5_000),
    both('ringing'),
    both('ended(missed)'),
  ),
  'ring-timer-leak': views(
    (defects) => then(ringing(defects, [], { ringMs: 3_000 }), B, 'accept').run(5_000),
    both('ended(missed)'),
    both('connected'),
  ),
  'refused-cancel': views((defects) => acted(defects, A, 'cancel'), both('ringing'), both('ended(cancelled)')),
  'glare-refused': views(glare, both('ringing'), both('connected')),
  'swapped-sdp': { play: (defects) => signalled(defects)('description'), broken: ['offer of alice'], sound: ['answer of bob'] },
  'candidates-dropped': { play: (defects) => signalled(defects)('candidate'), broken: [], sound: ['candidate of bob'] },
  'stale-socket-wins': { play: (defects) => toldOfTheEndOver(defects, false), broken: ['old'], sound: ['new'] },
  'late-disconnect': { play: (defects) => toldOfTheEndOver(defects, true), broken: [], sound: ['new'] },
  'lost-memory-on-restart': { play: phaseAfterRestart, broken: null, sound: 'ringing' },
  'never-resends': views((defects) => answeredOverDeadWire(defects, A, 'down'), ['ringing', 'connected'], both('connected')),
  'ignore-answered': views(answered, ['ringing', 'connected'], both('connected')),
  'ignore-cancel': views((defects) => acted(defects, A, 'cancel'), ['ended(cancelled)', 'ringing'], both('ended(cancelled)')),
  'sibling-rings-on': {
    play: (defects) => answered(defects, TAB).view(TAB),
    broken: 'ringing',
    sound: 'ended(answered-elsewhere)',
  },
  'never-emits': { play: (defects) => commandsOf(answered(defects), B), broken: ['ring'], sound: ['ring', 'accept'] },
  'hang-up-unsent': {
    play: (defects) => commandsOf(then(answered(defects), A, 'hang up'), A),
    broken: ['invite'],
    sound: ['invite', 'hangup'],
  },
  'writes-once': views((defects) => answeredOverDeadWire(defects, B, 'up'), both('ringing'), both('connected')),
  'no-dedupe': { play: (defects) => lone(defects, [1, 2, 3, 3]).applied, broken: [1, 2, 3, 3], sound: [1, 2, 3] },
  'last-write-wins': {
    play: (defects) => lone(defects, [1, 3, 2]),
    broken: { applied: [1, 3, 2], view: 'ringing' },
    sound: { applied: [1, 2, 3], view: 'connected' },
  },
  'torn-ui': { play: shownAndRunning, broken: ['ringing', true], sound: ['connected', true] },
  'late-render': { play: (defects) => secondsUntilConnected(defects), broken: 7, sound: 0 },
  'timer-from-invite': { play: aheadOfTheAnswer, broken: true, sound: false },
  'timer-from-wall-clock': { play: timerOfClockSetBack, broken: -85_000, sound: 5_000 },
  'answers-recvonly': { play: takenForOffered, broken: ['v=0\r\na=sendonly\r\n'], sound: ['v=0\r\na=sendrecv\r\n'] },
};

function both(view: string): string[] {
  return [view, view];
}

function views(play: (defects: readonly string[]) => World, broken: string[], sound: string[]): Twin {
  return { play: (defects) => play(defects).views(A, B), broken, sound };
}

function opened(defects: readonly string[], others: readonly string[], waits: Partial<Waits>, media = false): World {
  const world = new World({ policy: policyWith(defects), waits });
  const device = { policy: replicaPolicyWith(defects), decisions: agentDecisionsWith(defects), media };
  for (const name of [A, B, ...others]) world.add(name, device);
  return world.open(A, B, ...others);
}

/** alice calls, a second passes. */
export function ringing(defects: readonly string[], others: readonly string[] = [], waits: Partial<Waits> = {}): World {
  return then(opened(defects, others, waits), A, 'call', 'bob');
}

/** bob answers, 20 s pass. */
export function answered(defects: readonly string[], ...others: string[]): World {
  return then(ringing(defects, others), B, 'accept').run(19_000);
}

function acted(defects: readonly string[], name: string, verb: Parameters<World['act']>[1]): World {
  return then(ringing(defects), name, verb).run(4_000);
}

function then(world: World, name: string, verb: Parameters<World['act']>[1], callee?: string): World {
  world.act(name, verb, callee);
  return world.run(1_000);
}

function toldOfTheAnswer(defects: readonly string[]): string[] {
  return answered(defects)
    .hubEffects('transmit')
    .filter(({ frame }) => frame.type === 'event' && frame.record.phase === 'connected')
    .map(({ device }) => `${device?.user}/${device?.device}`);
}

function answeredWhileAway(defects: readonly string[]): World {
  const world = then(ringing(defects), A, 'go offline');
  return then(then(world, B, 'accept'), A, 'come back').run(3_000);
}

function acceptedTooLate(defects: readonly string[]): World {
  const world = ringing(defects);
  world.act(A, 'cancel');
  return then(world.run(5), B, 'accept');
}

function glare(defects: readonly string[]): World {
  const world = opened(defects, [], {});
  world.act(A, 'call', 'bob');
  return then(world, B, 'call', 'alice');
}

function secondsUntilConnected(defects: readonly string[]): number {
  const world = ringing(defects);
  world.act(B, 'accept');
  const startedAt = world.now;
  world.until(() => world.view(A) === 'connected', 20_000);
  return Math.floor((world.now - startedAt) / 1_000);
}

/** The wire between `name` and the server is dead in one direction when bob answers, until somebody finds out. */
function answeredOverDeadWire(defects: readonly string[], name: string, direction: 'up' | 'down'): World {
  const world = ringing(defects);
  world.cut(name, direction);
  return then(world, B, 'accept').run(20_000);
}

function commandsOf(world: World, name: string): string[] {
  return world.effects(name, 'transmit').flatMap(({ frame }) => (frame.type === 'command' ? [frame.op] : []));
}

/** What alice is told of bob's media, by kind of signal. */
function signalled(defects: readonly string[]): (kind: 'description' | 'candidate') => string[] {
  const world = opened(defects, [], {}, true);
  then(world, A, 'call', 'bob');
  const call = world.agent(A).shown.call ?? '';
  world.feed(A, {
    type: 'media',
    call,
    report: { kind: 'description', at: world.now, description: { type: 'offer', sdp: 'offer of alice' } },
  });
  then(world, B, 'accept');
  world.feed(B, {
    type: 'media',
    call,
    report: { kind: 'description', at: world.now, description: { type: 'answer', sdp: 'answer of bob' } },
  });
  world.feed(B, {
    type: 'media',
    call,
    report: { kind: 'candidate', at: world.now, candidate: { candidate: 'candidate of bob', sdpMid: '0' } },
  });
  world.run(1_000);
  const told = world
    .hubEffects('transmit')
    .flatMap(({ device, frame }) => (device?.user === 'alice' && frame.type === 'signal' ? [frame] : []));
  return (kind) => told.filter((frame) => frame.kind === kind).map(({ data }) => ('sdp' in data ? data.sdp : data.candidate));
}

/** What the media of bob is told that alice has offered. */
function takenForOffered(defects: readonly string[]): string[] {
  const world = opened(defects, [], {}, true);
  then(world, A, 'call', 'bob');
  const call = world.agent(A).shown.call ?? '';
  const description = { type: 'offer', sdp: 'v=0\r\na=sendrecv\r\n' } as const;
  world.feed(A, { type: 'media', call, report: { kind: 'description', at: world.now, description } });
  then(world, B, 'accept').run(1_000);
  return world.effects(B, 'media').flatMap((effect) => (effect.do === 'describe' ? [effect.description.sdp] : []));
}

/** Over which of alice's two connections she is told that bob hung up, after the older one ended or not. */
function toldOfTheEndOver(defects: readonly string[], oldEnds: boolean): string[] {
  const bench = connectedBench({}, policyWith(defects));
  const session = bench.sent('alice', 'welcome').at(-1)?.session ?? '';
  bench.open('alice-new');
  bench.hello('alice-new', 'alice', 'phone', { session, ack: 9 });
  if (oldEnds) bench.put({ type: 'closed', conn: 'alice' });
  bench.command('bob', 'hangup', 'c-1');
  const told = (conn: string): boolean => bench.sent(conn, 'event').some(({ record }) => record.phase === 'ended');
  return [...(told('alice') ? ['old'] : []), ...(told('alice-new') ? ['new'] : [])];
}

/** The phase that a server has a ringing call in, after it was restarted on what its store had kept. */
function phaseAfterRestart(defects: readonly string[]): string | null {
  const before = new Bench();
  for (const user of ['alice', 'bob']) before.join(user);
  before.command('alice', 'invite', 'c-1', 'bob');
  before.command('bob', 'ring', 'c-1');
  const record = before.record('c-1');
  const hub = new Hub({ waits: WAITS, policy: policyWith(defects), rng: createRng('next life'), durable: true });
  if (record !== null) hub.restore([{ key: 'call:c-1', value: { kind: 'call', call: { record, movedBy: [] } } }], before.now);
  return hub.read('c-1', 'alice')?.phase ?? null;
}

const started = invite('c-1', { user: 'alice', device: 'phone' }, 'bob', 1_000);
const VERSIONS: readonly CallRecord[] = [
  started,
  { ...started, version: 2, phase: 'ringing', ringingAt: 1_100 },
  { ...started, version: 3, phase: 'connected', ringingAt: 1_100, answeredAt: 1_200, callee: { user: 'bob', device: 'phone' } },
];

/** What alice's device applies, and shows in the end, when versions of a call arrive in this order; each has its own number. */
function lone(defects: readonly string[], order: readonly number[]): { applied: number[]; view: string } {
  const device = new Lone(A, false, agentDecisionsWith(defects), replicaPolicyWith(defects)).online();
  for (const version of order) {
    const record = VERSIONS[version - 1] ?? started;
    device.frame({ type: 'event', seq: version, record, cause: { move: 'invite', by: null, command: null } });
  }
  const applied = device.effects.flatMap((effect) => (effect.type === 'record' ? [effect.record.version] : []));
  return { applied, view: device.view };
}

function shownAndRunning(defects: readonly string[]): [string, boolean] {
  const world = answered(defects);
  return [world.view(A), world.agent(A).timer(world.now) !== null];
}

function aheadOfTheAnswer(defects: readonly string[]): boolean {
  const world = answered(defects);
  const { call, view } = world.agent(A).shown;
  return (view.timerStartedAt ?? Infinity) < (world.record(call, 'alice')?.answeredAt ?? 0);
}

/** What a timer reads five seconds after the answer, on a device whose wall clock was set back by 90 s. */
function timerOfClockSetBack(defects: readonly string[]): number {
  const clock = { offsetMs: 999_000, rttMs: 2 };
  return agentDecisionsWith(defects).elapsedMs({ startedAt: 1_000_000, now: 6_000, wall: 1_005_000 - 90_000, clock });
}
