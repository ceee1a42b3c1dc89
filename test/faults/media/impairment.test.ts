/** Impairments as data: what is refused, what goes on when others come and go, and whether a fault did anything. */
import t from 'tap';
import { createImpairedLink, type ImpairedLink } from '../../../src/faults/media/impaired-link.js';
import { type Impairment, type ImpairmentFault, impairmentProblem, tookEffect } from '../../../src/faults/media/impairment.js';
import { MEDIA_FAULTS } from '../../../src/faults/media/index.js';
import { createTally } from '../../../src/faults/media/media-fault.js';
import { FLOW, valuesOf } from './stage-run.js';

const faultOf = (fault: string, values: ImpairmentFault['values'], id = fault): ImpairmentFault => ({
  ...{ id, fault, direction: 'both', values: valuesOf(fault, values) },
});
const impairment = (...faults: readonly ImpairmentFault[]): Impairment => ({ seed: 'a seed', faults });

/** Which of 200 packets pass. */
const survivors = (link: ImpairedLink, count = 200): number[] =>
  Array.from({ length: count }, (_, index) => index).filter(
    (index) => link.pass?.({ bytes: Uint8Array.of(1), at: index, readyAt: null, flow: FLOW, rebinds: false }).length !== 0,
  );

const linkWith = (...faults: readonly ImpairmentFault[]): ImpairedLink => {
  const link = createImpairedLink('upstream');
  link.impair(impairment(...faults), 0);
  return link;
};

t.test('one fault does not change the dice of another', async (t) => {
  const loss = faultOf('loss', { loss: 0.3 });
  const alone = survivors(linkWith(loss));
  t.same(survivors(linkWith(faultOf('corrupt', { corrupt: 0.5 }), faultOf('latency', { latency: 1, jitter: 9 }), loss)), alone);
  t.notSame(survivors(linkWith({ ...loss, id: 'other' })), alone, 'another id has other dice');
  const down = createImpairedLink('downstream');
  down.impair(impairment(loss), 0);
  t.notSame(survivors(down), alone, 'as has the other direction');
});

t.test('a fault goes on undisturbed while others come and go', async (t) => {
  const loss = faultOf('loss', { loss: 0.3 });
  const whole = survivors(linkWith(loss));
  const link = linkWith(loss);
  const first = survivors(link, 100);
  t.equal(link.impair(impairment(faultOf('latency', { latency: 10 }), loss), 100), false, 'nothing that held packets is over');
  const rest = survivors(link, 100).map((index) => index + 100);
  t.same([...first, ...rest], whole);
  t.equal(link.counters().find(({ id }) => id === 'loss')?.counters.passed, whole.length, 'its counters go on, too');
  t.equal(link.impair(impairment(loss), 200), true, 'the latency is over');
  t.equal(link.impair(impairment(faultOf('loss', { loss: 0.4 })), 200), false);
  t.equal(link.counters()[0]?.counters.passed, 0, 'other parameters are another fault');
  t.equal(link.impair(null, 300), false);
  t.equal(link.pass, null);
  t.same(link.counters(), []);
});

t.test('only what is meant for a direction acts there, in the order of the registry', async (t) => {
  const link = createImpairedLink('downstream');
  link.impair(
    impairment(
      faultOf('latency', { latency: 1 }),
      faultOf('loss', { loss: 0.1 }),
      { ...faultOf('corrupt', { corrupt: 1 }), direction: 'upstream' },
      faultOf('nat-rebind', {}),
    ),
    0,
  );
  t.same(
    link.counters().map(({ fault, direction }) => [fault, direction]),
    [
      ['loss', 'downstream'],
      ['latency', 'downstream'],
    ],
  );
});

t.test('whether a fault bit', async (t) => {
  for (const { name, effects: bites } of MEDIA_FAULTS) {
    t.notOk(tookEffect({ fault: name, counters: { ...createTally(), passed: 9 } }), `${name}: packets that pass prove nothing`);
    for (const counter of bites) t.ok(tookEffect({ fault: name, counters: { ...createTally(), [counter]: 1 } }), name);
  }
  t.notOk(tookEffect({ fault: 'loss', counters: { ...createTally(), delayed: 1 } }), 'what another fault does is no proof');
  t.notOk(tookEffect({ fault: 'nonsense', counters: { ...createTally(), dropped: 1 } }));
});

t.test('what is wrong with an impairment is told', async (t) => {
  const good = impairment(...MEDIA_FAULTS.map(({ name }) => faultOf(name, GIVEN[name] ?? {})));
  t.equal(impairmentProblem(good), null);
  const one = faultOf('loss', { loss: 0.1 });
  const cases: readonly [unknown, RegExp][] = [
    [null, /seed and faults/],
    [{ seed: '', faults: [] }, /seed and faults/],
    [{ seed: 's', faults: 7 }, /seed and faults/],
    [{ seed: 's', faults: [7] }, /an id, a name and values/],
    [impairment({ ...one, fault: 'lose' }), /no media fault is called lose/],
    [{ seed: 's', faults: [{ ...one, direction: 'up' }] }, /upstream, downstream or both/],
    [impairment({ ...faultOf('nat-rebind', {}), direction: 'downstream' }), /nat-rebind acts upstream only/],
    [impairment({ ...one, values: { ...one.values, lost: 1 } }), /loss has no parameter lost/],
    [impairment({ ...one, values: { loss: 0.1 } }), /parameter correlation is missing or out of range/],
    [impairment(faultOf('loss', { loss: 1.1 })), /parameter loss is missing or out of range/],
    [impairment(faultOf('loss', { loss: Number.NaN })), /parameter loss/],
    [impairment(faultOf('rate', { rate: 0 })), /parameter rate/],
    [impairment(faultOf('rate', { rate: 1, overhead: -1 })), /parameter overhead/],
    [impairment(faultOf('latency', { latency: 1e9 })), /parameter latency/],
    [impairment(faultOf('latency', { latency: 1, distribution: 'flat' })), /parameter distribution/],
    [impairment(one, one), /two media faults have the id loss/],
    [impairment(...Array.from({ length: 33 }, (_, index) => ({ ...one, id: `${index}` }))), /at most 32/],
  ];
  for (const [value, problem] of cases) t.match(impairmentProblem(value), problem);
});

const GIVEN: Readonly<Record<string, ImpairmentFault['values']>> = {
  loss: { loss: 0.1 },
  gemodel: { gemodel: 0.1 },
  corrupt: { corrupt: 0.1 },
  duplicate: { duplicate: 0.1 },
  rate: { rate: 8_000 },
  latency: { latency: 10 },
  reorder: { reorder: 0.1 },
};
