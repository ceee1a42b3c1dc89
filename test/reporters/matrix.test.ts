/** The matrix of defects and scenarios, as a terminal and as a document show it. */
import t from 'tap';
import { matrixMarkdown, matrixText } from '../../src/reporters/matrix.js';
import type { RunReport, Status } from '../../src/scenarios/result.js';

const column = (defect: string, ...statuses: Status[]) => ({
  defect,
  report: {
    scenarios: statuses.map((status, index) => ({ name: `n${index}`, file: `scenarios/s${index}.yaml`, status })),
  } as unknown as RunReport,
});
const MATRIX = { columns: [column('none', 'passed', 'passed', 'skipped'), column('drop-answer', 'failed', 'passed', 'unknown')] };

t.test('for a terminal', async (t) => {
  const lines = matrixText(MATRIX)
    .split('\n')
    .map((line) => line.trimEnd());
  t.strictSame(lines, [
    '            none  drop-answer',
    's0           ·         ✗',
    's1           ·         ·',
    's2           -         ?',
    'noticed by   0         1',
    '',
    '· passed   ✗ failed   ? unknown   - skipped',
    '',
  ]);
});

t.test('for a document', async (t) => {
  t.equal(
    matrixMarkdown(MATRIX),
    [
      '| scenario | none | `drop-answer` |',
      '|---|:-:|:-:|',
      '| `s0` |  | ✗ |',
      '| `s1` |  |  |',
      '| `s2` | - | ? |',
      '| **noticed by** | **0** | **1** |',
    ].join('\n'),
  );
});
