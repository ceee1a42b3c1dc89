/** Waits between attempts: within their bounds, growing to the limit, and at an end. */
import t from 'tap';
import { delayBefore, RECONNECT } from '../../src/protocol/backoff.js';
import { createRng } from '../../src/protocol/rng.js';

const draw = (value: number) => ({ next: () => value, below: () => 0, fork: () => createRng('') });

t.test('each wait lies between half of its ceiling and the ceiling, which doubles up to the limit', async (t) => {
  const backoff = { firstMs: 100, maxMs: 1_000, attemptsMax: 8 };
  const ceilings = [100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000];
  for (const [attempt, ceiling] of ceilings.entries()) {
    t.equal(delayBefore(attempt, draw(0), backoff), ceiling / 2);
    t.ok(delayBefore(attempt, draw(1 - 2 ** -32), backoff)! < ceiling + 1e-9);
    t.ok(delayBefore(attempt, draw(1 - 2 ** -32), backoff)! > ceiling - 1);
  }
});

t.test('after the last attempt there is none', async (t) => {
  t.not(delayBefore(RECONNECT.attemptsMax - 1, draw(0)), null);
  t.equal(delayBefore(RECONNECT.attemptsMax, draw(0)), null);
  t.equal(delayBefore(10_000, draw(0)), null);
  t.equal(delayBefore(0, draw(0), { ...RECONNECT, attemptsMax: 0 }), null);
});

t.test('clients that lost the same server spread', async (t) => {
  const waits = Array.from({ length: 100 }, (_, index) => delayBefore(3, createRng('s').fork(`agent-${index}`))!);
  t.ok(Math.max(...waits) - Math.min(...waits) > 0.8 * (RECONNECT.firstMs * 8 * 0.5), 'over most of the drawn half');
});
