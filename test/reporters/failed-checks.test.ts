import t from 'tap';
import { groupChecks, splitOf, worstSplit } from '../../src/reporters/failed-checks.js';
import { brokenScenario, check, scenario } from '../report-builder.js';

t.test('two devices that disagree about one call are found in words', async (t) => {
  t.same(splitOf('caller=ringing callee=connected'), {
    pair: 'caller=ringing callee=connected',
    words: 'callee is connected, caller still rings',
    rank: 2,
  });
  t.match(splitOf('alice/phone=connected, bob/phone=ended(hangup)'), {
    pair: 'alice/phone=connected bob/phone=ended(hangup)',
    words: 'bob/phone has ended, alice/phone is still connected',
    rank: 1,
  });
  t.match(splitOf('علي=inviting bob=connected'), { pair: 'علي=inviting bob=connected', rank: 2 });
  t.match(splitOf('caller=ended(hangup) callee=ringing'), { words: 'caller has ended, callee still rings' });
  t.equal(splitOf('alice=ringing bob=ringing'), null);
  t.equal(splitOf('alice=ended(hangup) bob=ended(cancelled)'), null);
  t.equal(splitOf('alice=connected bob.phone=connected bob.laptop=ended(answered-elsewhere)'), null);
  t.equal(splitOf('alice=flowing bob=stalled'), null);
  t.equal(splitOf('no pair here'), null);
});

t.test('checks that differ only in numbers are one', async (t) => {
  const groups = groupChecks(brokenScenario());
  t.same(
    groups.map(({ first, repetitions }) => [first.name, repetitions]),
    [
      ['convergence', [3, 9, 14]],
      ['latency', [3, 9, 14]],
      ['timer-skew', [3]],
    ],
  );
  t.equal(groups[0]!.split!.rank, 2);
});

t.test('a repetition counts once, checks that hold are left out, other words are another kind', async (t) => {
  const twice = [1, 1, 2].map((repetition) => check({ valid: false, message: `at ${repetition} ms`, repetition }));
  const other = check({ valid: false, message: 'something else' });
  const groups = groupChecks(scenario({ status: 'failed', checks: [check(), ...twice, other] }));
  t.same(
    groups.map(({ repetitions }) => repetitions),
    [[1, 2], [1]],
  );
});

t.test('where no check names a pair the devices at the end do', async (t) => {
  const result = brokenScenario({ checks: [check({ name: 'expect', valid: false, message: 'not in time' })] });
  t.match(worstSplit(result), { pair: 'alice/phone=ringing bob/phone=connected', rank: 2 });
  t.equal(worstSplit(scenario()), null);
});
