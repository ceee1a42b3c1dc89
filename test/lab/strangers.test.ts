/** Runs against servers that speak in their own ways: the table that the lab prints of them, and the command as a process. */
import t from 'tap';
import { strangerRows, strangersTable, strangersText, sumOf } from '../../lab/strangers-table.js';
import type { Cause } from '../../src/judge/causes/diagnosis.js';
import type { ScenarioResult } from '../../src/scenarios/run/result.js';
import { ends, runCommand } from '../cli/command.js';
import { scenario } from '../report-builder.js';
import { healthy, nameOf, type StrangerCase } from '../strangers/case.js';
import { CASES } from '../strangers/cases.js';
import { type Outcome, outcomeOf } from '../strangers/play.js';

const KNOWN = caseOf('relay/no-cancel');
const HEALTHY = healthy(KNOWN.server, 'cancel');

function caseOf(name: string): StrangerCase {
  const found = CASES.find((one) => nameOf(one) === name);
  if (found === undefined) throw new Error(`there is no case ${name}`);
  return found;
}

function failed(code: Cause, hop = 'server'): ScenarioResult {
  const claim = { title: 'A claim', proof: [], lookAt: null, summary: '', evidence: [], lines: [], ruledOutBy: null };
  return scenario({ status: 'failed', diagnoses: [{ code, hop, call: 'c1', confidence: 0.95, ...claim }] });
}

t.test('what counts as right', async (t) => {
  const verdict = (of: StrangerCase, result: ScenarioResult): Outcome['verdict'] => outcomeOf(of, 'cancel', result).verdict;
  t.equal(verdict(KNOWN, failed('not-forwarded')), 'right');
  t.equal(verdict(KNOWN, failed('lost-uplink')), 'wrong', 'another cause');
  t.equal(verdict(KNOWN, failed('not-forwarded', 'alice/phone')), 'wrong', 'another hop');
  t.equal(verdict({ ...KNOWN, hop: null }, failed('not-forwarded', 'alice/phone')), 'right', 'any hop');
  t.equal(verdict(KNOWN, scenario({ status: 'failed', diagnoses: [] })), 'wrong', 'without a cause');
  for (const status of ['passed', 'unknown', 'skipped'] as const) t.equal(verdict(KNOWN, scenario({ status })), 'missed', status);
  t.equal(verdict(HEALTHY, scenario()), 'silent');
  for (const status of ['failed', 'unknown', 'skipped'] as const)
    t.equal(verdict(HEALTHY, scenario({ status })), 'false alarm', status);
});

t.test('the table and its sums', async (t) => {
  const rows = strangerRows([
    outcomeOf(KNOWN, 'cancel', failed('not-forwarded')),
    outcomeOf(KNOWN, 'cancel', failed('lost-uplink')),
    outcomeOf(HEALTHY, 'cancel', scenario()),
    outcomeOf(HEALTHY, 'cancel', scenario()),
  ]);
  t.equal(
    strangersText(rows),
    `wrong       relay/no-cancel, cancel  lost-uplink @ server 95 %: A claim  NOT the same in 2 runs
silent      relay, cancel            passed  the same in 2 runs
`,
  );
  t.equal(sumOf(rows), '1 of 1 found, first cause right in 0; 0 false alarms in 1 healthy scenarios; 1 of 2 the same each time');
  t.match(
    strangersTable(),
    '| `relay/no-cancel` | the server read the cancel and did not pass it on | `not-forwarded` | server |',
  );
});

t.test('the command', async (t) => {
  const at = { cwd: t.testdir({}), isLab: true };
  const [played, unknown] = await Promise.all([
    runCommand(['strangers', 'relay/no-cancel', '--repeat', '2'], at),
    runCommand(['strangers', 'relais'], at),
  ]);
  ends(t, 'a case', played, 0, /right +relay\/no-cancel, cancel +not-forwarded @ server .* the same in 2 runs/);
  t.match(played.stdout, '1 of 1 found, first cause right in 1');
  ends(t, 'a name', unknown, 2, /there is no case "relais"; known are relay, relay\/no-decline/);
});
