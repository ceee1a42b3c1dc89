import fc from 'fast-check';
import t from 'tap';
import { mannWhitney } from '../../../src/reporters/compare/mann-whitney.js';
import { changeWords, sideOf, timingChange } from '../../../src/reporters/compare/timing-change.js';

const close = (t: Tap, actual: number | null, wanted: number, within = 1e-4): void => {
  t.ok(actual !== null && Math.abs(actual - wanted) < within, `${actual} is ${wanted}`);
};
type Tap = { ok(value: boolean, message: string): unknown };
const range = (count: number, from: number, step = 1): number[] =>
  Array.from({ length: count }, (_, index) => from + index * step);

t.test('p values that can be counted by hand or looked up', async (t) => {
  // Two wholly apart samples of five: 2 of 252 orders.
  close(t, mannWhitney(range(5, 0), range(5, 10)), 2 / 252);
  close(t, mannWhitney(range(3, 0), range(3, 10)), 2 / 20);
  // U = 2 with m = n = 4: six of the 70 orders have a U of at most 2 (1, 1, 2), 4 of them; twice that.
  close(t, mannWhitney([1, 2, 3, 6], [4, 5, 7, 8]), 8 / 70);
  // Critical values of the usual table: U = 23 for m = n = 10 at two-sided 0.05.
  const at = (u: number): number => mannWhitney([...range(9, 0), 9.5 + u - 0.75], range(10, 9))!;
  t.ok(at(0) < 0.05);
  t.equal(mannWhitney([], [1]), null);
  t.equal(mannWhitney([1, 1, 1], [1, 1, 1]), 1, 'nothing but ties');
  t.ok(mannWhitney([1, 2, 3, 4, 5], [null, null, null, null, null])! < 0.02, 'what never came is above every number');
});

t.test('the test has no side and no scale', async () => {
  const samples = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 25 });
  fc.assert(
    fc.property(samples, samples, (a, b) => {
      const p = mannWhitney(a, b)!;
      const cubed = mannWhitney(
        a.map((value) => value ** 3),
        b.map((value) => value ** 3),
      )!;
      return p >= 0 && p <= 1 && Math.abs(p - mannWhitney(b, a)!) < 1e-9 && Math.abs(p - cubed) < 1e-9;
    }),
  );
});

t.test('chance alone is called worse about as often as ALPHA says', async (t) => {
  let state = 7;
  const draw = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  let worse = 0;
  for (let run = 0; run < 2_000; run++) {
    const side = (): (number | null)[] => Array.from({ length: 12 }, () => 5 + 40 * draw() ** 2);
    if (timingChange('accept-to-connected', sideOf(side()), sideOf(side()), 0).verdict === 'worse') worse++;
  }
  t.ok(worse <= 25, `${worse} of 2000`);
});

t.test('longer by more than the threshold and by more than noise', async (t) => {
  const before = sideOf(range(20, 10, 0.1));
  const slower = timingChange('accept-to-connected', before, sideOf(range(20, 30, 0.1)), 0.2);
  t.match(slower, { verdict: 'worse' });
  t.match(changeWords(slower), /^\+20 ms \(\+1\d\d %\), p < 0\.001, worse$/);
  t.equal(timingChange('a', sideOf(range(20, 30, 0.1)), before, 0.2).verdict, 'better');
  t.equal(timingChange('a', before, sideOf(range(20, 13, 0.1)), 0.5).verdict, 'same', 'below the threshold');
  t.equal(timingChange('a', sideOf(range(20, 0.1, 0.01)), sideOf(range(20, 0.9, 0.01)), 0.2).verdict, 'same', 'below the floor');
  t.equal(timingChange('a', sideOf([10, 12]), sideOf([900, 910]), 0.2).verdict, 'unclear', 'two of each prove nothing');
  const noise = timingChange('a', sideOf([5, 9, 14, 22, 30, 41]), sideOf([6, 8, 15, 21, 33, 40]), 0.2);
  t.match(changeWords(noise), /noise/);
});

t.test('what stops happening is worse however few there are', async (t) => {
  const gone = timingChange('a', sideOf([5]), sideOf([null]), 0.2);
  t.equal(gone.verdict, 'worse');
  t.equal(changeWords(gone), 'now never, worse');
  t.match(changeWords(timingChange('a', sideOf([5, 6, 7]), sideOf([5, null, 7]), 0.2)), /^now never in 1 of 3/);
  t.equal(changeWords(timingChange('a', sideOf([null]), sideOf([null]), 0.2)), 'both never');
  t.equal(timingChange('a', sideOf([null]), sideOf([4]), 0.2).verdict, 'better');
  t.match(timingChange('a', null, sideOf([4]), 0.2), { verdict: 'unclear', changeMs: null });
  t.equal(changeWords(timingChange('a', sideOf([4]), null, 0.2)), 'only before');
});
