/** Timers as data against a model too simple to be wrong. */
import t from 'tap';
import { Deadlines } from '../../src/protocol/deadlines.js';
import { createRng } from '../../src/protocol/rng.js';

/** A list, searched from the front. */
class Model {
  entries: { key: string; at: number }[] = [];
  set(key: string, at: number): void {
    this.clear(key);
    this.entries.push({ key, at });
  }
  clear(key: string): void {
    this.entries = this.entries.filter((entry) => entry.key !== key);
  }
  first(): { key: string; at: number } | undefined {
    return this.entries.reduce<{ key: string; at: number } | undefined>(
      (best, entry) => (best === undefined || entry.at < best.at ? entry : best),
      undefined,
    );
  }
  takeDue(now: number): string | null {
    const first = this.first();
    if (first === undefined || first.at > now) return null;
    this.clear(first.key);
    return first.key;
  }
}

for (const keys of [3, 40, 400]) {
  t.test(`2,000 random operations on ${keys} keys agree with the model`, async (t) => {
    const rng = createRng(`deadlines-${keys}`);
    const deadlines = new Deadlines();
    const model = new Model();
    const wrong: string[] = [];
    const same = (what: string, actual: unknown, expected: unknown): void => {
      if (actual !== expected) wrong.push(`${what}: ${actual}, expected ${expected}`);
    };
    let now = 0;
    let taken = 0;
    for (let operation = 0; operation < 2_000; operation++) {
      const key = `k${rng.below(keys)}`;
      switch (rng.below(8)) {
        case 0:
          deadlines.clear(key);
          model.clear(key);
          break;
        case 1: {
          now += rng.below(30);
          const due = model.takeDue(now);
          if (due !== null) taken++;
          same(`takeDue ${operation}`, deadlines.takeDue(now), due);
          break;
        }
        default: {
          // Few distinct instants, so that ties are common.
          const at = now + 10 * rng.below(20);
          deadlines.set(key, at);
          model.set(key, at);
        }
      }
      same(`next ${operation}`, deadlines.next(), model.first()?.at ?? null);
      same(`size ${operation}`, deadlines.size, model.entries.length);
    }
    for (let due = model.takeDue(Number.MAX_VALUE); due !== null; due = model.takeDue(Number.MAX_VALUE)) {
      same('the rest', deadlines.takeDue(Number.MAX_VALUE), due);
    }
    same('empty', deadlines.takeDue(Number.MAX_VALUE), null);
    same('empty', deadlines.next(), null);
    t.strictSame(wrong, []);
    t.ok(taken > 20, `${taken} were due on the way`);
  });
}

t.test('ties come out in the order in which they were set; setting again is the last', async (t) => {
  const deadlines = new Deadlines();
  for (const key of ['a', 'b', 'c', 'd']) deadlines.set(key, 5);
  deadlines.set('b', 5);
  deadlines.set('late', 6);
  t.equal(deadlines.takeDue(4), null, 'nothing before its time');
  t.strictSame(
    [1, 2, 3, 4, 5].map(() => deadlines.takeDue(5)),
    ['a', 'c', 'd', 'b', null],
  );
});

t.test('a deadline that is moved over and over is one deadline', async (t) => {
  const deadlines = new Deadlines();
  for (let count = 0; count < 100_000; count++) deadlines.set('ping', count);
  t.equal(deadlines.size, 1);
  t.equal(deadlines.next(), 99_999);
});
