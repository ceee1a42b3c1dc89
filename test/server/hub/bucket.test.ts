import t from 'tap';
import { Buckets, levelAt, take } from '../../../src/server/hub/bucket.js';

const RATE = { perSecond: 10, burst: 20 };

t.test('a burst, then the rate, and never more than the burst', async (t) => {
  let bucket = { level: RATE.burst, at: 1_000 };
  for (let count = 0; count < 20; count++) {
    const left = take(bucket, RATE, 1, 1_000);
    t.ok(left, `number ${count + 1} of the burst`);
    bucket = left ?? bucket;
  }
  t.equal(take(bucket, RATE, 1, 1_000), null, 'one more is too many');
  t.equal(take(bucket, RATE, 1, 1_099), null);
  t.ok(take(bucket, RATE, 1, 1_100), 'a tenth of a second later there is one');
  t.equal(levelAt(bucket, RATE, 60_000), 20, 'a long pause fills it, and no further');
  t.equal(take(bucket, RATE, 21, 60_000), null, 'more than it holds is never there');
});

t.test('what is refused costs nothing, and a clock that goes back gives and takes nothing', async (t) => {
  const empty = { level: 0, at: 1_000 };
  t.equal(take(empty, RATE, 1, 0), null);
  t.equal(levelAt(empty, RATE, 500), 0);
  const later = take({ level: 5, at: 1_000 }, RATE, 1, 400);
  t.strictSame(later, { level: 4, at: 1_000 }, 'the time does not go back with it: that would fill it twice');
});

t.test('each key has its own, and full ones are forgotten', async (t) => {
  const buckets = new Buckets(RATE);
  for (let count = 0; count < 20; count++) t.ok(buckets.take('ann', 1, 0));
  t.notOk(buckets.take('ann', 1, 0));
  t.ok(buckets.take('ben', 1, 0));
  for (let count = 0; count < 5_000; count++) buckets.take(`user-${count}`, 1, count);
  t.ok(buckets.size < 2_000, `${buckets.size} are remembered of 5002`);
  t.ok(buckets.take('ann', 20, 2_000), 'whoever is forgotten was full');
});
