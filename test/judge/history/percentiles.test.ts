import t from 'tap';
import { percentileOf, sampleOf } from '../../../src/judge/history/percentiles.js';

t.test('nearest rank, exactly', async (t) => {
  const five = sampleOf([50, 15, 40, 20, 35]);
  t.strictSame(
    [0, 5, 20, 21, 30, 40, 50, 100].map((percent) => percentileOf(five, percent)),
    [15, 15, 15, 20, 20, 20, 35, 50],
  );
  const hundred = sampleOf(Array.from({ length: 100 }, (_, i) => i + 1));
  for (let percent = 1; percent <= 100; percent++) t.equal(percentileOf(hundred, percent), percent);
});

t.test('what never came lies above everything that did', async (t) => {
  const sample = sampleOf([...Array.from({ length: 95 }, (_, i) => i + 1), ...Array.from({ length: 5 }, () => null)]);
  t.equal(sample.never, 5);
  t.equal(percentileOf(sample, 95), 95);
  t.equal(percentileOf(sample, 96), null);
  t.equal(percentileOf(sample, 100), null);
  t.equal(percentileOf(sampleOf([null]), 0), null, 'not even a minimum');
});

t.test('an empty sample has no percentiles, and percentages have bounds', async (t) => {
  t.equal(percentileOf(sampleOf([]), 50), null);
  t.throws(() => percentileOf(sampleOf([1]), 101), RangeError);
  t.throws(() => percentileOf(sampleOf([1]), -1), RangeError);
  t.throws(() => percentileOf(sampleOf([1]), Number.NaN), RangeError);
});
