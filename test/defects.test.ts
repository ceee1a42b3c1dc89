/** Broken twins: with each known bug caller and callee disagree after an answer, without it they do not. */
import t from 'tap';
import { CLIENT_DEFECTS, replicaPolicyWith } from '../src/probe/defects/index.js';
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

for (const { name, side, doc } of [...SERVER_DEFECTS, ...CLIENT_DEFECTS]) {
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
    t.ok(doc.length > 20 && doc.endsWith('.'), 'a sentence says what goes wrong');
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

t.test('names of defects are unique over both sides', async (t) => {
  const names = [...SERVER_DEFECTS, ...CLIENT_DEFECTS].map(({ name }) => name);
  t.equal(new Set(names).size, names.length);
});
