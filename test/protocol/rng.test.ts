/** Seeded draws: the same for the same seed and name, whatever others draw, and roughly even. */
import t from 'tap';
import { createRng, digest, drawId, hash32 } from '../../src/protocol/rng.js';

const draws = (rng: { next(): number }, count = 20): number[] => Array.from({ length: count }, () => rng.next());

t.test('the same seed draws the same numbers, another seed others', async (t) => {
  t.strictSame(draws(createRng('a')), draws(createRng('a')));
  t.notSame(draws(createRng('a')), draws(createRng('b')));
});

t.test('a fork depends on the seed and its name alone', async (t) => {
  const alone = draws(createRng('a').fork('alice'));
  const busy = createRng('a');
  draws(busy, 7);
  draws(busy.fork('bob'), 3);
  const fork = busy.fork('alice');
  draws(busy, 5);
  draws(busy.fork('carol'), 5);
  t.strictSame(draws(fork), alone, 'draws and forks before and after it do not shift it');
  t.notSame(draws(busy.fork('bob')), alone);
  t.notSame(draws(createRng('a').fork('b').fork('c')), draws(createRng('a').fork('c').fork('b')));
  const parent = createRng('a');
  parent.fork('x');
  t.strictSame(draws(parent), draws(createRng('a')), 'forking draws nothing from the parent');
});

t.test('numbers are in [0, 1), integers in [0, bound), and roughly even', async (t) => {
  const rng = createRng('even');
  const buckets = Array<number>(10).fill(0);
  for (let index = 0; index < 20_000; index++) {
    const number = rng.next();
    if (number < 0 || number >= 1) t.fail(`${number} is out of range`);
    const bucket = rng.below(10);
    buckets[bucket] = (buckets[bucket] ?? Number.NaN) + 1;
  }
  t.equal(buckets.length, 10);
  t.ok(
    buckets.every((count) => Math.abs(count - 2_000) < 250),
    `${buckets}`,
  );
  const firsts = Array.from({ length: 2_000 }, (_, index) => createRng('x').fork(`agent-${index}`).next());
  const mean = firsts.reduce((sum, value) => sum + value, 0) / firsts.length;
  t.ok(Math.abs(mean - 0.5) < 0.03, `first draws of forks with similar names average ${mean}`);
  t.equal(new Set(firsts).size, firsts.length, 'and all differ');
});

t.test('hashes are those of FNV-1a, digests 16 digits', async (t) => {
  t.equal(hash32(''), 0x811c9dc5);
  t.equal(hash32('a'), 0xe40c292c);
  t.equal(hash32('foobar'), 0xbf9cf968);
  t.match(digest(''), /^[0-9a-f]{16}$/);
  const many = new Set(Array.from({ length: 5_000 }, (_, index) => digest(`{"type":"ack","ack":${index}}`)));
  t.equal(many.size, 5_000);
});

t.test('ids have 7 characters a draw', async (t) => {
  const ids = Array.from({ length: 1_000 }, (_, index) => drawId(createRng(`${index}`), 3));
  t.ok(ids.every((id) => /^[0-9a-z]{21}$/.test(id)));
  t.equal(new Set(ids).size, ids.length);
});
