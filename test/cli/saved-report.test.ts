import { join } from 'node:path';
import t from 'tap';
import { readSide } from '../../src/cli/compare-input.js';
import { readSavedReport } from '../../src/cli/saved-report.js';
import { compareSides } from '../../src/reporters/compare/comparison.js';
import { createPrivacy } from '../../src/trace/redaction/privacy.js';
import { brokenReport } from '../report-builder.js';
import { findingsReport } from '../reporters/findings-report.js';

/** A report as versions before findings, claims and limits wrote it. */
function old(report: object): string {
  const later = ['findings', 'limits', 'steps', 'title', 'proof', 'lookAt', 'redial'];
  return JSON.stringify(report, (key, value: unknown) => (later.includes(key) ? undefined : value));
}

t.test('a report comes back as it was written', async (t) => {
  const path = join(t.testdir({ 'report.json': JSON.stringify(findingsReport()) }), 'report.json');
  t.strictSame(readSavedReport(path), findingsReport());
});

t.test('a report of an earlier version has the findings of its scenarios', async (t) => {
  const path = join(t.testdir({ 'report.json': old(brokenReport()) }), 'report.json');
  const report = readSavedReport(path);
  t.match(report.findings, [
    {
      title: 'A device that was away does not receive what it missed',
      proof: [/^event\.connected v3 left the server/],
      scenario: brokenReport().scenarios[2]?.name,
    },
  ]);
  t.strictSame(report.limits, []);
  t.match(report.scenarios[2], { steps: 0, diagnoses: [{ title: '', proof: [], lookAt: null }] });
});

t.test('two reports of an earlier version are compared by their findings', async (t) => {
  const dir = t.testdir({ 'before.json': old(brokenReport()), 'after.json': old(brokenReport()) });
  const [before, after] = await Promise.all(
    ['before', 'after'].map((name) => readSide(join(dir, `${name}.json`), createPrivacy())),
  );
  t.match(compareSides(before!.side, after!.side, 0.2)?.findings, [{ change: 'unchanged', before: 1, after: 1 }]);
});
