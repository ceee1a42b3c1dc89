import t from 'tap';
import { withOvertime } from '../../src/scenarios/run/overtime.js';

t.test('what ends in time is what counts, and what never ends is told', async (t) => {
  t.equal(await withOvertime(Promise.resolve('done'), 60_000, () => 'late'), 'done');
  await t.rejects(
    withOvertime(Promise.reject(new Error('broken')), 60_000, () => 'late'),
    /broken/,
  );
  t.equal(await withOvertime(new Promise(() => undefined), 1, () => 'late'), 'late');
});
