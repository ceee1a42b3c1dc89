/** Broken twins: with each known bug caller and callee disagree after an answer, without it they do not. */
import t from 'tap';
import { agentDecisionsWith, CLIENT_DEFECTS, replicaPolicyWith } from '../src/probe/defects/index.js';
import { policyWith, SERVER_DEFECTS } from '../src/server/defects/index.js';
import { World } from './world.js';

const A = 'alice/phone';
const B = 'bob/phone';

/** alice calls, bob answers, 20 s pass. */
function answered(defects: readonly string[], ...others: string[]): World {
  const world = new World({ policy: policyWith(defects) });
  for (const name of [A, B, ...others]) world.add(name, { policy: replicaPolicyWith(defects) });
  world.open(A, B, ...others);
  world.act(A, 'call', 'bob');
  world.run(1_000);
  world.act(B, 'accept');
  return world.run(20_000);
}

t.test('the sound policies agree', async (t) => {
  t.strictSame(answered([]).views(A, B), ['connected', 'connected']);
  t.strictSame(answered(['no-such-defect']).views(A, B), ['connected', 'connected']);
});

const ALL = [...SERVER_DEFECTS, ...CLIENT_DEFECTS];
const LOSE_THE_ANSWER = ['drop-answer', 'answer-to-wrong-device', 'ignore-answered'];

t.test('a sentence says what goes wrong with each', async (t) => {
  for (const { name, doc } of ALL) t.ok(doc.length > 20 && doc.endsWith('.'), name);
});

for (const { name, side } of ALL.filter((defect) => LOSE_THE_ANSWER.includes(defect.name))) {
  t.test(`${name}: the caller goes on ringing while the callee is connected`, async (t) => {
    for (const others of [[], ['bob/tab'], ['alice/tab']]) {
      const world = answered([name], ...others);
      t.strictSame(world.views(A, B), ['ringing', 'connected'], `with ${others}`);
      t.equal(world.record(world.agent(A).shown.call, 'alice')?.phase, 'connected', 'and the server knows better');
      const events = world
        .hubEffects('transmit')
        .filter(({ frame }) => frame.type === 'event' && frame.record.phase === 'connected');
      t.equal(
        events.some(({ device }) => device?.user === 'alice' && device.device === 'phone'),
        side === 'client',
        'the answer reaches the caller only where it is his client that fails',
      );
      world.act(B, 'hang up');
      world.run(1_000);
      t.strictSame(world.views(A, B), ['ended(hangup)', 'ended(hangup)'], 'only the answer is hurt');
    }
  });
}

t.test('answer-to-wrong-device: another device gets the answer in place of the caller', async (t) => {
  const world = answered(['answer-to-wrong-device']);
  const told = world
    .hubEffects('transmit')
    .filter(({ frame }) => frame.type === 'event' && frame.record.phase === 'connected')
    .map(({ device }) => device?.user);
  t.ok(told.length >= 2 && told.every((user) => user === 'bob'), `${told}`);
});

t.test('timer-from-wall-clock: who sets his clock back sees another time than the other side', async (t) => {
  const startedAt = 1_000_000;
  const clock = { offsetMs: 999_000, rttMs: 2 };
  const reads = (names: readonly string[], wall: number): number =>
    agentDecisionsWith(names).elapsedMs({ startedAt, now: 6_000, wall, clock });
  t.equal(reads([], 1_005_000), 5_000);
  t.equal(reads([], 1_005_000 - 90_000), 5_000, 'the sound client does not look at the wall clock');
  t.equal(reads(['timer-from-wall-clock'], 1_005_000), 5_000, 'nobody notices as long as the clock is right');
  t.equal(reads(['timer-from-wall-clock'], 1_005_000 - 90_000), -85_000);
});

t.test('names of defects are unique over both sides', async (t) => {
  const names = [...SERVER_DEFECTS, ...CLIENT_DEFECTS].map(({ name }) => name);
  t.equal(new Set(names).size, names.length);
});
