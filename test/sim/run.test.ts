/** A run follows from its seed and nothing else; healthy seeds hold; what the simulator prints replays. */
import t from 'tap';
import { SOUND_PARTS } from '../../src/sim/parts.js';
import { EventQueue } from '../../src/sim/queue.js';
import { planOf, runPlan } from '../../src/sim/run.js';
import { NOTHING, plus, search } from '../../src/sim/search.js';
import { partsWithout } from '../../src/sim/switches.js';

const HEALTHY = 300;

t.setTimeout(300_000);

t.test('events come by time, then in the order of scheduling', async (t) => {
  const queue = new EventQueue();
  const order: string[] = [];
  for (const [at, name] of [
    [5, 'c'],
    [1, 'a'],
    [5, 'd'],
    [3, 'b'],
    [5, 'e'],
    [0, 'z'],
  ] as const) {
    queue.push(at, () => order.push(name));
  }
  t.equal(queue.nextAt(), 0);
  for (let event = queue.pop(); event !== null; event = queue.pop()) event.happen();
  t.strictSame(order, ['z', 'a', 'b', 'c', 'd', 'e']);
  t.equal(queue.size, 0);
});

t.test('the same seed gives the same run, another one does not', async (t) => {
  for (const seed of ['same:1', 'same:2', 'same:3']) {
    t.strictSame(planOf(seed), planOf(seed));
    t.strictSame(runPlan(planOf(seed)), runPlan(planOf(seed)), seed);
  }
  t.not(runPlan(planOf('same:1')).digest, runPlan(planOf('same:2')).digest);
});

t.test('a run does not depend on the runs before it', async (t) => {
  const alone = runPlan(planOf('alone:7'));
  runPlan(planOf('alone:6'), partsWithout(SOUND_PARTS, ['resend', 'busy-check']));
  t.strictSame(runPlan(planOf('alone:7')), alone);
});

t.test(`${HEALTHY} seeds hold`, async (t) => {
  let tally = NOTHING;
  for (const run of search('healthy', 1, HEALTHY, SOUND_PARTS)) {
    tally = plus(tally, run.tally);
    if (run.failure !== null) t.fail(`${run.failure.seed}: ${run.failure.violation.invariant}: ${run.failure.violation.message}`);
  }
  t.comment(`${tally.calls} calls, ${tally.connected} answered, ${tally.restarts} restarts`);
  t.equal(tally.seeds, HEALTHY);
  t.ok(tally.calls > 10 * HEALTHY, `enough calls to mean something: ${tally.calls}`);
  t.ok(tally.connected > tally.calls / 4, `enough of them answered: ${tally.connected}`);
  t.ok(tally.restarts > HEALTHY / 10, `enough restarts: ${tally.restarts}`);
});
