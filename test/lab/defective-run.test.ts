/** Runs with a known bug begin again where a server was late to start. */
import t from 'tap';
import { withRestarts } from '../../lab/defective-run.js';
import { TargetError } from '../../src/probe/targets/target.js';

t.test('a target that does not start is tried again, three times at most, and nothing else is', async (t) => {
  let times = 0;
  const failing = (error: Error, until: number) => async (): Promise<string> => {
    if (++times < until) throw error;
    return 'done';
  };
  t.equal(await withRestarts(failing(new TargetError('late'), 3)), 'done');
  times = 0;
  await t.rejects(withRestarts(failing(new TargetError('late'), 4)), { message: 'late' });
  t.equal(times, 3);
  times = 0;
  await t.rejects(withRestarts(failing(new Error('broken'), 2)), { message: 'broken' });
  t.equal(times, 1);
});
