import t from 'tap';
import { createRng } from '../src/protocol/rng.js';

t.test('the same seed draws the same numbers', async (t) => {
  t.equal(createRng('a').next(), createRng('a').next());
});
