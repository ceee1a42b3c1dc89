/** What the diagnosis makes of known bugs, as a terminal and as a document show it. */
import t from 'tap';
import type { ConfusionRun } from '../../lab/confusion.js';
import { confusionMarkdown, confusionSums, confusionText } from '../../lab/confusion-table.js';

const expected = { code: 'not-forwarded', hop: 'server' } as const;
const base = { scenario: 'answer-in-time', seed: 's-1', status: 'failed', attempts: 1 } as const;
const bug = (network: string, got: ConfusionRun['got'], status: ConfusionRun['status'] = 'failed'): ConfusionRun => {
  return { ...base, defect: 'drop-answer', network, status, expected, got };
};
const RUNS: readonly ConfusionRun[] = [
  bug('none', expected),
  bug('3g', { code: 'not-forwarded', hop: 'alice/phone' }),
  bug('edge', null, 'passed'),
  bug('edge', null, 'passed'),
  { ...base, defect: null, network: 'none', status: 'passed', expected: null, got: null },
];

t.test('the sums', async (t) => {
  t.strictSame(confusionSums(RUNS), [
    'cause and hop right in 1 of 4 runs with a bug (25 %)',
    '0 of 1 runs without a bug were diagnosed, 0 failed without a diagnosis',
    '0 runs were inconclusive, 0 were repeated because the probe was overloaded',
  ]);
});

t.test('for a document', async (t) => {
  const text = confusionMarkdown(RUNS);
  for (const line of [
    '| `not-forwarded` | 2 | 2 | 1 |',
    '| no bug |  | 1 |  |',
    'diagnosed: 1 not-forwarded, 2 nothing',
    '| `drop-answer` | `not-forwarded` at `server` | `not-forwarded` at `alice/phone` | 1 | 3g |',
    '| `drop-answer` | `not-forwarded` at `server` | unnoticed | 2 | edge 2 |',
    '| `drop-answer` | `not-forwarded` at `server` | 1 of 4 |',
    '| `none` | 1 of 1 | 0 of 1 | 0 |',
  ])
    t.ok(text.split('\n').includes(line), line);
});

t.test('for a terminal', async (t) => {
  const text = confusionText(RUNS);
  t.match(text, /^drop-answer +not-forwarded at server +unnoticed +2 +edge 2$/m);
  t.notMatch(text, / \n/, 'no blanks at the ends of lines');
  t.notMatch(confusionText(RUNS.slice(0, 1)), /not as expected/, 'nothing is said of what is as it should be');
});
