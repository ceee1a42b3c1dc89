/** How a diagnosis of a known bug is scored: by cause and hop, with nothing forgiven. */
import t from 'tap';
import { type ConfusionRun, expectedOf, outcomeOf, scoreOf, shareOf } from '../../lab/confusion.js';
import { SHOWS } from '../../lab/showing.js';
import { variantOf } from '../../lab/variant.js';

const expected = { code: 'not-forwarded', hop: 'server' } as const;
const wrong = { code: 'dropped-in-transit', hop: 'alice/phone.signaling' } as const;
const own = { code: 'probe-fault', hop: 'probe' } as const;

function run(change: Partial<ConfusionRun> = {}): ConfusionRun {
  const base = { scenario: 'answer-in-time', network: 'none', seed: 's-1', attempts: 1 };
  return { ...base, defect: 'drop-answer', status: 'failed', expected, got: expected, ...change };
}
const sound = (change: Partial<ConfusionRun> = {}): ConfusionRun =>
  run({ defect: null, status: 'passed', expected: null, got: null, ...change });

t.test('with a bug', async (t) => {
  t.equal(outcomeOf(run()), 'right');
  t.equal(outcomeOf(run({ got: { ...expected, hop: 'alice/phone' } })), 'wrong-hop');
  t.equal(outcomeOf(run({ got: wrong })), 'wrong-cause');
  t.equal(outcomeOf(run({ got: null })), 'undiagnosed');
  t.equal(outcomeOf(run({ status: 'passed', got: null })), 'unnoticed');
  t.equal(outcomeOf(run({ status: 'passed' })), 'unnoticed', 'a diagnosis that nobody would have seen does not count');
  t.equal(outcomeOf(run({ status: 'unknown', got: own })), 'inconclusive');
  t.equal(outcomeOf(run({ status: 'skipped', got: null })), 'inconclusive');
});

t.test('without one', async (t) => {
  t.equal(outcomeOf(sound()), 'healthy');
  t.equal(outcomeOf(sound({ got: wrong })), 'false-alarm', 'also where the run passed');
  t.equal(outcomeOf(sound({ status: 'failed', got: wrong })), 'false-alarm');
  t.equal(outcomeOf(sound({ status: 'failed' })), 'failed');
  t.equal(outcomeOf(sound({ status: 'unknown', got: own })), 'inconclusive');
});

t.test('the sums: what is inconclusive counts against the share', async (t) => {
  const runs = [run(), run({ got: wrong }), run({ status: 'unknown', got: own, attempts: 3 }), sound(), sound({ got: wrong })];
  const score = scoreOf(runs);
  t.strictSame(score, { runs: 3, right: 1, healthy: 2, falseAlarms: 1, failed: 0, inconclusive: 1, again: 1 });
  t.equal(shareOf(score), 1 / 3);
  t.equal(shareOf(scoreOf([sound()])), 1);
});

t.test('places are those of the scenario that shows the bug', async (t) => {
  const hops = (name: keyof typeof SHOWS): string =>
    expectedOf(name, variantOf(`scenarios/${SHOWS[name].scenario}.yaml`, { network: null, media: true })).hop;
  t.equal(hops('drop-answer'), 'server');
  t.equal(hops('ignore-answered'), 'alice/phone');
  t.equal(hops('never-emits'), 'bob/phone');
  t.equal(hops('sibling-rings-on'), 'bob/laptop');
  t.equal(hops('never-resends'), 'alice/phone.signaling');
  t.equal(hops('writes-once'), 'bob/phone.signaling');
  for (const name of Object.keys(SHOWS) as (keyof typeof SHOWS)[]) t.notMatch(hops(name), /(^|\/)(\.|$)/, name);
});
