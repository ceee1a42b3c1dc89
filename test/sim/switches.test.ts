/** Every hardening that is taken away is found out: the broken twins of the whole system. */
import t from 'tap';
import { SOUND_PARTS } from '../../src/sim/parts.js';
import { type Failure, search } from '../../src/sim/search.js';
import { partsWithout, SWITCHES } from '../../src/sim/switches.js';

const SEEDS_MAX = 300;

t.setTimeout(300_000);

t.test('switches have names of their own', async (t) => {
  t.equal(new Set(SWITCHES.map(({ name }) => name)).size, SWITCHES.length);
  t.ok(SWITCHES.length >= 12);
  t.throws(() => partsWithout(SOUND_PARTS, ['umbrella']), /no switch umbrella; known are dedupe/);
});

for (const { name } of SWITCHES) {
  t.test(`without ${name} a seed fails`, async (t) => {
    let failure: Failure | null = null;
    for (const run of search('table', 1, SEEDS_MAX, partsWithout(SOUND_PARTS, [name]))) failure = run.failure;
    t.not(failure, null, `within ${SEEDS_MAX} seeds`);
    if (failure === null) return;
    t.comment(`${failure.seed}: ${failure.violation.invariant}: ${failure.violation.message}`);
    t.not(failure.violation.invariant, 'exception', 'the machines are wrong, not broken');
    for (const sound of search('table', failure.number, failure.number, SOUND_PARTS)) {
      t.equal(sound.failure, null, 'the same seed holds with it');
    }
  });
}
