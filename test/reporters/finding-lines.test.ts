import t from 'tap';
import { renderReport } from '../../src/reporters/console.js';
import { textWidth } from '../../src/reporters/width.js';
import type { RunReport } from '../../src/scenarios/run/result.js';
import { golden } from '../golden.js';
import { brokenReport, healthyReport, reportOf } from '../report-builder.js';
import { plain } from './fake-out.js';
import { findingsReport } from './findings-report.js';

function drawn(report: RunReport, columns = 120, colors: 0 | 1 = 0): string {
  const out = { write: () => undefined, isTTY: false, columns, colors, unicode: true };
  return `${renderReport(report, { files: [], traceOf: () => null }, out).join('\n')}\n`;
}

t.test('findings stand above the scenarios, each with its proof, where to look and the command that shows it', async (t) => {
  for (const columns of [80, 120]) {
    const text = drawn(findingsReport(), columns);
    t.equal(text, golden(`reporters/golden/console-findings-${columns}.txt`, text));
    for (const line of text.split('\n')) {
      if (!/call-probe run/.test(line)) t.ok(textWidth(line) <= columns, line);
    }
    t.equal(plain(drawn(findingsReport(), columns, 1)), text, 'colours change nothing but colours');
  }
});

t.test('what is at the right is in line with the edge', async (t) => {
  const lines = drawn(findingsReport(), 120).split('\n');
  const ends = lines.filter((line) =>
    / {3}(?:not-forwarded at server, certain|call-probe run scenarios\/\w+\.yaml --seed 7)$/.test(line),
  );
  t.ok(ends.length > 3);
  t.strictSame(new Set(ends.map((line) => line.length)), new Set([120]));
});

t.test('every redial that ends alike is said so', async (t) => {
  const report = findingsReport();
  t.match(drawn(report), /Shown by cancel\.yaml and 2 more \(2 of them only at the redial\)\./);
  const all = reportOf(report.scenarios.slice(0, 3));
  t.match(drawn(all), /Shown by cancel\.yaml and 2 more \(every redial ends like this\)\./);
  t.match(drawn(reportOf(report.scenarios.slice(0, 1))), /Shown by the redial after accept\.yaml\./);
});

t.test('without findings there is no heading; declared limits are a line each', async (t) => {
  t.notMatch(drawn(healthyReport()), /FINDINGS|limit/);
  const { limits } = findingsReport();
  t.match(
    drawn({ ...healthyReport(), limits }),
    /^limit {5}Nothing is acknowledged: an answer that is lost stays lost \(2 scenarios would show it: --ignore-limits\)$/m,
  );
  t.match(drawn({ ...brokenReport(), limits }), /^FINDINGS {2}1 bug, 1 declared limit$/m);
});

t.test('ten findings in full, the rest is counted', async (t) => {
  const [first] = findingsReport().findings;
  const findings = Array.from({ length: 12 }, (_, index) => ({ ...first!, title: `Bug ${index}` }));
  const text = drawn(findingsReport({ findings }));
  t.match(text, /^10 Bug 9/m);
  t.notMatch(text, /Bug 10/);
  t.match(text, /^and 2 further findings; the JSON report has them all$/m);
});
