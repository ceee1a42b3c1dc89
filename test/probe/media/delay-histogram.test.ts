import t from 'tap';
import { createDelayHistogram } from '../../../src/probe/media/delay-histogram.js';
import { createRng } from '../../../src/protocol/rng.js';

t.test('empty', async (t) => {
  const histogram = createDelayHistogram();
  t.equal(histogram.quantile(0.5), null);
  t.equal(histogram.max(), null);
});

t.test('quantiles are within 2 % of the sorted list, over six decades', async (t) => {
  const rng = createRng('delays');
  const histogram = createDelayHistogram();
  const delays = Array.from({ length: 2_000 }, () => 10 ** (rng.next() * 5.5 - 1.5));
  for (const delay of delays) histogram.add(delay);
  delays.sort((a, b) => a - b);
  for (const share of [0.01, 0.25, 0.5, 0.9, 0.99, 1]) {
    const exact = delays[Math.ceil(share * delays.length) - 1] ?? 0;
    const found = histogram.quantile(share) ?? 0;
    t.ok(Math.abs(found - exact) <= exact * 0.02 + 0.001, `${share}: ${found} for ${exact}`);
  }
  t.equal(histogram.max(), delays.at(-1));
});

t.test('the edges: nothing, less than nothing, and longer than the last bucket', async (t) => {
  const histogram = createDelayHistogram();
  histogram.add(-3);
  t.equal(histogram.quantile(1), 0);
  t.equal(histogram.max(), 0);
  histogram.add(1e9);
  t.equal(histogram.max(), 1e9);
  t.ok((histogram.quantile(1) ?? 0) > 60_000);
});
