/** Broken twins: with each known bug its symptom is there, and without it is not. */
import t from 'tap';
import { SHOWS } from '../lab/showing.js';
import { agentDecisionsWith, CLIENT_DEFECTS } from '../src/probe/defects/index.js';
import { loadScenarios } from '../src/scenarios/language/load.js';
import { policyWith, SERVER_DEFECTS } from '../src/server/defects/index.js';
import { SOUND_POLICY } from '../src/server/hub/policy.js';
import { A, answered, B, TWINS } from './twins.js';

const ALL = [...SERVER_DEFECTS, ...CLIENT_DEFECTS];

t.test('the sound policies agree', async (t) => {
  t.strictSame(answered([]).views(A, B), ['connected', 'connected']);
  t.strictSame(answered(['no-such-defect']).views(A, B), ['connected', 'connected']);
  t.strictSame(policyWith(['no-such-defect']), SOUND_POLICY);
});

for (const { name } of ALL) {
  t.test(name, async (t) => {
    const { play, broken, sound } = TWINS[name];
    t.notSame(broken, sound, 'the symptom can be told from health');
    t.strictSame(play([name]), broken, 'with it');
    t.strictSame(play([]), sound, 'without it');
  });
}

t.test('each says what goes wrong, where it was seen, and what shows it', async (t) => {
  for (const { name, doc, seenIn } of ALL) {
    t.ok(doc.length > 20 && doc.endsWith('.'), `${name}: a sentence`);
    t.match(seenIn, /^[\w.-]+\/[\w.-]+ #\d+$/, `${name}: a repository and a number`);
  }
});

for (const name of ['drop-answer', 'answer-to-wrong-device', 'ignore-answered'] as const) {
  t.test(`${name}: whatever other devices there are, only the answer is hurt`, async (t) => {
    for (const others of [['bob/tab'], ['alice/tab']]) {
      const world = answered([name], ...others);
      t.strictSame(world.views(A, B), ['ringing', 'connected'], `with ${others}`);
      t.equal(world.record(world.agent(A).shown.call, 'alice')?.phase, 'connected', 'and the server knows better');
      world.act(B, 'hang up');
      world.run(1_000);
      t.strictSame(world.views(A, B), ['ended(hangup)', 'ended(hangup)']);
    }
  });
}

t.test('timer-from-wall-clock: nobody notices as long as the clock is right', async (t) => {
  const reading = { startedAt: 1_000_000, now: 6_000, wall: 1_005_000, clock: { offsetMs: 999_000, rttMs: 2 } };
  for (const names of [[], ['timer-from-wall-clock']]) t.equal(agentDecisionsWith(names).elapsedMs(reading), 5_000);
});

t.test('each is shown by a built-in scenario, which has the tag of those', async (t) => {
  const { scenarios } = loadScenarios(['scenarios']);
  const tagged = scenarios.filter(({ tags }) => tags.includes('defects')).map(({ file }) => file);
  const shown = [...new Set(Object.values(SHOWS).map(({ scenario }) => `scenarios/${scenario}.yaml`))];
  t.strictSame([...tagged].sort(), shown.sort());
});

t.test('names of defects are unique over both sides, and all have their expectation', async (t) => {
  const names = ALL.map(({ name }) => name);
  t.equal(new Set(names).size, names.length);
  t.strictSame([...names].sort(), Object.keys(SHOWS).sort());
  t.ok(names.length >= 22);
});
