import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createPrivacy } from '../../src/trace/redaction/privacy.js';
import { run } from './running.js';

const QUIET = {
  name: 'two who log in',
  media: 'none',
  checks: { 'timer-skew': { max: '20s' } },
  agents: { jane: {}, otto: {} },
  steps: [{ jane: 'call otto' }, { expect: { both: 'ringing', within: '20s' } }, { jane: 'cancel' }],
};

t.test('a trace that leaks is not written: verdicts stay, and it is said', async (t) => {
  const out = t.testdir();
  const privacy = createPrivacy();
  // Redaction can't know that somebody uses this for a secret, and it stands in every trace.
  privacy.vault.add('credential', 'call-probe/trace@1');
  const report = await run([QUIET], { out, privacy });
  t.match(report.scenarios[0], { status: 'passed', trace: null });
  t.ok(existsSync(join(out, 'traces')));
  t.same(readdirSync(join(out, 'traces')), []);
  t.match(privacy.refusals, [/^The trace .* was not written: line 1, character \d+ would have told a password/]);
  t.ok(
    privacy.vault.values().some((value) => value.startsWith('eyJ')),
    'the tokens of the run are known as secrets',
  );
});
