/** The matrix of defects and scenarios, as a terminal and as a document show it, and as it is read back. */
import t from 'tap';
import { marksOf, matrixMarkdown, matrixText, readMatrix } from '../../lab/matrix-table.js';
import type { RunReport, Status } from '../../src/scenarios/run/result.js';

const row = (defect: string, ...statuses: (Status | null)[]) => ({
  defect,
  report: {
    scenarios: statuses.flatMap((status, index) =>
      status === null ? [] : [{ name: `n${index}`, file: `scenarios/s${index}.yaml`, status }],
    ),
  } as unknown as RunReport,
});
const MATRIX = {
  rows: [
    row('none', 'passed', 'passed', 'skipped'),
    row('drop-answer', 'failed', 'passed', 'unknown'),
    row('other', null, 'failed'),
  ],
};

t.test('for a terminal', async (t) => {
  t.strictSame(matrixText(MATRIX).split('\n'), [
    '            1 2 3',
    'none        · · - noticed by 0 of 3',
    'drop-answer ✗ · ? noticed by 1 of 3',
    'other         ✗   noticed by 1 of 1',
    '',
    '· passed   ✗ failed   ? unknown   - skipped',
    '',
    '  1  s0',
    '  2  s1',
    '  3  s2',
    '',
  ]);
});

t.test('for a document, and read back from it', async (t) => {
  const text = matrixMarkdown(MATRIX);
  t.strictSame(text.split('\n'), [
    '| defect | 1 | 2 | 3 | noticed by |',
    '|---|:-:|:-:|:-:|:-:|',
    '| none |  |  | - | 0 |',
    '| `drop-answer` | ✗ |  | ? | 1 |',
    '| `other` | / | ✗ | / | 1 |',
    '',
    '1. `s0`',
    '2. `s1`',
    '3. `s2`',
  ]);
  const read = readMatrix(`# Title\n\n${text}\n\n| other | table |\n|---|---|\n| \`x\` | y |\n`);
  for (const [defect, marks] of marksOf(MATRIX)) {
    for (const [scenario, mark] of marks) t.equal(read.get(defect)?.get(scenario), mark, `${scenario} with ${defect}`);
  }
  t.equal(readMatrix('nothing of the kind').size, 0);
});
