/** What leaves the machine after a run from the command line, and what does not. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decodeTrace } from '../../src/trace/jsonl.js';
import { ends, folder, reportIn, runCommand } from './command.js';

const PEOPLE = `name: Jane calls Otto-Karl
checks: { timer-skew: { max: 20s }, latency: { accept-to-connected: { max: 20s } } }
agents: { jane: {}, Otto-Karl: {}, bob: {} }
steps:
  - jane: call Otto-Karl
  - expect: { jane: ringing, Otto-Karl: ringing, within: 20s }
  - Otto-Karl: accept
  - expect: { jane: connected, Otto-Karl: connected, within: 20s }
  - expect: { media: flowing, between: [jane, Otto-Karl], within: 20s }
`;
const SECRET = /eyJ[\w-]{5,}\.|ice-pwd:(?!pwd-)|fingerprint:sha-256 (?!fingerprint-)|jane|otto/i;

t.test('run: names and secrets stay here, the console tells who it was', async (t) => {
  const { dir, at } = folder(t, { 'jane.yaml': PEOPLE });
  const run = await runCommand(['run', 'jane.yaml', '--reporter', 'console', '--reporter', 'json=r.json'], {
    ...at,
    isMeasured: true,
  });
  ends(t, 'run', run, 0, /Jane calls Otto-Karl/);
  const report = reportIn(dir, 'r.json');
  t.match(report, { redacted: true, scenarios: [{ name: 'user-1 calls user-2', file: 'user-1.yaml' }] });
  const path = report.scenarios[0]?.trace ?? '';
  t.same(readdirSync(join(dir, 'call-probe-out', 'traces')), ['user-1-1.trace.jsonl']);
  const trace = readFileSync(join(dir, path), 'utf8');
  t.same(decodeTrace(trace).problems, []);
  for (const text of [trace, readFileSync(join(dir, 'r.json'), 'utf8')]) t.equal(SECRET.exec(text)?.[0], undefined);
  t.match(trace, /ice-pwd:pwd-1/, 'session descriptions are there');
});

t.test('run --include-sensitive: everything, loudly', async (t) => {
  const { dir, at } = folder(t, { 'jane.yaml': PEOPLE });
  const run = await runCommand(['run', 'jane.yaml', '--include-sensitive', '--reporter', 'json=r.json'], at);
  ends(t, 'run', run, 0, /WARNING: --include-sensitive/);
  const report = reportIn(dir, 'r.json');
  t.match(report, { redacted: false, scenarios: [{ name: 'Jane calls Otto-Karl' }] });
  t.notMatch(report.scenarios[0]?.replay, 'sensitive');
  const trace = readFileSync(join(dir, report.scenarios[0]?.trace ?? ''), 'utf8');
  t.match(decodeTrace(trace).events[0], { redacted: false });
  t.match(trace, /"token":"eyJ/);
  t.match(trace, /ice-pwd:(?!pwd-)/);
});
