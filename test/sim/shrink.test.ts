/** A failing schedule becomes the shortest that fails in the same way, and what is printed of it replays. */
import t from 'tap';
import { SOUND_PARTS } from '../../src/sim/parts.js';
import { failureText, replayCommand, shrunkText } from '../../src/sim/report.js';
import { planOf, runPlan } from '../../src/sim/run.js';
import { type StepBody, stepText, weaker } from '../../src/sim/schedule.js';
import { type Failure, search } from '../../src/sim/search.js';
import { keptText, parseKept, planWith, type Shrunk, shrink } from '../../src/sim/shrink.js';
import { partsWithout } from '../../src/sim/switches.js';

function firstFailure(without: readonly string[]): Failure {
  for (const { failure } of search('table', 1, 600, partsWithout(SOUND_PARTS, without))) if (failure !== null) return failure;
  throw new Error(`no seed fails without ${without.join(' ')}`);
}

function shrunkOf(failure: Failure, without: readonly string[]): Shrunk {
  const steps = shrink(planOf(failure.seed), failure.violation, partsWithout(SOUND_PARTS, without));
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

for (const name of ['siblings-notified', 'persist-first', 'grace']) {
  t.test(`without ${name}: shrunk, minimal, and replayed by the printed command`, async (t) => {
    const parts = partsWithout(SOUND_PARTS, [name]);
    const failure = firstFailure([name]);
    const shrunk = shrunkOf(failure, [name]);
    const { kept } = shrunk;
    const plan = planOf(failure.seed);
    t.ok(shrunk.isMinimal);
    t.ok(kept.length < plan.steps.length / 4, `${kept.length} of ${plan.steps.length} steps`);
    for (const left of kept) {
      const without = planWith(
        plan,
        kept.filter((entry) => entry !== left),
      );
      t.not(runPlan(without, parts).violation?.invariant, failure.violation.invariant, `step ${left.index} is needed`);
    }

    const command = replayCommand(failure.seed, [name], kept);
    const [, seed, keep] = /--seed (\S+) --without \S+ --keep (\S+)$/.exec(command) ?? [];
    const replayed = planWith(planOf(seed!), parseKept(keep!)!);
    t.strictSame(runPlan(replayed, parts).violation, shrunk.violation, command);
    t.strictSame(runPlan(planOf(failure.seed), parts).violation, failure.violation, failureText(failure, [name]));
    t.match(shrunkText(failure.seed, [name], shrunk), `${kept.length} of ${plan.steps.length} steps`);
  });
}

t.setTimeout(300_000);

t.test('kept steps as text', async (t) => {
  const kept = [
    { index: 3, weakened: 0 },
    { index: 17, weakened: 2 },
  ];
  t.equal(keptText(kept), '3,17/2');
  t.strictSame(parseKept('3,17/2'), kept);
  t.strictSame(parseKept(keptText([])), []);
  for (const text of ['', '3,', 'a', '3/', '-1', '3;4']) t.equal(parseKept(text), null, text);
  t.throws(() => planWith(planOf('a:1'), [{ index: 99_999, weakened: 0 }]), RangeError);
});

t.test('every kind of step has a text and ends up as weak as it can be', async (t) => {
  const disturbance = { loss: 0.2, duplicate: 0, late: 0.1, lateMsMax: 400 };
  const bodies: StepBody[] = [
    { do: 'act', device: 'alice/phone', verb: 'call', callee: 'bob' },
    { do: 'disturbance', disturbance, forMs: 4_000 },
    { do: 'cut', device: 'alice/phone', how: 'up' },
    { do: 'refuse', device: 'alice/phone', what: 'sockets', forMs: 4_000 },
    { do: 'crash', device: 'alice/phone', announced: true, forMs: 4_000 },
    { do: 'crash', device: 'alice/phone', announced: false, forMs: null },
    { do: 'crash-server', afterEffects: 3, announced: true, forMs: 4_000 },
    { do: 'pause', device: null, forMs: 4_000 },
  ];
  for (const body of bodies) {
    t.match(stepText({ at: 1_500, ...body }), /^ {3}1\.500 s {2}(alice\/phone|server|disturbance)/);
    let times = 0;
    for (let step = weaker({ at: 0, ...body }); step !== null; step = weaker(step)) times++;
    t.ok(times < 30, `${body.do}: ${times} times`);
  }
});
